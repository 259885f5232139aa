"""The catalogue over the API: what each signal means, where it is from, what allows its use."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api.examples import example
from backoffice.api.views import ApiView
from risk.events.facts import EventKind
from risk.signals.catalogue import SIGNALS
from risk.signals.facts import Signal, SignalFamily, SignalSource, SignalType
from risk.signals.words import UNITS

LANGUAGES = ("zh-hans", "en")
_EXAMPLE = {
    "name": "seen_applications_7d", "type": "number", "unit": "count", "family": "window",
    "source": "events",
    "label": {"zh-hans": "近 7 天申请次数", "en": "applications counted within 7 days"},
    "basis": {
        "zh-hans": "为订立、履行信贷合同所必需（《个人信息保护法》第十三条第一款第二项……",
        "en": "Necessary to conclude and perform the credit contract (Personal Information …",
    },
    "fresh_days": None, "least": "0", "greatest": "1000", "decimal_places": 0, "choices": [],
    "may_be_null": False, "is_actionable": True,
    "remedy_hint": {"zh-hans": "减少申请……", "en": "Apply less often …"},
    "moved_by": ["application"],
}  # fmt: skip


class InBothLanguages(serializers.Serializer[object]):
    """The same words in Chinese and in English."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {language: serializers.CharField() for language in LANGUAGES}


class SignalAnswer(serializers.Serializer[object]):
    """One signal policies may use. Bounds are inclusive; `fresh_days` null: never too old."""

    name = serializers.CharField()
    type = serializers.ChoiceField([kind.value for kind in SignalType])
    unit = serializers.CharField(help_text=f"{', '.join(UNITS)}; empty for a word")
    family = serializers.ChoiceField([family.value for family in SignalFamily])
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a word of fields too
        [source.value for source in SignalSource]
    )
    label = InBothLanguages()  # type: ignore[assignment]
    basis = InBothLanguages(help_text="what allows its use; a lawyer must confirm it")
    fresh_days = serializers.IntegerField(allow_null=True)
    least = serializers.CharField(allow_null=True)
    greatest = serializers.CharField(allow_null=True)
    decimal_places = serializers.IntegerField()
    choices = serializers.ListField(child=serializers.CharField())
    may_be_null = serializers.BooleanField()
    is_actionable = serializers.BooleanField(help_text="whether the customer can change it")
    remedy_hint = InBothLanguages(allow_null=True, help_text="how")
    moved_by = serializers.ListField(
        child=serializers.ChoiceField([kind.value for kind in EventKind]),
        help_text="events that can change it",
    )


@example({"results": [_EXAMPLE]})
class CatalogueAnswer(serializers.Serializer[object]):
    """Every signal, in the catalogue's order."""

    results = SignalAnswer(many=True)


class CatalogueView(ApiView):
    required_scopes = {"GET": "customers:read"}

    @extend_schema(operation_id="signals_catalogue", responses=CatalogueAnswer)
    def get(self, request: Request) -> Response:
        """What policies may use: meaning, source, legal basis, freshness, who can change it."""
        return Response({"results": [signal_json(signal) for signal in SIGNALS.values()]})


def signal_json(signal: Signal) -> dict[str, Any]:
    return {
        "name": signal.name,
        "type": signal.type.value,
        "unit": signal.unit,
        "family": signal.family.value,
        "source": signal.source.value,
        "label": _in_both(signal.label),
        "basis": _in_both(signal.basis),
        "fresh_days": signal.fresh_days,
        "least": None if signal.least is None else f"{signal.least:f}",
        "greatest": None if signal.greatest is None else f"{signal.greatest:f}",
        "decimal_places": signal.decimal_places,
        "choices": list(signal.choices),
        "may_be_null": signal.may_be_null,
        "is_actionable": signal.is_actionable,
        "remedy_hint": _in_both(signal.remedy_hint) if signal.is_actionable else None,
        "moved_by": [kind.value for kind in signal.moved_by],
    }


def _in_both(words: Any) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = str(words)
    return found
