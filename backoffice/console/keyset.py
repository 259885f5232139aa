"""Lists of tables that grow: pages by key. No COUNT(*), no OFFSET, one fixed order.

Page `?after=<key>` holds the rows older than the key, `?before=<key>` the newer ones. Any page
costs one range scan of the primary key, or of an index (filtered column, key).
Source: https://use-the-index-luke.com/no-offset.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

from backoffice.console.admin import ReadOnlyAdmin

AFTER, BEFORE = "after", "before"
LARGEST_KEY = 2**63 - 1


class ChoiceFilter(SimpleListFilter):
    """A filter whose choices are written down: it never asks the table. Made by `choice_filter`."""

    choices_given: Iterable[tuple[Any, Any]] = ()
    field = ""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [(str(value), label) for value, label in self.choices_given]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in {str(value) for value, _label in self.choices_given}:
            return queryset
        return queryset.filter(**{self.field: chosen})


def choice_filter(
    *, field: str, title: Any, choices: Iterable[tuple[Any, Any]]
) -> type[ChoiceFilter]:
    """A filter for `KeysetAdmin.list_filter`. The table needs an index on (field, -id)."""
    parameter = field.removesuffix("__exact")
    body = {
        "title": title,
        "parameter_name": parameter,
        "field": field,
        "choices_given": tuple(choices),
    }
    return type("ChoiceFilter", (ChoiceFilter,), body)


class KeysetPages:
    """What templates ask of a paginator; it counts nothing."""

    template_name = "console/pagination_keyset.html"

    def __init__(self, *, per_page: int) -> None:
        self.per_page = per_page


class KeysetChangeList(ChangeList):
    """Django's list page with key ranges in place of numbered pages."""

    def __init__(self, request: HttpRequest, *given: Any, **named: Any) -> None:
        self.after, self.before = _key(request, AFTER), _key(request, BEFORE)
        request.GET = request.GET.copy()  # the list would take them for filters
        for name in (AFTER, BEFORE):
            request.GET.pop(name, None)
        super().__init__(request, *given, **named)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        return ["-pk"]

    def get_ordering_field_columns(self) -> dict[int, str]:
        return {}

    def get_results(self, request: HttpRequest) -> None:
        rows, self.has_newer, self.has_older = self._page()
        self.result_list = rows
        self.result_count = self.full_result_count = len(rows)
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
        self.paginator = KeysetPages(per_page=self.list_per_page)

    def _page(self) -> tuple[list[Model], bool, bool]:
        """One row more than shown tells whether there is a next page."""
        size = self.list_per_page
        if self.before is not None:
            found = list(self.queryset.filter(pk__gt=self.before).order_by("pk")[: size + 1])
            return found[:size][::-1], len(found) > size, True
        older = self.queryset if self.after is None else self.queryset.filter(pk__lt=self.after)
        found = list(older[: size + 1])
        return found[:size], self.after is not None, len(found) > size

    @cached_property
    def newest_url(self) -> str:
        return str(self.get_query_string())

    @cached_property
    def newer_url(self) -> str | None:
        if not self.has_newer:
            return None
        if not self.result_list:  # beyond the end: the way back is the beginning
            return self.newest_url
        return str(self.get_query_string({BEFORE: self.result_list[0].pk}))

    @cached_property
    def older_url(self) -> str | None:
        if not (self.has_older and self.result_list):
            return None
        return str(self.get_query_string({AFTER: self.result_list[-1].pk}))


class KeysetAdmin(ReadOnlyAdmin):
    """A read-only screen over a table that grows.

    Override `find` to allow searching, and say in `search_help_text` what can be typed.
    """

    sortable_by = ()
    list_filter: Iterable[type[ChoiceFilter]] = ()
    date_hierarchy = None

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        for given in self.list_filter:
            if not (isinstance(given, type) and issubclass(given, ChoiceFilter)):
                raise ImproperlyConfigured(f"{self}: list_filter takes choice_filter(…) only.")

    def find(self, text: str) -> QuerySet[Any]:
        """The rows the typed text names, through an index. Not ordered, not sliced."""
        raise NotImplementedError

    def get_changelist(self, request: HttpRequest, **given: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        can_find = type(self).find is not KeysetAdmin.find
        return ("find",) if can_find else ()  # only says that the search box is shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.replace("\0", "").strip()
        return (queryset & self.find(text) if text else queryset), False


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    is_key = text.isascii() and text.isdigit() and len(text) < 20
    return min(int(text), LARGEST_KEY) if is_key else None
