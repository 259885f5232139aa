"""What models may hold and what they must promise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.signals import ModelSignal

from tests.house import code

OURS = sorted(
    (
        model
        for app in code.APPS
        for model in apps.get_app_config(app).get_models()
        if not hasattr(model, "pgh_tracked_model")  # histories are copies a decorator makes
    ),
    key=lambda model: model._meta.label,
)
each_model = pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)

# Django's own user model brings these; nothing here overrides them.
NOT_OURS = {"groups", "user_permissions"}


def fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    found = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return [field for field in found if field.name not in NOT_OURS]


def leaves(condition: object) -> Iterator[tuple[str, Any]]:
    """The comparisons in a Q, however deep."""
    if isinstance(condition, models.Q):
        for child in condition.children:
            if isinstance(child, tuple):
                yield child
            else:
                yield from leaves(child)


@each_model
def test_a_model_says_in_one_sentence_what_one_row_is(model: type[models.Model]) -> None:
    first = (model.__doc__ or "").strip().split("\n")[0]
    assert not first.startswith(f"{model.__name__}("), "Django's own words"
    assert first.endswith(".")
    assert len(first.split()) >= 4


@each_model
def test_a_foreign_key_across_apps_is_a_string_without_a_way_back(
    model: type[models.Model],
) -> None:
    for field in fields(model):
        target = field.remote_field.model if field.remote_field else None
        if target is None or target._meta.app_label == model._meta.app_label:
            continue
        assert field.remote_field.on_delete is models.PROTECT, field.name
        assert field.remote_field.related_name == "+", field.name


@each_model
def test_the_database_knows_every_choice(model: type[models.Model]) -> None:
    promised = {
        (name.removesuffix("__in"), frozenset(values))
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        for name, values in leaves(constraint.condition)
        if name.endswith("__in")
    }
    for field in fields(model):
        if field.choices:
            values = frozenset(value for value, _label in field.flatchoices)
            assert (field.name, values) in promised, field.name


@each_model
def test_an_optional_text_has_one_way_to_be_empty(model: type[models.Model]) -> None:
    """NULL and '' would be two; where a text may be NULL it means something of its own."""
    for field in fields(model):
        if isinstance(field, models.CharField | models.TextField) and field.null:
            assert not field.blank, field.name
            assert field.choices or field.unique, field.name


@each_model
def test_no_array_stands_in_for_a_table(model: type[models.Model]) -> None:
    assert not [field.name for field in fields(model) if isinstance(field, ArrayField)]


@each_model
def test_a_list_is_sorted_where_it_is_asked_for(model: type[models.Model]) -> None:
    assert list(model._meta.ordering) == []


@each_model
def test_saving_a_row_does_nothing_else(model: type[models.Model]) -> None:
    assert model.save.__module__ in ("django.db.models.base", "django.contrib.auth.base_user")
    assert model.delete is models.Model.delete


def test_nothing_listens_to_models_but_the_one_lawful_hook() -> None:
    """`accounts.apps` syncs roles when `migrate` has made the last permission."""
    connected = [
        f"{path}:{call.lineno} {name}"
        for path in code.product()
        for name, call in code.calls(code.tree(path))
        if name in {f"{signal}.connect" for signal in dir(models.signals)} or name == "receiver"
    ]
    decorated = [
        f"{path}:{function.lineno}"
        for path in code.product()
        for function in code.functions(path)
        for decorator in function.decorator_list
        if ast.unparse(decorator).startswith(("receiver(", "signals."))
    ]
    assert [entry.split(":")[0] for entry in connected] == ["accounts/apps.py"]
    assert decorated == []


def test_no_signal_of_a_model_has_a_receiver_of_ours() -> None:
    signals = [
        getattr(models.signals, name)
        for name in dir(models.signals)
        if isinstance(getattr(models.signals, name), ModelSignal)
    ]
    assert len(signals) >= 6
    ours = []
    for signal in signals:
        for entry in signal.receivers:
            receiver = entry[1]() if callable(entry[1]) else entry[1]
            module = getattr(receiver, "__module__", "")
            if module.split(".")[0] in code.APPS:
                ours.append(module)
    assert ours == []


def test_the_models_under_test_are_all_of_them() -> None:
    assert {"accounts.Access", "compliance.LedgerEntry", "risk.Decision"} <= {
        model._meta.label for model in OURS
    }
