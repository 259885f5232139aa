"""A browser without a screen, signed in as somebody with one role: for the console's own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.staff.facts import Role
from accounts.staff.models import StaffUser


@pytest.fixture
def as_role(db: None, client: Client) -> Callable[[Role], Client]:
    """A browser signed in as somebody with one role, past the session's first request."""

    def sign_in(role: Role) -> Client:
        user, _is_new = StaffUser.objects.get_or_create(
            username=role.value, defaults={"is_staff": True, "language": "en"}
        )
        user.groups.set([Group.objects.get(name=role.value)])
        client.force_login(user)
        client.get("/account/2fa/")
        return client

    return sign_in


def press(browser: Client, path: str, **given: Any) -> HttpResponse:
    """A dialog's button: what htmx posts."""
    answer: HttpResponse = browser.post(path, {"_form_submitted": "True", **given})
    return answer


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that ran inside."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [entry["sql"] for entry in captured]
