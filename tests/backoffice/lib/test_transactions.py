"""Entries own their transaction, except where a whole history is written as one."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from backoffice.lib.transactions import entry, joined

pytestmark = pytest.mark.django_db(transaction=True)


@entry
def verb() -> bool:
    return connection.in_atomic_block


def test_an_entry_opens_a_transaction_and_refuses_to_be_called_inside_one() -> None:
    assert verb() is True
    with transaction.atomic(), pytest.raises(RuntimeError):
        verb()


def test_a_joined_entry_is_undone_with_the_transaction_it_joined() -> None:
    done = []
    with transaction.atomic():
        assert joined(verb)() is True
        transaction.on_commit(lambda: done.append("committed"))
        transaction.set_rollback(True)
    assert done == []
