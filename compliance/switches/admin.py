"""Switches in the console: turned on and released with a reason, blast radius first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
)

from backoffice.console.actions import Given, ReasonForm, reasoned
from backoffice.console.dashboard import Tile, register_tile
from backoffice.console.labels import coloured, shortened
from backoffice.console.lists import KeysetAdmin
from backoffice.lib import money
from compliance.ledger.callers import NamesActors, named, signed
from compliance.reasons import queries as reasons
from compliance.switches import facts, queries, services
from compliance.switches.models import Switch, SwitchEffect, SwitchKind
from compliance.switches.words import scope_words


def scope_sizes() -> dict[str, tuple[Any, int]]:
    """Scope → (label, customers with usable access), asked of the floor above by dotted name."""
    found: dict[str, tuple[Any, int]] = import_string(settings.SWITCH_SCOPES)()
    return found


class TurnOnForm(ReasonForm):
    scope = forms.ChoiceField(label=_("Scope"), widget=UnfoldAdminSelectWidget)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=SwitchKind.choices, widget=UnfoldAdminSelectWidget
    )
    effect = forms.ChoiceField(
        label=_("Narrows to"),
        choices=list(reversed(SwitchEffect.choices)),
        widget=UnfoldAdminSelectWidget,
    )
    limit = forms.DecimalField(
        label=_("Amount at most"), required=False, min_value=0, max_digits=12, decimal_places=2,
        help_text=_("Only for limited, in the product's currency."),
        widget=UnfoldAdminDecimalFieldWidget,
    )  # fmt: skip
    reason_code = forms.ChoiceField(
        label=_("Reason told to customers"), widget=UnfoldAdminSelectWidget
    )
    expected_end_at = forms.SplitDateTimeField(
        label=_("Expected end"), required=False, widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Told to customers; the switch stays on until somebody releases it."),
    )  # fmt: skip
    field_order = (
        "scope", "kind", "effect", "limit", "reason_code", "expected_end_at", "reason",
    )  # fmt: skip

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sizes = scope_sizes()
        self.fields["scope"].choices = [(code, label) for code, (label, _n) in self.sizes.items()]
        language = get_language() or "zh-hans"
        rows = reasons.catalogue().filter(is_active=True, level__in=["platform", "regulator"])
        self.fields["reason_code"].choices = [
            (row.code, reasons.in_language(row, language=language).text[:50]) for row in rows
        ]

    def blast_radius(self) -> Sequence[str]:
        return [
            ngettext(
                "%(scope)s: %(count)s customer can use it now and would be narrowed at once.",
                "%(scope)s: %(count)s customers can use it now and would be narrowed at once.",
                count,
            )
            % {"scope": label, "count": count}
            for label, count in self.sizes.values()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("limit") is not None and cleaned.get("effect") != "LIMITED":
            self.add_error("limit", _("Only a limiting switch has an amount."))
        return cleaned


class ReleaseForm(ReasonForm):
    def blast_radius(self) -> Sequence[str]:
        switch = queries.history().get(pk=self.object_id)
        return [
            _now("Releasing %(scope)s makes what is stored underneath effective again at once.")
            % {"scope": scope_words(switch.scope)}
        ]


@admin.register(Switch)
class SwitchAdmin(NamesActors, KeysetAdmin):
    actor_field = "turned_on_by"
    list_display = (
        "scope_label", "kind", "status", "effect_label", "limit", "reason_label", "turned_on_at",
        "turned_on_name", "expected_end_at", "released_at",
    )  # fmt: skip
    fields = (
        "scope_label", "kind", "status", "effect_label", "limit", "reason_label", "note",
        "turned_on_at", "turned_on_name", "expected_end_at", "released_at", "released_name",
        "release_note", "public_id",
    )  # fmt: skip
    readonly_fields = fields
    list_filter = ("kind", "effect")
    list_select_related = ("reason",)
    actions_list = ("turn_on",)
    actions_detail = ("release",)

    def possible_actions(self, row: Switch) -> set[str]:
        return set() if row.released_at else {"release"}

    @display(description=_("scope"))
    def scope_label(self, switch: Switch) -> str:
        return scope_words(switch.scope)

    @display(description=_("narrows to"))
    def effect_label(self, switch: Switch) -> SafeString:
        return coloured(switch.effect, switch.get_effect_display())

    @display(description=_("amount at most"))
    def limit(self, switch: Switch) -> str:
        return money.display(switch.limit_cents)

    @display(description=_("reason told to customers"))
    def reason_label(self, switch: Switch) -> str:
        told = reasons.in_language(switch.reason, language=get_language() or "zh-hans")
        return shortened(told.text, at_most=48)

    @display(description=_("turned on by"))
    def turned_on_name(self, switch: Any) -> str:
        return self.actor_name(switch)

    @display(description=_("released by"))
    def released_name(self, switch: Switch) -> str:
        return named(switch.released_by)

    @display(description=_("status"))
    def status(self, switch: Switch) -> SafeString:
        if switch.released_at:
            return coloured("off", _now("released"))
        return coloured("on", _now("on"))

    @reasoned(
        _("Turn a switch on"), icon="emergency_home", permission="compliance.turn_on_switch",
        variant=ActionVariant.DANGER, form=TurnOnForm,
        about=_("Nobody can decide or use credit past it once this returns."),
        button=_("Turn on"), done=_("The switch is on. Nothing can be decided past it."),
    )  # fmt: skip
    def turn_on(self, request: HttpRequest, given: Given) -> None:
        limit = given["limit"]
        services.turn_on(
            scope=given["scope"],
            kind=facts.Kind(given["kind"]),
            effect=facts.Effect(given["effect"]),
            limit_cents=None if limit is None else int(limit * 100),
            reason_code=given["reason_code"],
            note=given["reason"],
            expected_end_at=given["expected_end_at"],
            **signed(request),
        )

    @reasoned(
        _("Release"), icon="lock_open", permission="compliance.release_switch",
        variant=ActionVariant.PRIMARY, form=ReleaseForm,
        title=_("Release this switch"),
        about=_("What lies underneath was kept as it was; nothing is decided anew."),
        done=_("The switch is released."),
    )  # fmt: skip
    def release(self, request: HttpRequest, switch: Switch, given: Given) -> None:
        services.release(public_id=switch.public_id, note=given["reason"], **signed(request))


def switches_on() -> dict[str, Any]:
    rows = [
        {
            "label": f"{scope_words(switch.scope)} · {switch.get_kind_display()}",
            "value": switch.get_effect_display(),
            "href": reverse("admin:compliance_switch_change", args=[switch.pk]),
        }
        for switch in queries.switches_on()[:10]
    ]
    return {"rows": rows, "empty": _now("No switch is on.")}


register_tile(
    Tile(
        "switches_on",
        20,
        "compliance.view_switch",
        _("Switches on"),
        _("Emergency, regulator and maintenance switches narrowing access now."),
        "console/tile_list.html",
        switches_on,
    )
)
