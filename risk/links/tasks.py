"""What happens to links by itself."""

from __future__ import annotations

from celery import shared_task

from backoffice.lib import clock
from risk.links import following, grouping


@shared_task(name="risk.links.follow_profiles")
def follow_profiles() -> int:
    """Makes links of what profiles say now. Safe to run twice."""
    return following.follow_profiles(at=clock.now())


@shared_task(name="risk.links.group_customers")
def group_customers() -> bool:
    """Works out everybody's groups; False when another worker is at it."""
    following.look_again(at=clock.now())
    return grouping.group_customers(now=clock.now) is not None


@shared_task(name="risk.links.continue_grouping")
def continue_grouping() -> bool:
    """Begins anew what a worker died over."""
    return grouping.is_abandoned(at=clock.now()) and group_customers()
