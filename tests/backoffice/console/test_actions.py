"""Reasoned actions: what holds for every one of them, whatever its room."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.staff.models import StaffUser
from compliance.ledger.models import LedgerEntry
from tests.console import press

pytestmark = pytest.mark.django_db

GONE = ("987654321", "9" * 40, "-1", "nothing", "%00")


def actions_of_rows() -> list[Any]:
    """Shape: the URL name of every action about a row, with its permission."""
    found = []
    for model, room in admin.site._registry.items():
        for name in room._extract_action_names(room.actions_detail):
            permission = getattr(room, name).allowed_permissions[0]
            label = f"{model._meta.app_label}_{model._meta.model_name}_{name}"
            found.append(pytest.param(label, permission, id=label))
    return found


@pytest.fixture
def superuser() -> Client:
    browser = Client()  # what a view raises is raised here too
    browser.force_login(StaffUser.objects.create_superuser("root", password="x"))
    return browser


def test_every_room_with_verbs_is_looked_at() -> None:
    assert len(actions_of_rows()) >= 25


@pytest.mark.parametrize(("name", "permission"), actions_of_rows())
def test_about_a_row_that_is_gone_there_is_no_dialog_and_nothing_is_done(
    name: str, permission: str, superuser: Client
) -> None:
    written = LedgerEntry.objects.count()
    for key in GONE:
        address = reverse(f"admin:{name}", args=["KEY"]).replace("KEY", key)
        answers = (superuser.get(address), press(superuser, address, reason="because"))
        assert [answer.status_code for answer in answers] == [404, 404]
    assert LedgerEntry.objects.count() == written


@pytest.mark.parametrize(("name", "permission"), actions_of_rows())
def test_who_may_not_press_it_learns_not_even_whether_the_row_exists(
    name: str, permission: str
) -> None:
    browser = Client()
    browser.force_login(StaffUser.objects.create_user("nobody", is_staff=True))
    answer = browser.get(reverse(f"admin:{name}", args=[GONE[0]]))
    assert (answer.status_code, permission.count(".")) == (403, 1)
