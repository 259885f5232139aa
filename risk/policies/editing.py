"""The draft editor's doors: JSON in, one call, JSON out. Nothing is stored but by `save`."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import MethodNotAllowed, PermissionDenied

from accounts.access import queries as access
from backoffice.api.parsing import StrictJSONParser
from backoffice.api.problems import exception_handler
from backoffice.lib import clock
from backoffice.lib.errors import Conflict, FieldFault, Invalid
from compliance.ledger.callers import calling_staff
from risk.policies import casework, editor, queries, services, trying
from risk.policies.models import PolicyVersion

Body = Mapping[str, Any]
Door = Callable[[HttpRequest, PolicyVersion, Body], dict[str, Any]]
TO_DRAFT = ("risk.draft_policyversion",)
TO_BORROW = (*TO_DRAFT, "accounts.view_customer", "risk.view_customersignals")
CUSTOMER_AT_MOST = 120


def door(answer: Door, *permissions: str) -> Callable[[HttpRequest, int], HttpResponse]:
    """A view that asks for the permissions first and answers every refusal as a problem."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return _opened(request, pk, answer, permissions)
        except Exception as error:  # a bug too is answered as a problem, and logged
            return exception_handler(error, {})

    return view


def _opened(
    request: HttpRequest, pk: int, answer: Door, permissions: tuple[str, ...]
) -> HttpResponse:
    if not request.user.has_perms(permissions):
        raise PermissionDenied
    if request.method != "POST":
        raise MethodNotAllowed(str(request.method))
    version = queries.versions().filter(pk=pk).first()
    if version is None:
        raise Http404
    # Through the request, which holds the limit of size.
    body = StrictJSONParser().parse(io.BytesIO(request.body))
    response = JsonResponse(answer(request, version, body))
    response["Cache-Control"] = "no-store"
    return response


def check(request: HttpRequest, version: PolicyVersion, body: Body) -> dict[str, Any]:
    """Faults, readings and what becomes of the cases, for tables nobody has saved."""
    found = trying.check(
        content=_given(body, "content", dict),
        cases=casework.read(body.get("cases", [])),
        product=access.product(code=version.product.code),
        language=get_language() or "zh-hans",
        at=clock.now(),
    )
    return editor.reviewed(found)


def save(request: HttpRequest, version: PolicyVersion, body: Body) -> dict[str, Any]:
    """When somebody else saved first, the refusal brings their draft along."""
    content, cases = _given(body, "content", dict), casework.read(body.get("cases", []))
    try:
        services.save_draft(
            public_id=version.public_id, content=content, cases=cases,
            revision=_given(body, "revision", int), actor=calling_staff(request), at=clock.now(),
        )  # fmt: skip
    except Conflict as error:
        if error.code != "draft_changed":
            raise
        theirs = editor.stored(queries.version(public_id=version.public_id))
        raise Conflict(error.message, code=error.code, extra={"theirs": theirs}) from error
    fresh = queries.version(public_id=version.public_id)
    return {**editor.stored(fresh), "review": editor.review_of(fresh)}


def attempt(request: HttpRequest, version: PolicyVersion, body: Body) -> dict[str, Any]:
    """One customer's facts, typed or borrowed, against tables nobody has saved."""
    answer = trying.tried(
        content=_given(body, "content", dict), facts=casework.read_facts(body.get("facts")),
        product=access.product(code=version.product.code), at=clock.now(),
    )  # fmt: skip
    return editor.answered(answer)


def borrow(request: HttpRequest, version: PolicyVersion, body: Body) -> dict[str, Any]:
    """What is known about a customer; that this person looked is recorded."""
    facts, stale = trying.borrow_facts(
        public_id=version.public_id, customer=_given(body, "customer", str)[:CUSTOMER_AT_MOST],
        actor=calling_staff(request), at=clock.now(),
    )  # fmt: skip
    return {"facts": facts, "stale": list(stale)}


def _given(body: Body, name: str, kind: type) -> Any:
    """Raises: Invalid when the field is missing or of another type."""
    value = body.get(name)
    if type(value) is not kind:
        text = _("This was not understood: reload the page.")
        raise Invalid(text, code="malformed", faults=[FieldFault(f"/{name}", "malformed", text)])
    return value
