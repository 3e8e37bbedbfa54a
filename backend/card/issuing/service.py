"""Giving cards to a whole branch, and a new number to whoever has lost his."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.card.issuing.models import CardBatch, LostCard
from backend.card.issuing.schemas import BatchQuery, BatchShape, NewCard, ReplaceCard
from backend.card.models import StudyCard
from backend.card.reading import ISSUED, find_holder, new_number
from backend.core import audit
from backend.core.clock import local_day
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.directory import brief, current_memberships
from backend.people.models import Member, Membership, MembershipKind, Organization
from backend.people.permissions import Caller, Right
from backend.tally import counting

AT_ONCE = 200


def issue_batch(caller: Caller, code: str, *, timezone: ZoneInfo, now: datetime) -> BatchShape:
    """Give a card to every home member who has none; 409 when all have one."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROSTER, organization)
    today = local_day(now, timezone)

    def work() -> CardBatch:
        members = _without_card(organization.id, today)
        if not members:
            raise Conflict("all_have_cards", "本支部党员都已有学习卡，不需要再发")
        rows = [{"number": new_number(now), "member": member, "issued_at": now} for member in members]
        for batch in pw.chunked(rows, AT_ONCE):
            StudyCard.insert_many(batch).execute()
        counting.count(ISSUED, organization.id, day=today, amount=len(members))
        made: CardBatch = CardBatch.create(
            public_id=new_public_id(),
            organization=organization,
            issued_by=caller.account_id,
            issued=len(members),
            issued_at=now,
        )
        return made

    return _shape(in_unit_of_work(work))


def _without_card(organization_id: int, today: date) -> list[int]:
    has_card = StudyCard.select(pw.SQL("1")).where(StudyCard.member == Member.id)
    rows = current_memberships(organization_id, today).where(
        Membership.kind == MembershipKind.HOME, ~pw.fn.EXISTS(has_card)
    )
    return sorted({row.member_id for row in rows})


def list_batches(caller: Caller, code: str, query: BatchQuery) -> Page[BatchShape]:
    """The batches of an organisation, the last first."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROSTER, organization)
    rows: Any = CardBatch.select(CardBatch, Organization).join(Organization)
    rows = rows.where(CardBatch.organization == organization.id)
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(CardBatch.id < before)
    page, more = page_by_id(list(rows.order_by(CardBatch.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(row) for row in page], more)


def report_loss(caller: Caller, body: ReplaceCard, *, now: datetime) -> NewCard:
    """One's own card is lost: its number and what was printed with it count no more; another one is issued."""
    return _replace(find_holder(caller), caller, body.reason, now)


def replace_card(caller: Caller, public_id: str, body: ReplaceCard, *, now: datetime) -> NewCard:
    """The same for a member who tells his branch."""
    member = Member.select(Member, Organization).join(Organization).where(Member.public_id == public_id).first()
    if member is None or not caller.may(Right.SEE_MEMBERS, member.organization.path):
        raise NotFound()
    require(caller, Right.KEEP_ROSTER, member.organization)
    return _replace(member, caller, body.reason, now)


def _replace(member: Member, caller: Caller, reason: str, now: datetime) -> NewCard:
    card: StudyCard | None = StudyCard.get_or_none(StudyCard.member == member.id)
    if card is None:
        raise NotFound("no_card", "还没有学习卡，不需要挂失")
    number = new_number(now)

    def work() -> None:
        same = (StudyCard.id == card.id) & (StudyCard.number == card.number)
        update_exactly_one(StudyCard.update(number=number, issued_at=now).where(same), lost=_changed)
        former = {"member": member.id, "number": card.number, "issued_at": card.issued_at}
        LostCard.create(**former, voided_at=now, voided_by=caller.account_id, reason=reason)
        audit.record("card.replace", f"member:{member.public_id}", actor_id=caller.account_id, purpose=reason, now=now)

    in_unit_of_work(work)
    replaced = LostCard.select().where(LostCard.member == member.id).count()
    return NewCard(member=member.public_id, number=number, issued_at=now, replaced=replaced)


def _changed() -> Conflict:
    return Conflict("card_changed", "学习卡刚刚补办过，请刷新后再看")


def _shape(batch: CardBatch) -> BatchShape:
    return BatchShape(
        id=batch.public_id, organization=brief(batch.organization), issued=batch.issued, issued_at=batch.issued_at
    )
