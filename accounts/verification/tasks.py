"""The worker that asks outside."""

from __future__ import annotations

from celery import shared_task

from accounts.verification import inquiries


@shared_task(name="accounts.verification.ask_due")
def ask_due_inquiries() -> int:
    """Asks until nothing is due; safe to run twice at once."""
    total = 0
    while attempts := inquiries.ask_due():
        total += attempts
    return total
