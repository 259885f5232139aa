"""The cases kept with a version: written with its draft, run before it is submitted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.access.facts import Product
from backoffice.lib.errors import FieldFault, Invalid
from risk.policies.cases import (
    MalformedCase,
    case_from_stored,
    case_to_json,
    cases_from_json,
    facts_from_json,
    results_of,
)
from risk.policies.facts import Case, CaseResult
from risk.policies.models import PolicyCase
from risk.policies.words import case_fault_words
from risk.tables.facts import Model
from risk.tables.services import compile_model


def stored(*, version_id: int) -> tuple[Case, ...]:
    """In the order people gave them, as they were read then: signals may have gone since.

    One query.
    """
    rows = PolicyCase.objects.filter(version_id=version_id).order_by("position")
    return tuple(case_from_stored(row) for row in rows.values("name", "facts", "expected"))


def read(value: Any) -> tuple[Case, ...]:
    """Raises: Invalid, with the place."""
    try:
        return cases_from_json(value)
    except MalformedCase as error:
        raise _unreadable(error) from error


def read_facts(value: Any) -> dict[str, str | None]:
    """Raises: Invalid, with the place."""
    try:
        return facts_from_json(value)
    except MalformedCase as error:
        raise _unreadable(error) from error


def replace(*, version_id: int, cases: Sequence[Case]) -> None:
    """Effects: joins the caller's transaction, which holds the version's lock."""
    PolicyCase.objects.filter(version_id=version_id).delete()
    PolicyCase.objects.bulk_create(
        PolicyCase(version_id=version_id, position=position, **case_to_json(case))
        for position, case in enumerate(cases)
    )


def run(
    cases: Sequence[Case], *, model: Model, product: Product, at: dt.datetime
) -> tuple[CaseResult, ...]:
    """What becomes of the cases under tables without faults."""
    if not cases:
        return ()
    return results_of(cases, compiled=compile_model(model), product=product, at=at)


def require_passed(*, version_id: int, model: Model, product: Product, at: dt.datetime) -> None:
    """Raises: Invalid naming every case that fails."""
    failed = [
        FieldFault(f"/cases/{index}", "case_failed", result.name)
        for index, result in enumerate(
            run(stored(version_id=version_id), model=model, product=product, at=at)
        )
        if not result.is_passed
    ]
    if failed:
        raise Invalid(_("Some cases fail:"), code="cases_failed", faults=failed)


def _unreadable(error: MalformedCase) -> Invalid:
    text = case_fault_words(error.code)
    return Invalid(text, code=error.code, faults=[FieldFault(error.path, error.code, text)])
