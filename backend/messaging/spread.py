"""Spreading: one event becomes an inbox copy for each reader and a delivery for each way out, chunk by chunk."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

import peewee as pw
import structlog

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work, lock_rows, rows_of
from backend.core.many import insert_for_each
from backend.messaging import burden, grants
from backend.messaging.dead_letters import ledger
from backend.messaging.deliveries import BACK_OFF, MAX_FAULT
from backend.messaging.fan_outs.models import FanOut, FanOutRange
from backend.messaging.fan_outs.ranges import (
    add_ranges,
    close_range,
    first_told,
    hold_range,
    open_fan_outs,
    set_range_aside,
)
from backend.messaging.models import (
    Channel,
    Delivery,
    DeliveryState,
    InboxMessage,
    MessageTemplate,
    OutboxEvent,
)
from backend.messaging.pacing import opens_at
from backend.messaging.readers import BELOW, CHUNK, NOBODY, Chunk, Moment, are_many, chunk_of, positions, readers_of
from backend.messaging.reminders.switches import is_off
from backend.messaging.rules import BY_NAME, Reader, Rule, rules_for
from backend.messaging.texts.shape import clip

PLANNED_AT_ONCE = 100 * CHUNK  # row ids that are looked through for readers, and cut, in one transaction
MAX_TITLE, MAX_BODY = 60, 500
TOLD_ALREADY = "told by another layer"

log = structlog.get_logger()


def waiting_events(limit: int, *, now: datetime) -> list[OutboxEvent]:
    """Events that are due to be spread, oldest first."""
    return list(
        OutboxEvent.select()
        .where(OutboxEvent.spread_at.is_null(), OutboxEvent.available_at <= now)
        .order_by(OutboxEvent.available_at, OutboxEvent.id)
        .limit(limit)
    )


def spread_due(limit: int, moment: Moment, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Spread up to `limit` due events; returns how many there were."""
    events = waiting_events(limit, now=moment.now)
    for event in events:
        try:
            while not stopping() and spread_chunk(event, moment):
                pass
        except Exception as error:
            # an event whose text cannot be written must not hold up the others: it comes back later
            log.exception("spreading failed", outbox_event=event.id, topic=event.topic)
            _set_aside(event, type(error).__name__, moment.now)
    return len(events)


def _set_aside(event: OutboxEvent, fault: str, now: datetime) -> None:
    """The event comes back ever more seldom; after the last pause people see it too, among the dead letters."""
    pause = BACK_OFF[min(event.attempts, len(BACK_OFF) - 1)]

    def work() -> None:
        OutboxEvent.update(attempts=OutboxEvent.attempts + 1, available_at=now + pause, fault=fault[:MAX_FAULT]).where(
            OutboxEvent.id == event.id
        ).execute()
        if event.attempts >= len(BACK_OFF):
            ledger.enter_event(event, fault, now=now)

    in_unit_of_work(work)


def spread_chunk(event: OutboxEvent, moment: Moment) -> bool:
    """Spread the next chunk of an event in one transaction; False when it is done or another bot is at it.

    The event itself says how far it got, so a bot that dies is resumed by any other, and none spreads twice.
    """
    return in_unit_of_work(lambda: _spread_chunk(event, moment))


def _spread_chunk(event: OutboxEvent, moment: Moment) -> bool:
    rules = rules_for(event.topic)
    if event.stage >= len(rules) or is_off(event.topic, event.organization_id):
        _advance(event, event.stage, 0, finished_at=moment.now)
        return False
    rule = rules[event.stage]
    nobody = rule.unless is not None and bool(event.facts.get(rule.unless))
    if rule.reader in BELOW and not nobody and (event.progress or are_many(event, rule.reader, moment)):
        return _cut(event, rules, moment)
    chunk = NOBODY if nobody else readers_of(event, rule.reader, moment)
    if chunk.last is not None:
        alone = _advance(event, event.stage, chunk.last)
    else:
        is_last = event.stage + 1 >= len(rules)
        alone = _advance(event, event.stage + 1, 0, finished_at=moment.now if is_last else None)
    if alone:
        _write(event, rule, chunk, moment)
    return alone and event.spread_at is None


def _cut(event: OutboxEvent, rules: list[Rule], moment: Moment) -> bool:
    """Cut the next readers of a large event into ranges, which any bot then takes; nobody is told here.

    A stretch of row ids at a time: looking for so many readers instead would sort all of them anew at each step.
    """
    if not list(lock_rows(OutboxEvent.select(OutboxEvent.id).where(OutboxEvent.id == event.id))):
        return False  # another bot is at it: there are ranges to write meanwhile
    rule, position = rules[event.stage], BELOW[rules[event.stage].reader]
    upto = event.progress + PLANNED_AT_ONCE
    found = positions(event, rule.reader, moment).where(position > event.progress, position <= upto)
    ids = sorted(row[0] for row in rows_of(found))
    ends = [ids[min(start + CHUNK, len(ids)) - 1] for start in range(0, len(ids), CHUNK)]
    cuts = list(zip([event.progress, *ends], ends, strict=False))
    if upto < (position.model.select(pw.fn.MAX(position)).scalar() or 0):
        alone = _advance(event, event.stage, upto)
    else:
        is_last = event.stage + 1 >= len(rules)
        alone = _advance(event, event.stage + 1, 0, finished_at=moment.now if is_last else None)
    if alone:
        add_ranges(event, rule, cuts, len(ids), moment.now)
    return alone and event.spread_at is None


def spread_ranges(moment: Moment, *, most: int | None = None, stopping: Callable[[], bool] = lambda: False) -> int:
    """Write up to `most` ranges of large events, each in a transaction of its own, shared with all bots; how many."""
    written = 0
    for fan_out_id in open_fan_outs():
        try:
            while written != most and not stopping() and spread_range(fan_out_id, moment):
                written += 1
        except Exception:
            # no range of its own to blame (the database was away): the next beat tries again
            log.exception("spreading a range failed", fan_out=fan_out_id)
    return written


def spread_range(fan_out_id: int, moment: Moment) -> bool:
    """Write the next free range of a large event in one transaction; False when there is none left to take.

    A bot that dies leaves the range as it was, and the next one takes it. A range that cannot be written waits ever
    longer and ends among the dead letters; the others go on.
    """
    try:
        return in_unit_of_work(lambda: _spread_range(fan_out_id, moment))
    except _RangeFailed as failed:
        log.exception("spreading a range failed", fan_out=fan_out_id, part=failed.part.id)
        in_unit_of_work(partial(_set_range_aside, failed.part, type(failed.__cause__).__name__, moment.now))
        return True


class _RangeFailed(Exception):
    """A range cannot be written, for a reason of its own; the reason is the cause."""

    def __init__(self, part: FanOutRange) -> None:
        super().__init__(part.id)
        self.part = part


def _set_range_aside(part: FanOutRange, fault: str, now: datetime) -> None:
    if set_range_aside(part, fault, BACK_OFF, now=now):
        event = OutboxEvent.select().join(FanOut).where(FanOut.id == part.fan_out_id).get()
        ledger.enter_range(part, event, fault, now=now)


def _spread_range(fan_out_id: int, moment: Moment) -> bool:
    one = hold_range(fan_out_id, now=moment.now)
    if one is None:
        return False
    try:
        _write_range(one, moment)
    except (pw.OperationalError, pw.InternalError):
        raise  # the database's trouble, not the range's
    except Exception as error:
        raise _RangeFailed(one) from error
    return True


def _write_range(one: FanOutRange, moment: Moment) -> None:
    event = OutboxEvent.select().join(FanOut).where(FanOut.id == one.fan_out_id).get()
    rule = BY_NAME.get(one.rule)
    chunk = chunk_of(event, rule.reader, moment, one) if rule else NOBODY
    close_range(one, len(chunk.accounts) + len(chunk.groups), now=moment.now)
    if rule:
        _write(event, rule, chunk, moment, in_bulk=True)


def _advance(event: OutboxEvent, stage: int, progress: int, finished_at: datetime | None = None) -> bool:
    """Compare-and-swap of how far an event has got; False when somebody else has moved it."""
    moved = OutboxEvent.update(stage=stage, progress=progress, spread_at=finished_at).where(
        OutboxEvent.id == event.id,
        OutboxEvent.stage == event.stage,
        OutboxEvent.progress == event.progress,
        OutboxEvent.spread_at.is_null(),
    )
    if moved.execute() != 1:
        return False
    event.stage, event.progress, event.spread_at = stage, progress, finished_at
    if finished_at is not None and event.attempts > len(BACK_OFF):
        ledger.leave_event(event.id, now=finished_at)
    return True


def _write(event: OutboxEvent, rule: Rule, chunk: Chunk, moment: Moment, *, in_bulk: bool = False) -> None:
    # somebody who is reached twice (home and host branch) is told once: the unique indexes see to it
    now = moment.now
    awake = opens_at(Channel.SUBSCRIBE_MESSAGE, event.facts, event.organization_id, timezone=moment.timezone, now=now)
    if rule.reader is Reader.PLATFORM:
        owed = {**_owed(event, rule, Channel.CONTENT_CHECK, now), "account": event.facts.get("account_id")}
        Delivery.insert(target="platform", **owed).on_conflict_ignore().execute()
    if chunk.accounts:
        insert_for_each(InboxMessage, "account", chunk.accounts, _inbox_copy(event, rule, now), {})
        day = local_day(now, moment.timezone)
        burden.note(burden.INBOX, chunk.accounts, organization_id=event.organization_id, day=day)
        owed = _owed(event, rule, Channel.SUBSCRIBE_MESSAGE, awake) | {"in_bulk": in_bulk}
        _notify(event, rule, chunk.accounts, owed)
    for channel in {chat.channel for chat in chunk.groups}:
        ids = [chat.id for chat in chunk.groups if chat.channel == channel]
        insert_for_each(Delivery, "group_chat", ids, _owed(event, rule, Channel(channel), awake), {"target": "group:"})


def _inbox_copy(event: OutboxEvent, rule: Rule, now: datetime) -> dict[str, Any]:
    assert rule.write is not None
    text = rule.write(event.facts)
    return {
        "event": event.id,
        "title": clip(text.title, MAX_TITLE),
        "body": clip(text.body, MAX_BODY),
        "page": text.page,
        "created_at": now,
    }


def _notify(event: OutboxEvent, rule: Rule, accounts: Iterable[int], owed: dict[str, Any]) -> None:
    """A service notification for those who have a grant; the others have their inbox."""
    template = MessageTemplate.get_or_none(MessageTemplate.purpose == rule.purpose) if rule.purpose else None
    if template is None:
        return
    granted = grants.open_to(accounts, template)
    first = granted
    if rule.once_by is not None:
        first = first_told(f"{rule.topic}:{event.facts[rule.once_by]}", event.id, granted)
    told = owed | {"state": DeliveryState.SKIPPED, "fault": TOLD_ALREADY}
    for ids, what in ((first, owed), (granted - first, told)):
        insert_for_each(Delivery, "account", ids, what, {"target": "account:"})


def _owed(event: OutboxEvent, rule: Rule, channel: Channel, at: datetime) -> dict[str, Any]:
    return {"event": event.id, "rule": rule.name, "channel": channel, "available_at": at}
