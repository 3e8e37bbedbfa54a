"""Dead letters as those see them who steer the sending: what died of what, and another try."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import peewee as pw

from backend.core import audit
from backend.core.audit import Subject
from backend.core.crypto import mask_name
from backend.core.database import from_stored, hold_rows, in_unit_of_work, rows_of
from backend.core.errors import Conflict, NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.messaging.dead_letters.models import DeadKind, DeadLetter
from backend.messaging.dead_letters.schemas import (
    DeadLetterQuery,
    DeadLetterShape,
    DeadReason,
    DeadState,
    ReasonQuery,
    Retried,
    RetryAll,
)
from backend.messaging.dead_letters.wording import CHANNEL_LABELS, KIND_LABELS, advice_on
from backend.messaging.fan_outs.models import FanOut, FanOutRange
from backend.messaging.fan_outs.service import reopen
from backend.messaging.fan_outs.workflow import FanOutState
from backend.messaging.models import Channel, Delivery, DeliveryState, GroupChat, OutboxEvent
from backend.people.access import find_organization, in_subtree, no_post, require, within
from backend.people.directory import brief
from backend.people.models import Account, Organization
from backend.people.permissions import Caller, Reach, Right

RIGHT = Right.STEER_SENDINGS
RETRIED_AT_ONCE = 1_000


def list_dead_letters(caller: Caller, query: DeadLetterQuery) -> Page[DeadLetterShape]:
    """What was given up within the caller's reach, newest first."""
    rows = _with_all().where(_reach(caller, query.organization), _wanted(query))
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(DeadLetter.id < before)
    found, cursor = page_by_id(list(rows.order_by(DeadLetter.id.desc()).limit(query.limit + 1)), query.limit)
    stopped = _cancelled([row.event_id for row in found])
    return Page([_shape(row, row.event_id not in stopped) for row in found], cursor)


def list_reasons(caller: Caller, query: ReasonQuery) -> list[DeadReason]:
    """What open ones died of, the most frequent reason first."""
    number, first, last = pw.fn.COUNT(DeadLetter.id), pw.fn.MIN(DeadLetter.died_at), pw.fn.MAX(DeadLetter.died_at)
    channel = pw.fn.MAX(Delivery.channel)
    rows = (
        DeadLetter.select(DeadLetter.kind, DeadLetter.reason, channel, number, first, last)
        .join(Organization, pw.JOIN.LEFT_OUTER)
        .switch(DeadLetter)
        .join(Delivery, pw.JOIN.LEFT_OUTER)
        .where(_reach(caller, query.organization), DeadLetter.retried_at.is_null())
        .group_by(DeadLetter.kind, DeadLetter.reason)
        .order_by(number.desc(), DeadLetter.reason)
    )
    return [
        DeadReason(
            kind=kind,
            kind_label=KIND_LABELS[DeadKind(kind)],
            reason=reason,
            advice=advice_on(reason, way),
            count=count,
            first_at=_instant(since),
            last_at=_instant(until),
        )
        for kind, reason, way, count, since, until in rows_of(rows)
    ]


def _instant(value: datetime | str) -> datetime:
    """What a driver gives for the first and last of a column."""
    return value if isinstance(value, datetime) and value.tzinfo else from_stored(value)


def retry_one(caller: Caller, public_id: str, *, now: datetime) -> DeadLetterShape:
    """Send one again, under the key that it always had."""

    def work() -> DeadLetter:
        row: DeadLetter | None = hold_rows(DeadLetter.select().where(DeadLetter.public_id == public_id)).first()
        if row is None or not _may(caller, row):
            raise NotFound("dead_letter_not_found", "没有这条未送达记录，或您无权查看")
        if row.retried_at is not None or not _wake([row], caller, now):
            raise Conflict("dead_letter_conflict", "已经重发过，或所属的发送已取消；请刷新后查看")
        subject = Subject(f"dead_letter:{row.public_id}", row.organization_id)
        audit.record("dead_letter.retry", subject, actor_id=caller.account_id, purpose="重发未送达的消息", now=now)
        found: DeadLetter = _with_all().where(DeadLetter.id == row.id).get()
        return found

    return _shape(in_unit_of_work(work), retryable=False)


def retry_all(caller: Caller, body: RetryAll, *, now: datetime) -> Retried:
    """Send again what died of one reason, up to RETRIED_AT_ONCE of them; what was cancelled stays as it is."""
    organization = find_organization(body.organization)
    require(caller, RIGHT, organization)
    return in_unit_of_work(partial(_retry_all, caller, organization, body, now))


def _retry_all(caller: Caller, organization: Organization, body: RetryAll, now: datetime) -> Retried:
    of_cancelled = FanOut.select(FanOut.event).where(FanOut.state == FanOutState.CANCELLED)
    places = Organization.select(Organization.id).where(_reach_of(caller, organization))
    same = (
        DeadLetter.organization.in_(places)
        & (DeadLetter.kind == body.kind)
        & (DeadLetter.reason == body.reason)
        & DeadLetter.retried_at.is_null()
        & DeadLetter.event.not_in(of_cancelled)
    )
    rows = list(hold_rows(DeadLetter.select().where(same).order_by(DeadLetter.id).limit(RETRIED_AT_ONCE)))
    retried = _wake(rows, caller, now)
    if retried:
        subject = Subject(f"dead_letters:{body.kind}", organization.id)
        purpose = f"重发未送达的 {retried} 条，原因：{body.reason}"[:200]
        audit.record("dead_letter.retry_all", subject, actor_id=caller.account_id, purpose=purpose, now=now)
    return Retried(retried=retried, left=DeadLetter.select().where(same).count() if rows else 0)


def _wake(rows: Sequence[DeadLetter], caller: Caller, now: datetime) -> int:
    """Put the dead among these back to where bots find them; returns how many."""
    stopped = _cancelled([row.event_id for row in rows])
    rows = [row for row in rows if row.event_id not in stopped]
    deliveries = [row.delivery_id for row in rows if row.delivery_id is not None]
    parts = [row.part_id for row in rows if row.part_id is not None]
    events = [row.event_id for row in rows if row.kind == DeadKind.EVENT]
    if deliveries:
        fresh = {"state": DeliveryState.PENDING, "available_at": now, "attempts": 0, "platform_id": None}
        dead = (Delivery.id.in_(deliveries)) & (Delivery.state == DeliveryState.DEAD)
        Delivery.update(fresh).where(dead).execute()
    if parts:
        FanOutRange.update(dead_at=None, attempts=0, available_at=None).where(FanOutRange.id.in_(parts)).execute()
    if events:
        waiting = OutboxEvent.id.in_(events) & OutboxEvent.spread_at.is_null()
        OutboxEvent.update(available_at=now, attempts=0).where(waiting).execute()
    if rows:
        mark = {"retried_at": now, "retried_by": caller.account_id}
        DeadLetter.update(mark).where(DeadLetter.id.in_([row.id for row in rows])).execute()
        reopen({row.event_id for row in rows}, caller.account_id, now=now)
    return len(rows)


def _cancelled(event_ids: Sequence[int]) -> set[int]:
    """Events whose sending somebody cancelled: nothing of them is sent any more."""
    rows = FanOut.select(FanOut.event).where(FanOut.event.in_(event_ids), FanOut.state == FanOutState.CANCELLED)
    return {event for (event,) in rows_of(rows)} if event_ids else set()


def _reach(caller: Caller, code: str | None) -> pw.Expression:
    """What the caller may see, of one organisation and below it or of all; what belongs to none is for the top."""
    if code is not None:
        organization = find_organization(code)
        require(caller, RIGHT, organization)
        return _reach_of(caller, organization)
    reach = within(caller, RIGHT, Organization.path)
    if reach is None:
        raise no_post()
    return reach | DeadLetter.organization.is_null() if _is_on_top(caller) else reach


def _reach_of(caller: Caller, organization: Organization) -> pw.Expression:
    if caller.reaches_below(RIGHT, organization.path):
        return in_subtree(Organization.path, organization.path)
    own: pw.Expression = Organization.id == organization.id
    return own


def _is_on_top(caller: Caller) -> bool:
    return any(path.count(".") == 1 and reach is Reach.SUBTREE for path, reach in caller.paths(RIGHT))


def _may(caller: Caller, row: DeadLetter) -> bool:
    if row.organization_id is None:
        return _is_on_top(caller)
    return caller.may(RIGHT, Organization.get_by_id(row.organization_id).path)


def _wanted(query: DeadLetterQuery) -> pw.Expression:
    wanted: pw.Expression = DeadLetter.retried_at.is_null(query.state is DeadState.OPEN)
    if query.kind is not None:
        wanted &= DeadLetter.kind == query.kind
    if query.reason is not None:
        wanted &= DeadLetter.reason == query.reason
    return wanted


def _with_all() -> Any:
    left = pw.JOIN.LEFT_OUTER
    rows = DeadLetter.select(DeadLetter, Organization, OutboxEvent, Delivery, Account, GroupChat, FanOutRange)
    rows = rows.join(Organization, left).switch(DeadLetter).join(OutboxEvent).switch(DeadLetter)
    rows = rows.join(FanOutRange, left).switch(DeadLetter).join(Delivery, left)
    return rows.join(Account, left).switch(Delivery).join(GroupChat, left)


def _shape(row: DeadLetter, retryable: bool) -> DeadLetterShape:
    delivery = row.delivery if row.delivery_id else None
    channel = delivery.channel if delivery else None
    thing: Any = delivery or (row.part if row.part_id else row.event)
    facts = row.event.facts
    return DeadLetterShape(
        id=row.public_id,
        kind=row.kind,
        kind_label=KIND_LABELS[DeadKind(row.kind)],
        organization=brief(row.organization) if row.organization else None,
        topic=row.event.topic,
        title=str(facts.get("number") or facts.get("title") or ""),
        channel=channel,
        channel_label=CHANNEL_LABELS[Channel(channel)] if channel in set(Channel) else None,
        recipient=_recipient(delivery),
        reason=row.reason,
        advice=advice_on(row.reason, channel),
        attempts=thing.attempts,
        maybe_twice=bool(delivery and delivery.maybe_twice),
        happened_at=row.event.created_at,
        died_at=row.died_at,
        retried_at=row.retried_at,
        retryable=retryable and row.retried_at is None,
    )


def _recipient(delivery: Delivery | None) -> str | None:
    if delivery is None:
        return None
    if delivery.group_chat:
        return str(delivery.group_chat.name)
    return mask_name(delivery.account.display_name) if delivery.account else None
