"""What the lender itself does in its year: policies, a campaign, switches, reviews by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random

from accounts.access import services as access
from accounts.access.facts import Cause, Source, State
from backoffice.lib.transactions import joined
from compliance.switches import services as switches
from compliance.switches.facts import PLATFORM_SCOPE, Effect, Kind, product_scope
from risk.decisions import campaigns, shards
from risk.decisions.facts import Turn
from risk.demo import lender
from risk.demo import policies as contents
from risk.demo.lender import Team
from risk.demo.lives import DAY, DAYS, FLEX, INSTALMENT
from risk.demo.stories import MAINTENANCE_DAY, SECOND_POLICY_DAY
from risk.demo.year import Act, Year

PILOT_BRANCH = "CD-"
REVIEW_SHARE = 0.008
_REVIEW_NOTES = (
    "申请资料与通话内容不一致,人工核实中。",
    "同一设备近期有多笔申请,人工核实中。",
    "客户来电称非本人操作,先行限制。",
    "工作单位信息待补充证明。",
)
_CLEAR_NOTES = ("已电话核实,资料一致。", "客户已补充材料,核实无误。", "排除异常,恢复。")


def acts(team: Team, random: Random, references: Sequence[str]) -> list[tuple[int, Act]]:
    """Shape: (when, what is done). `references` are the customers one may review by hand."""
    return [
        *_policies(team),
        *_switches(team),
        *_reviews(team, random, references),
    ]


def _policies(team: Team) -> list[tuple[int, Act]]:
    """The second version goes live and is applied to one branch; the third waits; the fourth is
    somebody's draft."""
    second: list[str] = []
    third: list[str] = []
    day = SECOND_POLICY_DAY

    def write_second(year: Year) -> None:
        at = year.at((day - 4) * DAY + 15 * 60)
        second.append(
            lender.draft(FLEX, "松岚借 · 提高信用分要求", contents.flex_second(), team, at)
        )

    def submit_second(year: Year) -> None:
        note = "近两季 600 分以下客群逾期上升:提高门槛;对高占用客户先降额。"
        lender.submit(second[0], note, team, year.at((day - 3) * DAY + 10 * 60))

    def publish_second(year: Year) -> None:
        checked = "已核对阈值、原因文案与受影响客群。"
        note = "按风险委员会决议生效。"
        lender.publish(second[0], checked, note, team, year.at(day * DAY + 9 * 60))

    def write_third(year: Year) -> None:
        at = year.at((DAYS - 3) * DAY + 16 * 60)
        third.append(lender.draft(FLEX, "松岚借 · 再次收紧", contents.flex_third(), team, at))

    def submit_third(year: Year) -> None:
        note = "拟将关闭线提高到 620 分,请审批。"
        lender.submit(third[0], note, team, year.at((DAYS - 2) * DAY + 11 * 60))

    def write_fourth(year: Year) -> None:
        at = year.at((DAYS - 1) * DAY + 17 * 60)
        lender.draft(FLEX, "松岚借 · 优质客户降息(草稿)", contents.flex_fourth(), team, at)

    return [
        ((day - 4) * DAY + 15 * 60, write_second),
        ((day - 3) * DAY + 10 * 60, submit_second),
        (day * DAY + 9 * 60, publish_second),
        ((day + 1) * DAY + 60, lambda year: _apply_to_branch(year, team)),
        ((DAYS - 3) * DAY + 16 * 60, write_third),
        ((DAYS - 2) * DAY + 11 * 60, submit_third),
        ((DAYS - 1) * DAY + 17 * 60, write_fourth),
    ]


def _apply_to_branch(year: Year, team: Team) -> None:
    """Effects: a finished campaign over the customers of one branch."""
    at = year.at((SECOND_POLICY_DAY + 1) * DAY + 60)
    known = [name for name in year.latest if name.startswith(PILOT_BRANCH)]
    year.refresh(known, at - dt.timedelta(hours=1))
    campaign = joined(campaigns.start)(
        product_code=FLEX, note="新策略先在锦川分部执行。", actor=team.approver, at=at,
        reference_prefix=PILOT_BRANCH,
    )  # fmt: skip
    run_batch = joined(shards.run_batch)
    while run_batch(public_id=campaign.public_id, at=at) is Turn.DECIDED:
        at += dt.timedelta(seconds=20)
    year.decisions += campaign.customers_total


def _switches(team: Team) -> list[tuple[int, Act]]:
    """Two nights of maintenance, and an afternoon on which instalments were held low."""
    found: list[tuple[int, Act]] = []
    for day in (DAYS - 150, MAINTENANCE_DAY):
        on = day * DAY + 90
        found += _switch(
            team, on, on + 115, scope=PLATFORM_SCOPE, kind=Kind.MAINTENANCE, effect=Effect.CLOSED,
            reason_code="SYSTEM_MAINTENANCE", notes=("例行升级,预计两小时。", "升级完成,已验证。"),
        )  # fmt: skip
    on = (DAYS - 41) * DAY + 14 * 60
    found += _switch(
        team, on, on + 160, scope=product_scope(INSTALMENT), kind=Kind.EMERGENCY,
        effect=Effect.LIMITED, reason_code="EMERGENCY_STOP", limit_cents=100_000,
        notes=("商户侧出现异常订单,先限额排查。", "已拦截异常商户,恢复。"),
    )  # fmt: skip
    return found


def _switch(
    team: Team,
    on: int,
    off: int,
    *,
    scope: str,
    kind: Kind,
    effect: Effect,
    reason_code: str,
    notes: tuple[str, str],
    limit_cents: int | None = None,
) -> list[tuple[int, Act]]:
    turned_on: list[str] = []

    def turn_on(year: Year) -> None:
        public_id = joined(switches.turn_on)(
            scope=scope, kind=kind, effect=effect, reason_code=reason_code, note=notes[0],
            actor=team.officer, at=year.at(on), limit_cents=limit_cents,
            expected_end_at=year.at(off),
        )  # fmt: skip
        turned_on.append(public_id)

    def release(year: Year) -> None:
        joined(switches.release)(
            public_id=turned_on[0], note=notes[1], actor=team.officer, at=year.at(off)
        )

    return [(on, turn_on), (off, release)]


def _reviews(team: Team, random: Random, references: Sequence[str]) -> list[tuple[int, Act]]:
    found: list[tuple[int, Act]] = []
    for reference in references:
        if random.random() >= REVIEW_SHARE:
            continue
        day = random.randrange(30, DAYS)
        found += _review(team, random, reference, day)
    return found


def _review(team: Team, random: Random, reference: str, day: int) -> list[tuple[int, Act]]:
    """One customer looked at by hand; most are cleared after some days."""
    note, cleared = random.choice(_REVIEW_NOTES), random.choice(_CLEAR_NOTES)
    is_closed, is_lifted = random.random() < 0.6, random.random() < 0.7
    on = day * DAY + random.randrange(9 * 60, 18 * 60)
    off = on + random.randrange(1, 20) * DAY
    started: list[str] = []
    cause = Cause(
        "OPERATOR_REVIEW",
        State.CLOSED if is_closed else State.LIMITED,
        None if is_closed else 500_000,
    )

    def restrict(year: Year) -> None:
        customer = year.customers.get(reference)
        if customer is None or reference not in year.latest:
            return  # joined later, or was never decided: nothing to review yet
        started.append(
            joined(access.restrict)(
                customer_public_id=customer.public_id,
                product_code=FLEX,
                cause=cause,
                source=Source.OPERATOR,
                note=note,
                actor=team.officer,
                at=year.at(on),
            )
        )

    def lift(year: Year) -> None:
        if started:
            joined(access.lift)(
                restriction_public_id=started[0], note=cleared, actor=team.officer, at=year.at(off)
            )

    return [(on, restrict), (off, lift)] if is_lifted else [(on, restrict)]
