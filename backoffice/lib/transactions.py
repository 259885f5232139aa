"""Where transactions begin and how verbs take part in them.

A door calls an *entry*: it owns the transaction and cannot be called inside another one.
Verbs called by verbs are *steps*: they join, and make no savepoint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

Verb = TypeVar("Verb", bound=Callable[..., Any])


def entry(verb: Verb) -> Verb:
    """Effects: opens the transaction; raises RuntimeError when one is already open."""
    return transaction.atomic(durable=True)(verb)


def step(verb: Verb) -> Verb:
    """Effects: joins the caller's transaction (opens one when there is none)."""
    return transaction.atomic(savepoint=False)(verb)


def joined(verb: Verb) -> Verb:
    """An entry as a step of the caller's transaction.

    Only for writing a whole history at once, there entirely or not at all: locks the verb takes
    are held until the end of it, and what it does after commit is done then.
    """
    inner: Verb = verb.__wrapped__  # type: ignore[attr-defined]
    return step(inner)
