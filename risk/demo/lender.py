"""Founding the lender: its people, its app, its products and their policies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.access import services as access
from accounts.staff import services as staff_services
from accounts.staff.facts import Role
from backoffice.api.clients import create_client
from backoffice.api.scopes import SCOPES
from backoffice.lib.transactions import joined
from compliance.ledger.facts import Actor, staff, system
from compliance.reasons import services as reasons
from risk.demo import policies as contents
from risk.demo.facts import CLIENT_ID, STAFF
from risk.demo.lives import BUSINESS, FLEX, INSTALMENT
from risk.demo.proving import prove_on_nobody
from risk.demo.secrets import client_secret, demo_password
from risk.policies import queries
from risk.policies import services as policies

FOUNDER = system("demo")


@dataclass(frozen=True, slots=True)
class Team:
    """The colleagues who act in the year, by role."""

    actors: Mapping[Role, Actor]

    @property
    def analyst(self) -> Actor:
        return self.actors[Role.RISK_ANALYST]

    @property
    def approver(self) -> Actor:
        return self.actors[Role.POLICY_APPROVER]

    @property
    def officer(self) -> Actor:
        return self.actors[Role.COMPLIANCE_OFFICER]


def found(*, at: dt.datetime) -> Team:
    """Effects: roles, reasons, staff, the app's API client, products with their first policies.

    Raises: Conflict when a name or code is taken by somebody else's data.
    """
    staff_services.sync_roles()
    joined(reasons.install_starter_reasons)(actor=FOUNDER, at=at)
    team = _team(at)
    create_client(
        name="松岚 App (demo)", scopes=list(SCOPES), client_id=CLIENT_ID, secret=client_secret()
    )
    for product in _PRODUCTS:
        joined(access.offer_product)(
            **product, currency="CNY", review_days=365, note="产品方案已获批准。",
            actor=team.actors[Role.ADMINISTRATOR], at=at,
        )  # fmt: skip
    hour = dt.timedelta(hours=1)
    for code, title, content in (
        (FLEX, "松岚借 · 基础策略", contents.flex_first()),
        (INSTALMENT, "松岚分期 · 基础策略", contents.instalment()),
        (BUSINESS, "松岚经营贷 · 基础策略", contents.business()),
    ):
        version = draft(code, title, content, team, at + hour)
        submit(version, "首个版本:按产品方案配置。", team, at + 2 * hour)
        publish(version, "已核对原因文案、额度与利率区间。", "产品上线。", team, at + 20 * hour)
    return team


def draft(code: str, title: str, content: dict[str, Any], team: Team, at: dt.datetime) -> str:
    """The new version's public id."""
    written = joined(policies.create_draft)(
        product_code=code, title=title, content=content, actor=team.analyst, at=at
    )
    return written.public_id


def submit(version: str, change_note: str, team: Team, at: dt.datetime) -> None:
    joined(policies.submit)(public_id=version, change_note=change_note, actor=team.analyst, at=at)


def publish(version: str, checked: str, note: str, team: Team, at: dt.datetime) -> None:
    """A second person approves exactly the submitted content, then puts it in force."""
    shown = queries.version(public_id=version)
    prove_on_nobody(public_id=version, actor=FOUNDER, at=at)
    joined(policies.approve)(
        public_id=version, approved_hash=shown.content_hash, note=checked, actor=team.approver,
        at=at,
    )  # fmt: skip
    joined(policies.publish)(
        public_id=version, note=note, actor=team.approver, at=at + dt.timedelta(minutes=30)
    )


def _team(at: dt.datetime) -> Team:
    password = demo_password()
    actors = {}
    for colleague in STAFF:
        user = staff_services.create_staff(
            username=colleague.username,
            password=password,
            role=colleague.role,
            display_name=colleague.display_name,
            language=colleague.language,
            email=f"{colleague.username}@example.com",
            actor=FOUNDER,
            at=at,
        )
        actors[colleague.role] = staff(user.pk)
    return Team(actors)


_PRODUCTS: tuple[dict[str, Any], ...] = (
    {
        "code": FLEX, "names": ("松岚借", "Songlan Flex"),
        "amounts_cents": (500_000, 20_000_000), "terms_months": (1, 12),
        "annual_rates": (Decimal("0.0500"), Decimal("0.2400")),
    },
    {
        "code": INSTALMENT, "names": ("松岚分期", "Songlan Instalment"),
        "amounts_cents": (50_000, 3_000_000), "terms_months": (3, 24),
        "annual_rates": (Decimal("0.0600"), Decimal("0.2400")),
    },
    {
        "code": BUSINESS, "names": ("松岚经营贷", "Songlan Business"),
        "amounts_cents": (1_000_000, 50_000_000), "terms_months": (3, 36),
        "annual_rates": (Decimal("0.0500"), Decimal("0.1800")),
    },
)  # fmt: skip
