"""Reading policies: the live one to decide with, all of them to look at."""

from __future__ import annotations

from functools import lru_cache

import structlog
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing, Unavailable
from risk.policies.facts import LiveVersion
from risk.policies.models import PolicyVersion
from risk.tables.facts import TableError
from risk.tables.services import CompiledModel, compile_model, content_hash, model_from_json

log = structlog.get_logger(__name__)

_LIVE = """
SELECT id, public_id, number, content_hash
FROM risk_policyversion WHERE product_id = %s AND status = 'live'
"""


def live(*, product_id: int) -> LiveVersion:
    """Raises: Unavailable (no live policy, or one that is no longer what was approved).

    One query once compiled.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [product_id])
        row = cursor.fetchone()
    if row is None:
        raise Unavailable(_("No policy is in force for this product."), code="no_live_policy")
    version_id, public_id, number, approved_hash = row
    try:
        tables = compiled(approved_hash)
    except TableError as error:
        log.error("policy_unreadable", policy=public_id, error=str(error))
        raise Unavailable(
            _("The policy in force cannot be read."), code="policy_unreadable"
        ) from error
    return LiveVersion(version_id, public_id, number, approved_hash, tables)


@lru_cache(maxsize=64)
def compiled(wanted_hash: str) -> CompiledModel:
    """The tables with this hash, compiled once a process.

    Raises: Missing; TableError when what is stored no longer has the hash it was approved under.
    """
    content = (
        PolicyVersion.objects.filter(content_hash=wanted_hash)
        .exclude(status="draft")
        .values_list("content", flat=True)
        .first()
    )
    if content is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    model = model_from_json(content)
    if content_hash(model) != wanted_hash:
        raise TableError(f"the stored policy {wanted_hash[:12]} has been altered")
    return compile_model(model)


def versions() -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.select_related(
        "product", "created_by", "submitted_by", "approved_by"
    ).order_by("-id")


def version(*, public_id: str) -> PolicyVersion:
    """Raises: Missing."""
    found = versions().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    return found


def version_called(name: str) -> PolicyVersion:
    """By public id, or as `product@number`. Raises: Missing."""
    code, is_numbered, number = name.partition("@")
    if not is_numbered:
        return version(public_id=name)
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    found = versions().filter(product__code=code, number=int(number)) if is_number else None
    row = found.first() if found is not None else None
    if row is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    return row
