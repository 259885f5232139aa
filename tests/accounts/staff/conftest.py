from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client

from accounts.staff.facts import Role
from accounts.staff.models import StaffUser

PASSWORD = "a-long-enough-word-7"


@pytest.fixture(autouse=True)
def nobody_has_tried_before(db: None) -> None:
    cache.clear()  # rate limits count in the cache


@pytest.fixture
def person(db: None) -> Callable[..., StaffUser]:
    def make(username: str = "wang", role: Role | None = Role.RISK_ANALYST, **given: object):
        user = StaffUser.objects.create_user(username, password=PASSWORD, is_staff=True, **given)
        if role:
            user.groups.set([Group.objects.get(name=role.value)])
        return user

    return make


def sign_in(client: Client, username: str = "wang", password: str = PASSWORD):
    return client.post("/account/login/", {"login": username, "password": password})
