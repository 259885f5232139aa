"""Every screen of the console is closed to who may not see it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts.staff.models import StaffUser

pytestmark = pytest.mark.django_db

FOR_ALL_STAFF = {
    "index", "search", "login", "logout", "password_change", "password_change_done", "jsi18n",
}  # fmt: skip


def screens() -> list[Any]:
    """Shape: (name, arguments) of every named URL of the console."""
    found = []
    for pattern in _patterns(get_resolver()):
        name, wanted = pattern.name or "", pattern.pattern.regex.groupindex
        arguments = {key: "compliance" if key == "app_label" else "1" for key in wanted}
        if wanted or name:
            found.append(pytest.param(name, arguments, id=name))
    return found


def _patterns(resolver: URLResolver, *, inside: bool = False) -> list[URLPattern]:
    found: list[URLPattern] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += _patterns(entry, inside=inside or entry.namespace == "admin")
        elif inside and entry.name:
            found.append(entry)
    return found


def address(name: str, arguments: dict[str, str]) -> str:
    try:
        return reverse(f"admin:{name}", kwargs=arguments)
    except NoReverseMatch:
        return reverse(f"admin:{name}", args=list(arguments.values()) or ["1"])


@pytest.fixture
def nobody() -> Client:
    """Staff without a single permission."""
    user = StaffUser.objects.create_user("nobody", is_staff=True)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.parametrize(("name", "arguments"), screens())
def test_a_stranger_is_sent_to_sign_in(name: str, arguments: dict[str, str]) -> None:
    answer = Client(raise_request_exception=False).get(address(name, arguments))
    if name == "view_on_site":
        assert answer.status_code == 404
        return
    doors = (reverse("account_login"), "/admin/login/", reverse("account_change_password"))
    assert answer.status_code == 302
    assert answer["Location"].split("?")[0] in doors


@pytest.mark.parametrize(("name", "arguments"), screens())
def test_staff_without_the_permission_is_refused(
    name: str, arguments: dict[str, str], nobody: Client
) -> None:
    if name in FOR_ALL_STAFF:
        return
    for answer in (nobody.get(address(name, arguments)), nobody.post(address(name, arguments))):
        is_home = answer.status_code == 302 and answer["Location"] == reverse("admin:index")
        assert answer.status_code in (403, 404, 405) or is_home


def test_every_registered_model_has_its_screens_under_test() -> None:
    names = {screen.values[0] for screen in screens()}
    for model in admin.site._registry:
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        assert {f"{label}_changelist", f"{label}_change"} <= names
    assert len(admin.site._registry) >= 12
