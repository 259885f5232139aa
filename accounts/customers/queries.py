"""Finding customers and reading them without opening more than needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.customers import sealing
from accounts.customers.facts import INDEXED_FIELDS, SEALED_FIELDS, MaskedProfile
from accounts.customers.models import Consent, Customer
from accounts.customers.rules import has_controls, masked
from backoffice.lib.errors import Missing


def customers() -> QuerySet[Customer]:
    """Newest first, for lists that page by key."""
    return Customer.objects.order_by("-id")


def by_public_id(public_id: str) -> Customer:
    """Raises: Missing."""
    found = Customer.objects.filter(public_id=public_id).first()
    if found is None:
        raise _unknown()
    return found


def by_reference_or_id(text: str) -> Customer:
    """The customer with exactly this reference or public id. Raises: Missing."""
    wanted = text.strip()
    if not wanted or has_controls(wanted):
        raise _unknown()
    found = customers().filter(Q(reference=wanted) | Q(public_id=wanted)).first()
    if found is None:
        raise _unknown()
    return found


def resolve_id(public_id: str) -> int:
    """Raises: Missing."""
    found = Customer.objects.filter(public_id=public_id).values_list("id", flat=True).first()
    if found is None:
        raise _unknown()
    return found


def ids_by_reference(references: Collection[str]) -> dict[str, int]:
    """Row ids of the customers who exist, by the lender's reference."""
    rows = Customer.objects.filter(reference__in=references)
    return dict(rows.values_list("reference", "id"))


def ids_by_public_id(public_ids: Collection[str]) -> dict[str, int]:
    """Row ids of the customers who exist, by our own id."""
    rows = Customer.objects.filter(public_id__in=public_ids)
    return dict(rows.values_list("public_id", "id"))


def find(text: str) -> QuerySet[Customer]:
    """Customers whose reference, public id, phone, name, ID number or e-mail is exactly `text`.

    Every branch is an index lookup; personal data is found by its fingerprint.
    """
    wanted = text.strip()
    if not wanted or has_controls(wanted):  # neither stored nor storable
        return Customer.objects.none()
    where = Q(reference=wanted) | Q(public_id=wanted)
    for name in INDEXED_FIELDS:
        where |= Q(**{f"{name}_index": sealing.index(name, wanted)})
    return customers().filter(where)


def masked_profile(customer: Customer) -> MaskedProfile:
    opened = sealing.opened_all(customer)
    return MaskedProfile(**{name: masked(name, opened[name]) for name in SEALED_FIELDS})


def contact(*, recipient: str, channel: str) -> str:
    """The address a notice goes to, or empty; `channel` is `email` or `sms`."""
    customer = Customer.objects.filter(public_id=recipient).first()
    name = {"email": "email", "sms": "phone"}.get(channel)
    return (sealing.opened(customer, name) or "") if customer and name else ""


def consents(*, customer_id: int) -> QuerySet[Consent]:
    return Consent.objects.filter(customer_id=customer_id).order_by("-granted_at")


def birth_dates(*, after_id: int, limit: int) -> list[tuple[int, dt.date]]:
    """(customer id, date of birth) of the next customers by id who have one on file."""
    rows = Customer.objects.filter(id__gt=after_id, birth_date_sealed__isnull=False).order_by("id")
    return [
        (row.id, dt.date.fromisoformat(sealing.opened(row, "birth_date") or ""))
        for row in rows[:limit]
    ]


def _unknown() -> Missing:
    return Missing(_("No such customer."), code="customer_unknown")
