"""Lists that stay fast at ten million rows: read-only, paged by key, never counted.

`?after=<id>` shows the rows below an id, `?before=<id>` those above it. Search is an exact lookup
the room provides; filters are only fields with fixed choices.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ShowFacets
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

AFTER, BEFORE = "after", "before"
ID_DIGITS_AT_MOST = 18


class ReadOnlyAdmin(ModelAdmin):
    """Shows; everything that changes something is an action with its own permission."""

    show_facets = ShowFacets.NEVER
    list_disable_select_all = True
    actions = None

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

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (AFTER, BEFORE)}

    def get_results(self, request: HttpRequest) -> None:
        size = self.list_per_page
        after, before = _key(request, AFTER), _key(request, BEFORE)
        rows = self.queryset.order_by("-pk")
        if before is not None:
            page = list(self.queryset.filter(pk__gt=before).order_by("pk")[: size + 1])[::-1]
            has_next, has_previous = True, len(page) > size
            page = page[-size:]
        else:
            page = list((rows.filter(pk__lt=after) if after is not None else rows)[: size + 1])
            has_next, has_previous = len(page) > size, after is not None
            page = page[:size]
        if page:
            self.next_url = self._url(AFTER, page[-1].pk) if has_next else None
            self.previous_url = self._url(BEFORE, page[0].pk) if has_previous else None
        elif after is not None or before is not None:
            self.previous_url = self._url(None, 0)
        self.result_list = page
        self.result_count = len(page)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = False
        self.paginator = KeysetPaginator(size)

    def _url(self, name: str | None, key: int) -> str:
        new = {name: str(key)} if name else None
        return str(self.get_query_string(new, [AFTER, BEFORE]))


class KeysetAdmin(ReadOnlyAdmin):
    """For tables that grow. Rooms override `find` when their list can be searched."""

    list_per_page = 50
    show_full_result_count = False
    sortable_by: tuple[str, ...] = ()
    ordering = ("-pk",)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip().replace("\x00", "")
        return (self.find(queryset, term) if term else queryset), False

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows an exact search term means, by index."""
        raise NotImplementedError


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    is_number = text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_AT_MOST
    return int(text) if is_number else None
