"""Signals in the console: the catalogue, and what is known about a customer on their page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.console.lists import ReadOnlyAdmin
from backoffice.console.story import Section, register_section
from risk.signals import screens
from risk.signals.models import CustomerSignals


@admin.register(CustomerSignals)
class CustomerSignalsAdmin(ReadOnlyAdmin):
    """The list is the catalogue: what is known about one customer is on the customer's page."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _now("Signal catalogue"),
            "opts": self.opts,
            **screens.catalogue_page(wanted=request.GET.get("q", "")),
        }
        return TemplateResponse(request, "signals/catalogue.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            page: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
            return page
        return HttpResponseRedirect(reverse("admin:accounts_customer_change", args=[row.pk]))


register_section(
    Section(
        "signals",
        350,
        "risk.view_customersignals",
        _("What is known"),
        "customers/signals.html",
        screens.known_of_customer,
    )
)
