"""Hours of service: on the cards of who did it and for their team at the closing, void when it opens again."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import peewee as pw

from backend.card import ledger
from backend.card.ledger import Entry
from backend.card.models import StudyRecord
from backend.core.database import rows_of
from backend.people.models import Member
from backend.service.models import OrderCohandler, OrderTeamCredit
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.loading import Order
from backend.service.teams.models import TeamMember

CARD_KIND = "service"


def credit_hours(scene: Scene, plan: Plan) -> None:
    """The hours of the kind for the handler and for each helper, on the cards of those who are members, and the sum of
    them for the team that was sent."""
    order = scene.order
    if order.handler_id is None or order.hours <= 0:
        return
    helpers = _helpers(order)
    members = _members(order, helpers)
    for member_id in sorted(members - {one for one, _, _ in _records(order, members)}):
        plan.cards.append((member_id, _card_entry(scene, order)))
        plan.counts.append(("service_minutes", _minutes(order)))
    if order.team_id:
        people = 1 + _of_team(order.team_id, set(helpers) - {order.handler_id})
        row = {"team": order.team_id, "minutes": people * _minutes(order), "at": scene.now, "voided_at": None}
        plan.afterwards = lambda order_id: _credit_team(order_id, row)


def void_hours(scene: Scene, plan: Plan) -> None:
    """The closing is taken back, and so is what it gave: struck out on the cards, where it stays readable."""
    order, now = scene.order, scene.now
    given = _records(order, _members(order, _helpers(order)))

    def strike(order_id: int) -> None:
        for member_id, source, _ in given:
            ledger.void_record(member_id, source, now=now)
        standing = (OrderTeamCredit.order == order_id) & OrderTeamCredit.voided_at.is_null()
        OrderTeamCredit.update(voided_at=now).where(standing).execute()

    plan.afterwards = strike
    plan.facts["hours_voided"] = bool(given)
    plan.counts += [("service_minutes", -int(hours * 60)) for _, _, hours in given]


def card_source(order: Order, times: int) -> str:
    """How the cards name the order after it was opened again so many times."""
    return f"order:{order.id}:{times}" if times else f"order:{order.id}"


def _members(order: Order, helpers: Mapping[int, int | None]) -> set[int]:
    """Who has a card of those who did it."""
    return {one for one in (order.handler_member_id, *helpers.values()) if one is not None}


def _records(order: Order, members: Collection[int]) -> list[tuple[int, str, Decimal]]:
    """What stands on their cards of this order: member, source and hours."""
    sources = [card_source(order, times) for times in range(order.reopen_count + 1)]
    rows: Any = StudyRecord.select(StudyRecord.member, StudyRecord.source, StudyRecord.hours).where(
        StudyRecord.member.in_(sorted(members)), StudyRecord.source.in_(sources), StudyRecord.voided_at.is_null()
    )
    return rows_of(rows)


def _helpers(order: Order) -> dict[int, int | None]:
    """The accounts that help, each with its member."""
    rows: Any = (
        OrderCohandler.select(OrderCohandler.account, Member.id)
        .join(Member, pw.JOIN.LEFT_OUTER, on=(Member.account == OrderCohandler.account))
        .where(OrderCohandler.order == order.id)
    )
    return dict(rows_of(rows))


def _of_team(team_id: int, accounts: set[int]) -> int:
    there = (TeamMember.team == team_id) & TeamMember.account.in_(sorted(accounts)) & TeamMember.left_at.is_null()
    return int(TeamMember.select().where(there, TeamMember.confirmed_at.is_null(False)).count()) if accounts else 0


def _credit_team(order_id: int, row: dict[str, Any]) -> None:
    """One row an order: a former one is void by now, or counted already."""
    former = OrderTeamCredit.get_or_none(OrderTeamCredit.order == order_id)
    if former is None:
        OrderTeamCredit.create(order=order_id, **row)
    elif former.voided_at is not None:
        OrderTeamCredit.update(row).where(OrderTeamCredit.id == former.id).execute()


def _minutes(order: Order) -> int:
    return int(order.hours * 60)


def _card_entry(scene: Scene, order: Order) -> Entry:
    """What the card says; where the resident lives is not the card's business."""
    return Entry(
        at=order.completed_at or scene.now,
        place=order.organization_name,
        content=f"{order.type_name}（工单 {order.number}）",
        kind=CARD_KIND,
        hours=Decimal(order.hours),
        source=card_source(order, order.reopen_count),
        confirmed_by=order.organization_id,
    )
