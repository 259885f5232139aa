"""Snapshots and backtests in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant

from backoffice.console.actions import Given, reasoned
from backoffice.console.lists import KeysetAdmin
from compliance.ledger.callers import NamesActors, signed
from risk.policies.screens import version_link
from risk.simulation import queries, screens, services, snapshots, workbook
from risk.simulation.facts import SnapshotDamaged
from risk.simulation.forms import BacktestForm, SnapshotForm
from risk.simulation.models import Backtest, BacktestState, Snapshot, SnapshotState
from risk.simulation.words import count, problem_words

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _WorkAdmin(NamesActors, KeysetAdmin):
    """Lists of what a worker does: who began it, and how far it is."""

    @display(description=_("progress"))
    def progress(self, row: Any) -> str:
        return f"{row.partitions_done} / {row.partitions}" if row.partitions else "—"

    @display(description=_("problem"))
    def problem_label(self, row: Any) -> str:
        return str(problem_words(row.problem)) if row.problem else "—"


@admin.register(Snapshot)
class SnapshotAdmin(_WorkAdmin):
    list_display = (
        "public_id", "state_label", "at", "customers_label", "size", "progress",
        "partitions_written", "starter", "started_at",
    )  # fmt: skip
    fields = (
        "public_id", "state_label", "problem_label", "note", "at", "content_hash",
        "customers_label", "size", "progress", "partitions_written", "starter", "started_at",
        "finished_at",
    )  # fmt: skip
    readonly_fields = fields
    list_filter = ("state",)
    actions_list = ("take",)
    actions_detail = ("take_up_again",)

    def possible_actions(self, row: Snapshot) -> set[str]:
        return {"take_up_again"} if row.state == SnapshotState.FAILED else set()

    @display(description=_("customers"))
    def customers_label(self, snapshot: Snapshot) -> str:
        return count(snapshot.customers)

    @display(description=_("size"))
    def size(self, snapshot: Snapshot) -> str:
        return f"{snapshot.bytes / 1e6:,.1f} MB" if snapshot.bytes else "—"

    @reasoned(
        _("Take a snapshot"), icon="photo_camera", permission="risk.take_snapshot",
        variant=ActionVariant.PRIMARY, form=SnapshotForm,
        title=_("Take a snapshot of all customers"), about=_("Runs in the background, shown here."),
        button=_("Take it"), done=_("The snapshot is being taken by the worker."),
    )  # fmt: skip
    def take(self, request: HttpRequest, given: Given) -> None:
        snapshots.request(note=given["reason"], **signed(request))

    @reasoned(
        _("Take up again"), icon="restart_alt", permission="risk.take_snapshot",
        title=_("Take this snapshot up again"),
        about=_("What is written already and unchanged is not written again."),
        done=_("The snapshot is being taken by the worker."),
    )  # fmt: skip
    def take_up_again(self, request: HttpRequest, snapshot: Snapshot, given: Given) -> None:
        snapshots.take_up_again(public_id=snapshot.public_id, **signed(request))


@admin.register(Backtest)
class BacktestAdmin(_WorkAdmin):
    list_display = (
        "public_id", "product_label", "candidate_link", "live_label", "state_label", "progress",
        "starter", "started_at", "finished_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("product", "candidate", "live", "snapshot")
    list_deferred = ("result", "candidate__content", "live__content")
    search_fields = ("public_id",)
    search_help_text = _("Exact backtest id, or a version's id or content hash")
    change_form_template = "simulation/backtest.html"
    actions_list = ("run",)
    actions_detail = ("cancel", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Backtest]:
        rows: QuerySet[Backtest] = super().get_queryset(request)
        return rows.defer("live__content")

    def find(self, queryset: QuerySet[Backtest], text: str) -> QuerySet[Backtest]:
        if text.startswith("pol_"):
            return queryset.filter(candidate__public_id=text)
        named = queryset.filter(public_id=text)
        return named if text.startswith("bkt_") else queryset.filter(candidate_hash=text)

    def possible_actions(self, row: Backtest) -> set[str]:
        moves: dict[str, set[str]] = {
            BacktestState.RUNNING.value: {"cancel"},
            BacktestState.CANCELLED.value: {"resume"},
            BacktestState.FAILED.value: {"resume"},
        }
        return moves.get(row.state, set())

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., HttpResponse]]] = [
            ("progress", self.progress_part), ("json", self.as_json), ("xlsx", self.as_xlsx),
        ]  # fmt: skip
        ours = [
            path(
                f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"risk_backtest_{name}"
            )
            for name, view in pages
        ]
        hits = path(
            "row-hits/<int:product_id>/", self.admin_site.admin_view(self.row_hits),
            name="risk_backtest_row_hits",
        )  # fmt: skip
        return [hits, *ours, *super().get_urls()]

    @display(description=_("candidate"))
    def candidate_link(self, backtest: Backtest) -> SafeString:
        return version_link(backtest.candidate)

    @display(description=_("in force"))
    def live_label(self, backtest: Backtest) -> Any:
        return version_link(backtest.live) if backtest.live else _("none")

    def page(self, request: HttpRequest, row: Backtest) -> dict[str, Any]:
        return screens.backtest_page(row)

    def progress_part(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the page asks for every two seconds; at the end it loads itself anew."""
        backtest = self._shown(request, pk)
        if backtest is None:
            return HttpResponse(status=404)
        page = render(request, "simulation/progress.html", {"progress": screens.progress(backtest)})
        if backtest.state != BacktestState.RUNNING:
            page["HX-Refresh"] = "true"
        return page

    def as_json(self, request: HttpRequest, pk: int) -> HttpResponse:
        backtest = self._shown(request, pk)
        if backtest is None:
            return HttpResponse(status=404)
        return _download(
            workbook.json_text(backtest).encode(), "application/json", backtest, "json"
        )

    def as_xlsx(self, request: HttpRequest, pk: int) -> HttpResponse:
        backtest = self._shown(request, pk)
        if backtest is None:
            return HttpResponse(status=404)
        try:
            content = workbook.as_xlsx(backtest)
        except SnapshotDamaged as damage:
            messages.error(
                request,
                _now(
                    "The list of who moves (part %(number)s) is gone or altered: its hash differs."
                )
                % {"number": damage.number + 1},
            )
            return HttpResponseRedirect(reverse("admin:risk_backtest_change", args=[pk]))
        return _download(content, _XLSX, backtest, "xlsx")

    def row_hits(self, request: HttpRequest, product_id: int) -> JsonResponse:
        """What the draft editor shows beside its rows; `null` before the first backtest."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse(queries.row_hits(product_id=product_id), safe=False)

    def _shown(self, request: HttpRequest, pk: int) -> Backtest | None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return queries.backtests().defer(None).filter(pk=pk).first()

    @reasoned(
        _("Run a backtest"), icon="compare_arrows", permission="risk.run_backtest",
        variant=ActionVariant.PRIMARY, form=BacktestForm,
        about=_("What a submitted version would do, against the one in force."),
        button=_("Run it"), done=_("The backtest has started; the worker is at it."),
    )  # fmt: skip
    def run(self, request: HttpRequest, given: Given) -> None:
        services.start(
            candidate_public_id=given["candidate"],
            snapshot_public_id=given["snapshot"] or None,
            note=given["reason"],
            **signed(request),
        )

    @reasoned(
        _("Cancel"), icon="cancel", permission="risk.run_backtest",
        title=_("Cancel this backtest"), about=_("What is done is kept; it can be resumed."),
        button=_("Cancel it"), done=_("Cancelled."),
    )  # fmt: skip
    def cancel(self, request: HttpRequest, backtest: Backtest, given: Given) -> None:
        services.cancel(public_id=backtest.public_id, note=given["reason"], **signed(request))

    @reasoned(
        _("Resume"), icon="play_arrow", permission="risk.run_backtest",
        variant=ActionVariant.PRIMARY,
        title=_("Resume this backtest"), about=_("It goes on where it stopped."),
        done=_("The worker goes on."),
    )  # fmt: skip
    def resume(self, request: HttpRequest, backtest: Backtest, given: Given) -> None:
        services.resume(public_id=backtest.public_id, note=given["reason"], **signed(request))


def _download(content: bytes, kind: str, backtest: Backtest, ending: str) -> HttpResponse:
    name = f'attachment; filename="{backtest.public_id}.{ending}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": name})
