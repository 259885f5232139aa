"""What an API client may be allowed to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SCOPES = {
    "customers:read": _("read customers, masked"),
    "customers:write": _("create and change customers, consents and signals"),
    "verifications:read": _("read identity checks and comparisons"),
    "verifications:write": _("record identity checks and bureau records"),
    "decisions:read": _("read decisions"),
    "decisions:write": _("ask for decisions"),
    "events:read": _("read customers' events"),
    "events:write": _("report events"),
    "access:read": _("read access, terms and reasons"),
    "notices:read": _("read customers' notices"),
    "notices:write": _("mark notices as read"),
    "reasons:read": _("read the reason catalogue"),
    "products:read": _("read products"),
    "switches:read": _("read switches"),
}
