"""Columns that lists of many rooms have, read off the row's field of that name."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.console.labels import coloured, page_link, product_name


class CommonColumns:
    """A list shows them by naming them; `list_select_related` brings what they read."""

    @display(description=_("customer"))
    def customer_link(self, row: Any) -> SafeString:
        return page_link("accounts_customer", row.customer_id, row.customer.reference)

    @display(description=_("product"))
    def product_label(self, row: Any) -> str:
        return product_name(row.product)

    @display(description=_("state"))
    def state_label(self, row: Any) -> SafeString:
        return coloured(row.state, row.get_state_display())
