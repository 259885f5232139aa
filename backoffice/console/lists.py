"""Lists that stay fast at ten million rows: read-only, paged by key, never counted.

`?after=<id>` shows the rows below an id, `?before=<id>` those above it. Search is an exact lookup
the room provides; filters are only fields with fixed choices, behind an index (field, -id).
Source: https://use-the-index-luke.com/no-offset.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.options import BaseModelAdmin
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import BooleanField, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin
from unfold.checks import UnfoldModelAdminChecks
from unfold.views import ChangeList

from backoffice.console.columns import CommonColumns
from backoffice.console.searching import opened_term, sealed_search

AFTER, BEFORE = "after", "before"
ID_DIGITS_AT_MOST = 18


class ConsoleChecks(UnfoldModelAdminChecks):
    """Unfold looks an action's permission up in the database while checking, so that `migrate`
    could never run on an empty one. A test holds the names to the table of roles instead."""

    def _check_unfold_action_permission_methods(
        self, obj: BaseModelAdmin[Any]
    ) -> list[checks.Error]:
        return []


class ReadOnlyAdmin(ModelAdmin):
    """Shows; everything that changes something is an action with its own permission."""

    checks_class = ConsoleChecks
    show_facets = ShowFacets.NEVER
    list_disable_select_all = True
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Joins what the list shows on a row's own page too: titles name the customer."""
        rows: QuerySet[Any] = super().get_queryset(request)
        joined = self.list_select_related
        return rows.select_related(*joined) if isinstance(joined, tuple) and joined else rows

    def possible_actions(self, row: Any) -> set[str] | None:
        """The detail actions that make sense for this row now; None for all."""
        return None

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """A button that could only be refused is not shown; the service refuses anyway."""
        actions = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id)) if actions else None
        possible = self.possible_actions(row) if row is not None else None
        if possible is None:
            return actions
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        return [one for one in actions if one.action_name.removeprefix(prefix) in possible]

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What a row's own page shows beside its fields, for its template."""
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        is_shown = row is not None and self.has_view_permission(request, row)
        context = {**(extra_context or {}), **(self.page(request, row) if is_shown else {})}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class KeysetPaginator:
    """Tells the theme which template draws the links; counts nothing."""

    template_name = "console/pagination.html"
    num_pages = 1

    def __init__(self, per_page: int) -> None:
        self.per_page = per_page


class KeysetChangeList(ChangeList):
    """One page of rows by primary key, newest first."""

    next_url: str | None = None
    previous_url: str | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.query: str = opened_term(str(self.query))  # what the search box shows

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (AFTER, BEFORE)}

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        return ["-pk"]  # whatever `?o=` asks for: another order would read the whole table

    def get_ordering_field_columns(self) -> dict[int, str]:
        return {}

    def get_results(self, request: HttpRequest) -> None:
        page, has_next, has_previous = self._page(_key(request, AFTER), _key(request, BEFORE))
        if page:
            self.next_url = self._url(AFTER, page[-1].pk) if has_next else None
            self.previous_url = self._url(BEFORE, page[0].pk) if has_previous else None
        elif has_previous:
            self.previous_url = self.newest_url
        self.model_admin.prepare(page)
        self.result_list = page
        self.result_count = self.full_result_count = len(page)
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = False
        self.paginator = KeysetPaginator(self.list_per_page)

    def _page(self, after: int | None, before: int | None) -> tuple[list[Model], bool, bool]:
        """(rows, is there an older page, is there a newer one): one row more is read to know."""
        size = self.list_per_page
        slim = self.queryset.defer(*self.model_admin.list_deferred)
        if before is not None:
            newer = slim.filter(pk__gt=before).order_by("pk")
            found = list(newer[: size + 1])
            return found[:size][::-1], True, len(found) > size
        rows = slim.order_by("-pk")
        found = list((rows if after is None else rows.filter(pk__lt=after))[: size + 1])
        return found[:size], len(found) > size, after is not None

    @property
    def newest_url(self) -> str:
        return str(self.get_query_string(None, [AFTER, BEFORE]))

    def _url(self, name: str, key: int) -> str:
        other = BEFORE if name == AFTER else AFTER
        return str(self.get_query_string({name: str(key)}, [other]))


class KeysetAdmin(CommonColumns, ReadOnlyAdmin):
    """For tables that grow. Rooms override `find` when their list can be searched."""

    list_per_page = 50
    show_full_result_count = False
    sortable_by: tuple[str, ...] = ()
    list_deferred: tuple[str, ...] = ()  # wide columns a row's own page needs and no list shows
    ordering = ("-pk",)

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        for name in filter(_is_field, self.list_filter):
            field = model._meta.get_field(name)
            if not (getattr(field, "choices", None) or isinstance(field, BooleanField)):
                message = f"{self}: filter {name} has no fixed choices; it would read the table."
                raise ImproperlyConfigured(message)
        if bool(self.search_fields) != (type(self).find is not KeysetAdmin.find):
            raise ImproperlyConfigured(f"{self}: search_fields and find() go together.")

    # Whether people type names or phones into the search: then the term travels sealed, because
    # addresses end up in histories and logs.
    searches_personal_data = False

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and self.searches_personal_data:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return HttpResponseRedirect(f"?{sealed_search(request)}")
        page: HttpResponse = super().changelist_view(request, extra_context)
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = opened_term(search_term.strip().replace("\x00", ""))
        return (self.find(queryset, term) if term else queryset), False

    def prepare(self, rows: list[Any]) -> None:
        """Called once a page with its rows: the place to fetch what columns need, in bulk."""

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows an exact search term means, by index. A list without search shows its box to
        nobody, and takes a term somebody writes into the address for none."""
        return queryset


def _is_field(filter_: object) -> bool:
    """A filter of a room's own answers for what it reads itself."""
    return isinstance(filter_, str)


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    is_number = text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_AT_MOST
    return int(text) if is_number else None
