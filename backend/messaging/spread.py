"""Spreading: one event becomes an inbox copy for each reader and a delivery for each way out, chunk by chunk."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw
import structlog

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work, rows_of
from backend.messaging import burden, grants
from backend.messaging.deliveries import BACK_OFF, MAX_FAULT
from backend.messaging.fan_outs.models import FanOut, FanOutRange
from backend.messaging.fan_outs.ranges import add_ranges, close_range, first_told, hold_range, open_fan_outs
from backend.messaging.models import (
    Channel,
    Delivery,
    DeliveryState,
    GroupChat,
    InboxMessage,
    MessageTemplate,
    OutboxEvent,
)
from backend.messaging.pacing import opens_at
from backend.messaging.reminders.switches import is_off
from backend.messaging.rules import BY_NAME, Reader, Rule, rules_for
from backend.messaging.texts.shape import clip
from backend.people.access import in_subtree
from backend.people.memberships import in_force
from backend.people.models import Member, Membership, Organization, OrganizationPost, Role
from backend.people.permissions import OFFICERS
from backend.people.posts import in_office

CHUNK = 500
PLANNED_AT_ONCE = 40 * CHUNK  # readers of a large event that are cut into ranges in one transaction
MAX_TITLE, MAX_BODY = 60, 500
TOLD_ALREADY = "told by another layer"
ROLES = {
    Reader.DISPATCHERS: (Role.DISPATCHER, Role.SECRETARY, Role.DEPUTY_SECRETARY),
    Reader.CHARGED: (Role.SECRETARY, Role.DEPUTY_SECRETARY),
    Reader.SECRETARIES: (Role.SECRETARY, Role.DEPUTY_SECRETARY),
    Reader.SECRETARIES_BELOW: (Role.SECRETARY, Role.DEPUTY_SECRETARY),
}

# readers found from the organisation and all below it: more than a chunk of them are told range by range
BELOW = {
    Reader.MEMBERS_BELOW: Membership.id,
    Reader.SECRETARIES_BELOW: OrganizationPost.id,
    Reader.GROUPS_BELOW: GroupChat.id,
}

DEPUTY = "deputy"

log = structlog.get_logger()


@dataclass(frozen=True)
class Moment:
    """When a spread takes place: the instant, and the time zone whose local day decides who is in office."""

    now: datetime
    timezone: ZoneInfo


@dataclass(frozen=True)
class _Chunk:
    """Some readers of one rule; `last` is where the next chunk begins, None when there is none."""

    accounts: list[int]
    groups: list[GroupChat]
    last: int | None


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
    pause = BACK_OFF[min(event.attempts, len(BACK_OFF) - 1)]
    OutboxEvent.update(attempts=OutboxEvent.attempts + 1, available_at=now + pause, fault=fault[:MAX_FAULT]).where(
        OutboxEvent.id == event.id
    ).execute()


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
    if rule.reader in BELOW and event.progress:
        return _cut(event, rules, moment)
    chunk = _READERS.get(rule.reader, _named)(event, rule.reader, moment)
    if rule.reader in BELOW and chunk.last is not None:
        return _cut(event, rules, moment)
    if chunk.last is not None:
        alone = _advance(event, event.stage, chunk.last)
    else:
        is_last = event.stage + 1 >= len(rules)
        alone = _advance(event, event.stage + 1, 0, finished_at=moment.now if is_last else None)
    if alone:
        _write(event, rule, chunk, moment)
    return alone and event.spread_at is None


def _cut(event: OutboxEvent, rules: list[Rule], moment: Moment) -> bool:
    """Cut the next readers of a large event into ranges, which any bot then takes; nobody is told here."""
    rule, position = rules[event.stage], BELOW[rules[event.stage].reader]
    found = _positions(event, rule.reader, moment).where(position > event.progress).order_by(position)
    ids = [row[0] for row in rows_of(found.limit(PLANNED_AT_ONCE))]
    ends = [ids[min(start + CHUNK, len(ids)) - 1] for start in range(0, len(ids), CHUNK)]
    cuts = list(zip([event.progress, *ends], ends, strict=False))
    if len(ids) == PLANNED_AT_ONCE:
        alone = _advance(event, event.stage, ids[-1])
    else:
        is_last = event.stage + 1 >= len(rules)
        alone = _advance(event, event.stage + 1, 0, finished_at=moment.now if is_last else None)
    if alone:
        add_ranges(event, rule, cuts, len(ids), moment.now)
    return alone and event.spread_at is None


def spread_ranges(moment: Moment, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Write ranges of large events, each in a transaction of its own, shared with all other bots; how many."""
    written = 0
    for fan_out_id in open_fan_outs():
        try:
            while not stopping() and spread_range(fan_out_id, moment):
                written += 1
        except Exception:
            # what one large event suffers from must not hold up the others: the next beat tries again
            log.exception("spreading a range failed", fan_out=fan_out_id)
    return written


def spread_range(fan_out_id: int, moment: Moment) -> bool:
    """Write the next free range of a large event in one transaction; False when there is none left to take.

    A bot that dies leaves the range as it was, and the next one takes it.
    """
    return in_unit_of_work(lambda: _spread_range(fan_out_id, moment))


def _spread_range(fan_out_id: int, moment: Moment) -> bool:
    one = hold_range(fan_out_id)
    if one is None:
        return False
    event = OutboxEvent.select().join(FanOut).where(FanOut.id == fan_out_id).get()
    rule = BY_NAME.get(one.rule)
    chunk = _chunk_of(event, rule.reader, moment, one) if rule else _Chunk([], [], None)
    close_range(one, len(chunk.accounts) + len(chunk.groups), now=moment.now)
    if rule:
        _write(event, rule, chunk, moment, in_bulk=True)
    return True


def _chunk_of(event: OutboxEvent, reader: Reader, moment: Moment, one: FanOutRange) -> _Chunk:
    """Those of a range who still are readers at this moment."""
    position = BELOW[reader]
    return _chunk(_positions(event, reader, moment).where(position > one.after, position <= one.upto), reader)


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
    return True


def _write(event: OutboxEvent, rule: Rule, chunk: _Chunk, moment: Moment, *, in_bulk: bool = False) -> None:
    now = moment.now
    awake = opens_at(Channel.SUBSCRIBE_MESSAGE, event.facts, timezone=moment.timezone, now=now)
    if rule.reader is Reader.PLATFORM:
        author = event.facts.get("account_id")
        _insert(Delivery, [_delivery(event, rule, Channel.CONTENT_CHECK, now, account=author, target="platform")])
    if chunk.accounts:
        _insert(InboxMessage, _inbox_rows(event, rule, chunk.accounts, now))
        day = local_day(now, moment.timezone)
        burden.note(burden.INBOX, chunk.accounts, organization_id=event.organization_id, day=day)
        notified = _notification_rows(event, rule, chunk.accounts, awake)
        _insert(Delivery, [{**row, "in_bulk": in_bulk} for row in notified])
    _insert(
        Delivery,
        [
            _delivery(event, rule, Channel(chat.channel), awake, group_chat=chat.id, target=f"group:{chat.id}")
            for chat in chunk.groups
        ],
    )


def _insert(table: type[pw.Model], rows: list[dict[str, Any]]) -> None:
    if rows:  # somebody who is reached twice (home and host branch) is told once: the unique index sees to it
        table.insert_many(rows).on_conflict_ignore().execute()


def _inbox_rows(event: OutboxEvent, rule: Rule, accounts: Iterable[int], now: datetime) -> list[dict[str, Any]]:
    assert rule.write is not None
    text = rule.write(event.facts)
    copy = {
        "event": event.id,
        "title": clip(text.title, MAX_TITLE),
        "body": clip(text.body, MAX_BODY),
        "page": text.page,
        "created_at": now,
    }
    return [{"account": account, **copy} for account in accounts]


def _notification_rows(event: OutboxEvent, rule: Rule, accounts: Iterable[int], at: datetime) -> list[dict[str, Any]]:
    """A service notification for those who have a grant; the others have their inbox."""
    template = MessageTemplate.get_or_none(MessageTemplate.purpose == rule.purpose) if rule.purpose else None
    if template is None:
        return []
    granted = grants.open_to(accounts, template)
    first = granted
    if rule.once_by is not None:
        first = first_told(f"{rule.topic}:{event.facts[rule.once_by]}", event.id, granted)
    told = {"state": DeliveryState.SKIPPED, "fault": TOLD_ALREADY}
    return [
        {
            **_delivery(event, rule, Channel.SUBSCRIBE_MESSAGE, at, account=account, target=f"account:{account}"),
            **({} if account in first else told),
        }
        for account in sorted(granted)
    ]


def _delivery(event: OutboxEvent, rule: Rule, channel: Channel, at: datetime, **to: Any) -> dict[str, Any]:
    row = {"account": None, "group_chat": None, "state": DeliveryState.PENDING, "fault": None, **to}
    return {"event": event.id, "rule": rule.name, "channel": channel, "available_at": at, **row}


def _named(event: OutboxEvent, reader: Reader, _moment: Moment) -> _Chunk:
    waiting = sorted(one for one in set(event.people.get(reader, [])) if one > event.progress)
    chunk = waiting[:CHUNK]
    return _Chunk(chunk, [], chunk[-1] if len(waiting) > CHUNK else None)


def _in_order(event: OutboxEvent, reader: Reader, moment: Moment) -> _Chunk:
    """The next readers found from the organisation, in the order of their rows."""
    position = BELOW.get(reader) or (GroupChat.id if reader is Reader.GROUPS else OrganizationPost.id)
    query = _positions(event, reader, moment).where(position > event.progress)
    return _chunk(query.order_by(position).limit(CHUNK), reader)


def _positions(event: OutboxEvent, reader: Reader, moment: Moment) -> "pw.ModelSelect[Any]":
    if reader is Reader.MEMBERS_BELOW:
        return _members_below(event, moment)
    if reader in {Reader.GROUPS, Reader.GROUPS_BELOW}:
        return _groups(event, reader)
    return _in_office(event, reader, moment)


def _chunk(query: "pw.ModelSelect[Any]", reader: Reader) -> _Chunk:
    """Rows of groups, or of (position, account): somebody who is found twice is told once."""
    if reader in {Reader.GROUPS, Reader.GROUPS_BELOW}:
        groups = list(query)
        return _Chunk([], groups, groups[-1].id if len(groups) == CHUNK else None)
    found = rows_of(query)
    accounts = sorted({account for _, account in found})
    return _Chunk(accounts, [], found[-1][0] if len(found) == CHUNK else None)


def _in_office(event: OutboxEvent, reader: Reader, moment: Moment) -> "pw.ModelSelect[Any]":
    today = local_day(moment.now, moment.timezone)
    return (
        OrganizationPost.select(OrganizationPost.id, OrganizationPost.account)
        .join(Organization)
        .where(
            _where(event, below=reader is Reader.SECRETARIES_BELOW),
            OrganizationPost.role.in_(ROLES[reader]),
            in_office(today),
        )
    )


def _charged(event: OutboxEvent, reader: Reader, moment: Moment) -> _Chunk:
    """The secretaries, or whom they handed it to."""
    deputies = sorted(set(event.people.get(DEPUTY, [])))
    return _Chunk(deputies, [], None) if deputies else _in_order(event, reader, moment)


def _upper_officers(event: OutboxEvent, _reader: Reader, moment: Moment) -> _Chunk:
    """The officers of the nearest organisation above that has any; all of them for what concerns no organisation."""
    today = local_day(moment.now, moment.timezone)
    rows = (
        OrganizationPost.select(OrganizationPost.account, Organization.path)
        .join(Organization)
        .where(
            OrganizationPost.role.in_(OFFICERS),
            in_office(today),
        )
    )
    if event.organization is not None:
        above = [int(part) for part in event.organization.path.split(".")[:-2]]
        rows = rows.where(Organization.id.in_(above))
    found = rows_of(rows)
    nearest = max((len(path) for _, path in found), default=0) if event.organization is not None else 0
    return _Chunk(sorted({account for account, path in found if len(path) >= nearest}), [], None)


def _members_below(event: OutboxEvent, moment: Moment) -> "pw.ModelSelect[Any]":
    today = local_day(moment.now, moment.timezone)
    return (
        Membership.select(Membership.id, Member.account)
        .join(Member)
        .switch(Membership)
        .join(Organization)
        .where(
            _where(event, below=True),
            in_force(today),
            Member.account.is_null(False),
        )
    )


def _groups(event: OutboxEvent, reader: Reader) -> "pw.ModelSelect[Any]":
    return (
        GroupChat.select(GroupChat)
        .join(Organization)
        .where(
            _where(event, below=reader is Reader.GROUPS_BELOW),
            GroupChat.disabled_at.is_null(),
        )
    )


def _where(event: OutboxEvent, below: bool) -> pw.Expression:
    """The event's organisation alone, or it and all below it."""
    if below:
        assert event.organization is not None
        return in_subtree(Organization.path, event.organization.path)
    condition: pw.Expression = Organization.id == event.organization_id
    return condition


def _named_groups(event: OutboxEvent, reader: Reader, _moment: Moment) -> _Chunk:
    working = GroupChat.id.in_(event.people.get(reader, [])) & GroupChat.disabled_at.is_null()
    return _Chunk([], list(GroupChat.select().where(working).order_by(GroupChat.id)), None)


def _nobody(_event: OutboxEvent, _reader: Reader, _moment: Moment) -> _Chunk:
    return _Chunk([], [], None)


# everybody else is named by the event
_READERS: dict[Reader, Callable[[OutboxEvent, Reader, Moment], _Chunk]] = {
    Reader.DISPATCHERS: _in_order,
    Reader.CHARGED: _charged,
    Reader.SECRETARIES: _in_order,
    Reader.SECRETARIES_BELOW: _in_order,
    Reader.UPPER_OFFICERS: _upper_officers,
    Reader.MEMBERS_BELOW: _in_order,
    Reader.GROUP: _named_groups,
    Reader.GROUPS: _in_order,
    Reader.GROUPS_BELOW: _in_order,
    Reader.PLATFORM: _nobody,
}
