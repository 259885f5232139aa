"""Deciding many together, so that one customer's trouble is nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

import structlog
from django.db import InterfaceError, OperationalError, transaction

from backoffice.lib.errors import Refused
from risk.decisions.services import Undecided

log = structlog.get_logger(__name__)

UNEXPECTED = "unexpected"


def spared(
    customers: Sequence[str],
    decide: Callable[[list[str]], None],
    *,
    for_all: Container[str],
    **course: str,
) -> dict[str, Exception]:
    """Decide these (by public id) in one savepoint; without those the policy has no answer for;
    one by one when even that fails. Returns who could not be decided, and why.

    Raises: what is wrong with the database itself, and refusals whose code concerns everybody
    (`for_all`): then nothing of it was. `course` names in the log what this was part of.
    """
    failures: dict[str, Exception] = {}
    left = list(customers)
    while left:
        try:
            with transaction.atomic():
                decide(left)
        except Undecided as error:
            failures |= error.failures
            left = [public_id for public_id in left if public_id not in error.failures]
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # one customer's trouble must not hold up everybody else
            if isinstance(error, Refused) and error.code in for_all:
                raise
            if len(left) == 1:
                return failures | {left[0]: error}
            log.warning("batch_redone", error=type(error).__name__, **course)
            for public_id in left:
                failures |= spared([public_id], decide, for_all=for_all, **course)
            return failures
        else:
            return failures
    return failures


def code_of(error: Exception) -> str:
    """What is kept about a failure: never its text, which may quote what a customer told us."""
    return error.code if isinstance(error, Refused) else UNEXPECTED
