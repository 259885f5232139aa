"""How the console looks and what its sidebar holds. Read by settings: imports nothing of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse, reverse_lazy
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _


def _changelist(model: str) -> str:
    """The list page of `app_model`, or nothing while its room has registered no screen."""
    try:
        return reverse(f"admin:{model}_changelist")
    except NoReverseMatch:
        return ""


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    app, _separator, name = model.rpartition("_")

    def may_view(request: HttpRequest) -> bool:
        return bool(_changelist(model)) and request.user.has_perm(f"{app}.view_{name}")

    return may_view


def _screen(title: Any, icon: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": lazy(_changelist, str)(model),
        "permission": _may_view(model),
    }


_NAVIGATION = [
    {
        "title": None,
        "items": [
            {"title": _("Home"), "icon": "space_dashboard", "link": reverse_lazy("admin:index")}
        ],
    },
    {
        "title": _("Customers"),
        "items": [
            _screen(_("Customers"), "person_search", "accounts_customer"),
            _screen(_("Access"), "key", "accounts_access"),
            _screen(_("Restrictions"), "block", "accounts_restriction"),
            _screen(_("Verifications"), "badge", "accounts_verification"),
            _screen(_("Identity cases"), "compare", "accounts_identitycase"),
            _screen(_("Events"), "event_note", "risk_event"),
            _screen(_("Inquiries"), "contact_support", "accounts_inquiry"),
            _screen(_("Devices"), "devices", "risk_device"),
            _screen(_("Imports"), "upload_file", "risk_importrun"),
        ],
    },
    {
        "title": _("Decisions"),
        "items": [
            _screen(_("Decisions"), "balance", "risk_decision"),
            _screen(_("Campaigns"), "groups", "risk_campaign"),
            _screen(_("To decide again"), "sync", "risk_recheck"),
            _screen(_("Policy versions"), "rule", "risk_policyversion"),
            _screen(_("Policy trials"), "compare", "risk_policytrial"),
            _screen(_("Signal catalogue"), "sensors", "risk_customersignals"),
            _screen(_("Backtests"), "compare_arrows", "risk_backtest"),
            _screen(_("Snapshots"), "photo_camera", "risk_snapshot"),
        ],
    },
    {
        "title": _("Emergency"),
        "items": [_screen(_("Switches"), "emergency_home", "compliance_switch")],
    },
    {
        "title": _("Communication"),
        "items": [
            _screen(_("Notices"), "mail", "compliance_notice"),
            _screen(_("Deliveries"), "outgoing_mail", "compliance_delivery"),
            _screen(_("Reasons"), "menu_book", "compliance_reason"),
        ],
    },
    {
        "title": _("Records"),
        "items": [_screen(_("Ledger"), "history_edu", "compliance_ledgerentry")],
    },
    {
        "title": _("Administration"),
        "items": [
            _screen(_("Staff users"), "manage_accounts", "accounts_staffuser"),
            _screen(_("Products"), "credit_card", "accounts_product"),
            _screen(_("API clients"), "api", "allauth_idp_oidc_client"),
            _screen(_("Scheduled tasks"), "schedule", "django_celery_beat_periodictask"),
            _screen(_("Task results"), "task_alt", "django_celery_results_taskresult"),
        ],
    },
]

_INK = {  # slate: the page, its lines and its words
    "50": "oklch(98.4% .003 247.858)",
    "100": "oklch(96.8% .007 247.896)",
    "200": "oklch(92.9% .013 255.508)",
    "300": "oklch(86.9% .022 252.894)",
    "400": "oklch(70.4% .04 256.788)",
    "500": "oklch(55.4% .046 257.417)",
    "600": "oklch(44.6% .043 257.281)",
    "700": "oklch(37.2% .044 257.287)",
    "800": "oklch(27.9% .041 260.031)",
    "900": "oklch(20.8% .042 265.755)",
    "950": "oklch(12.9% .042 264.695)",
}
_TEAL = {  # what can be pressed
    "50": "oklch(97.5% .014 195)",
    "100": "oklch(94% .035 195)",
    "200": "oklch(88.5% .06 195)",
    "300": "oklch(80% .085 195)",
    "400": "oklch(70% .1 196)",
    "500": "oklch(60% .098 197)",
    "600": "oklch(50.5% .085 199)",
    "700": "oklch(43.5% .073 201)",
    "800": "oklch(37% .06 203)",
    "900": "oklch(31.5% .05 205)",
    "950": "oklch(22% .04 208)",
}


def _file(name: str) -> Callable[[HttpRequest], str]:
    """Static addresses are only known once settings are complete."""

    def address(request: HttpRequest) -> str:
        return static(name)

    return address


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Sluice",
    "SITE_HEADER": "Sluice",
    "SITE_SUBHEADER": _("Credit access back office"),
    "SITE_URL": None,
    "SITE_ICON": {
        "light": _file("console/icon.svg"),
        "dark": _file("console/icon.svg"),
    },
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _file("console/icon.svg")},
    ],
    "STYLES": [_file("console/console.css")],
    "SCRIPTS": [_file("console/console.js")],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "LANGUAGES": {"action": reverse_lazy("staff_language")},
    "DASHBOARD_CALLBACK": "backoffice.console.dashboard.home",
    "BORDER_RADIUS": "8px",
    "COLORS": {"base": _INK, "primary": _TEAL},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Second factor"), "link": reverse_lazy("mfa_index")},
            {"title": _("Sessions"), "link": reverse_lazy("usersessions_list")},
            {"title": _("Change password"), "link": reverse_lazy("account_change_password")},
        ]
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": _NAVIGATION,
    },
}
