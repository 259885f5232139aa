"""The house's rule for the API: nothing is open that was not opened on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from backoffice.api.oauth import ClientAuthentication, HasScope
from backoffice.api.scopes import SCOPES
from backoffice.api.views import ApiView
from tests.problems import problem

PUBLIC = {"/api/v1/health", "/api/v1/schema", "/api/v1/docs"}
METHODS = ("get", "post", "put", "patch", "delete")


def routes(resolver: Any = None, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver("backoffice.urls")).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        else:
            yield path, entry


API = [(path, entry) for path, entry in routes() if path.startswith("/api/")]


def test_the_walk_finds_the_api() -> None:
    assert len(API) >= 23
    assert {path for path, _entry in API} >= PUBLIC
    assert all(path.startswith("/api/v1/") for path, _entry in API)


@pytest.mark.parametrize(("path", "entry"), API, ids=[path for path, _entry in API])
def test_every_route_asks_for_a_token_and_names_a_scope_for_each_method(
    path: str, entry: URLPattern
) -> None:
    view = getattr(entry.callback, "cls", None) or entry.callback.view_class
    methods = {method.upper() for method in METHODS if hasattr(view, method)}
    if path in PUBLIC:
        assert methods == {"GET"}
        return
    assert issubclass(view, ApiView)
    assert tuple(view.authentication_classes) == (ClientAuthentication,)
    assert tuple(view.permission_classes) == (HasScope,)
    assert set(view.required_scopes) == methods
    assert set(view.required_scopes.values()) <= set(SCOPES)
    for method, scope in view.required_scopes.items():
        assert scope.endswith(":read" if method == "GET" else ":write"), (path, method)


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path, _entry in API if path not in PUBLIC])
def test_nobody_gets_in_without_a_token(path: str) -> None:
    url = path.replace("<str:", "").replace(">", "")
    client = Client(raise_request_exception=False)
    for method in ("get", "post", "head"):
        answer = getattr(client, method)(url)
        if answer.status_code == 405:
            continue
        assert answer.status_code == 401, (method, url)
        assert answer["WWW-Authenticate"] == 'Bearer realm="sluice"'
        if method != "head":
            problem(answer, 401, "not_authenticated")


@pytest.mark.django_db
def test_a_staff_session_opens_nothing_of_the_api(admin_client: Client) -> None:
    problem(admin_client.get("/api/v1/customers"), 401, "not_authenticated")
