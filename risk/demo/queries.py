"""What there is to look at in the demo, with its addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from accounts.customers import queries as customers
from backoffice.lib.errors import Missing
from risk.demo import stories
from risk.policies import queries as policies


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to try: who signs in, what there is to see, and where."""

    username: str
    text: str
    path: str


def story_customer() -> str:
    """The public id of the one whose score fell. Raises: Missing when the demo is not seeded."""
    found = customers.find(stories.SCORE_FELL.reference).first()
    if found is None:
        raise Missing("The demo is not seeded: manage.py seed_demo", code="demo_not_seeded")
    return found.public_id


def suggestions() -> Iterator[Suggestion]:
    """Three things to try, each a page of its own. Raises: Missing."""
    customer = customers.by_public_id(story_customer())
    yield Suggestion(
        "support",
        "A score fell from 750 to 620: see what the customer may still use, why, and the way back",
        reverse("admin:accounts_customer_change", args=[customer.pk]),
    )
    waiting = policies.versions().filter(status__in=["submitted", "backtested"]).first()
    if waiting is not None:
        yield Suggestion(
            "approver",
            "A stricter policy waits for a second person: see whom it hits, approve it, publish it",
            reverse("admin:risk_policyversion_change", args=[waiting.pk]),
        )
    yield Suggestion(
        "compliance",
        "Turn on a switch over the whole platform, look at any customer, release it again",
        reverse("admin:compliance_switch_changelist"),
    )


def other_stories() -> Iterator[tuple[str, str]]:
    """(what happened, path) for the customers not suggested first."""
    for story, text in (
        (stories.APPLIED_TOO_OFTEN, "applied too often: closed for 30 days"),
        (stories.PHONE_CHANGED, "the phone no longer matches the bureau"),
        (stories.POLICY_CHANGED, "nothing changed but the policy"),
        (stories.MAINTENANCE, "asked during maintenance"),
    ):
        found = customers.find(story.reference).first()
        if found is not None:
            yield text, reverse("admin:accounts_customer_change", args=[found.pk])
