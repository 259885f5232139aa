from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.staff.facts import Role
from accounts.staff.models import StaffUser


@pytest.fixture
def as_role(db: None, client: Client) -> Callable[[Role], Client]:
    """A browser signed in as somebody with one role, past the session's first request."""

    def sign_in(role: Role) -> Client:
        user = StaffUser.objects.create_user(role.value, is_staff=True, language="en")
        user.groups.set([Group.objects.get(name=role.value)])
        client.force_login(user)
        client.get("/account/2fa/")
        return client

    return sign_in
