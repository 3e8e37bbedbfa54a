"""Deliveries: claimed under a lease, marked one by one, so that a crash sends at most the one in hand twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import peewee as pw

from backend.core.crypto import new_public_id
from backend.core.database import (
    among,
    append_statement,
    database,
    hold_rows,
    in_unit_of_work,
    lock_rows,
    rows_of,
    to_stored,
)
from backend.messaging.dead_letters import ledger
from backend.messaging.models import Channel, Delivery, DeliveryState, GroupChat, OutboxEvent
from backend.messaging.rules import BY_NAME, Rule

LEASE = timedelta(seconds=60)
# pause before try 2, 3, …; after the last one the delivery is a dead letter
BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 21600))
MAX_FAULT = 200
# how far back an earlier post is looked for: beyond that the order of two posts is nobody's concern
MOST_OVERDUE = timedelta(days=1)
CHANNELS = frozenset(Channel)


@dataclass(frozen=True)
class Parcel:
    """One claimed delivery with all that its transport needs; `lease` proves the claim."""

    id: int
    event_id: int
    happened_at: datetime
    lease: str
    rule: Rule
    topic: str
    channel: Channel
    facts: dict[str, Any]
    account_id: int | None
    group_chat: GroupChat | None
    group_chat_id: int | None
    organization_id: int | None
    attempts: int


def claim(limit: int, *, now: datetime) -> list[Parcel]:
    """Take up to `limit` due deliveries for LEASE; nobody else gets them until then.

    A lease that ran out means that its holder died: whether that one was sent, nobody knows, and it is marked so.
    """
    return in_unit_of_work(lambda: _claim(limit, now))


def _claim(limit: int, now: datetime) -> list[Parcel]:
    lease = new_public_id()
    orphans, waiting = list[int](), list[int]()
    for in_bulk in (False, True):  # a million at eight o'clock must not hold up an order of five past
        orphans += _due(DeliveryState.SENDING, in_bulk, limit - len(orphans) - len(waiting), now)
        waiting += _due(DeliveryState.PENDING, in_bulk, limit - len(orphans) - len(waiting), now)
    _take(orphans, lease, now, maybe_twice=True)
    _take(waiting, lease, now)
    return _parcels(orphans + waiting, lease, now)


def _due(state: DeliveryState, in_bulk: bool, limit: int, now: datetime) -> list[int]:
    query = (
        Delivery.select(Delivery.id)
        .where(Delivery.state == state, Delivery.in_bulk == in_bulk, Delivery.available_at <= now)
        .order_by(Delivery.available_at, Delivery.id)
        .limit(limit)
    )
    return [row[0] for row in rows_of(lock_rows(query))] if limit > 0 else []


def _take(ids: Sequence[int], lease: str, now: datetime, **also: Any) -> None:
    if ids:
        Delivery.update(
            state=DeliveryState.SENDING,
            lease=lease,
            available_at=now + LEASE,
            attempts=Delivery.attempts + 1,
            **also,
        ).where(Delivery.id.in_(among(ids))).execute()


def _parcels(ids: Sequence[int], lease: str, now: datetime) -> list[Parcel]:
    if not ids:
        return []
    columns = (Delivery.id, Delivery.event, Delivery.rule, Delivery.channel, Delivery.account, Delivery.group_chat)
    rows = rows_of(
        Delivery.select(*columns, Delivery.attempts).where(Delivery.id.in_(among(ids))).order_by(Delivery.id)
    )
    known = [row for row in rows if row[2] in BY_NAME and row[3] in CHANNELS]
    _bury([row[0] for row in rows if row not in known] if len(known) < len(rows) else [], now)
    # thousands share an event: it is read once
    events = {row.id: row for row in OutboxEvent.select().where(OutboxEvent.id.in_({row[1] for row in known}))}
    groups = {row[5] for row in known if row[5]}
    chats = {row.id: row for row in GroupChat.select().where(GroupChat.id.in_(groups))} if groups else {}
    return [_parcel(row, events[row[1]], chats.get(row[5]), lease) for row in known]


def _bury(ids: Sequence[int], now: datetime) -> None:
    """This version of the product has no such rule or channel any more."""
    if ids:
        fault = "no such rule or channel any more"
        Delivery.update(state=DeliveryState.DEAD, lease=None, fault=fault).where(Delivery.id.in_(among(ids))).execute()
        ledger.enter_deliveries(ids, fault, now=now)


def _parcel(row: tuple[Any, ...], event: OutboxEvent, chat: GroupChat | None, lease: str) -> Parcel:
    number, _event, rule, channel, account, group, attempts = row
    return Parcel(
        id=number,
        event_id=event.id,
        happened_at=event.created_at,
        lease=lease,
        rule=BY_NAME[rule],
        topic=event.topic,
        channel=Channel(channel),
        facts=event.facts,
        account_id=account,
        group_chat=chat,
        group_chat_id=group,
        organization_id=event.organization_id,
        attempts=attempts,
    )


def mark_sent(taken: Sequence[tuple[Parcel, str | None]], *, now: datetime) -> None:
    """The platform took these; with each parcel goes the platform's id of the message, if it gave one."""
    at, mark = to_stored(now), database.obj.param
    for lease, members in _by_lease(taken).items():
        # written by hand: building hundreds of branches as objects costs more than the database takes to run them
        ids = " ".join([f"WHEN {mark} THEN {mark}"] * len(members))
        named = [value for parcel, platform_id in members for value in (parcel.id, platform_id)]
        append_statement(
            f"UPDATE delivery SET lease = NULL, state = {mark}, sent_at = {mark}, fault = NULL,"  # noqa: S608
            f" platform_id = CASE id {ids} END WHERE id IN {among(parcel.id for parcel, _ in members).sql}"
            f" AND lease = {mark}",
            [str(DeliveryState.SENT), at, *named, lease],
        )


def _by_lease(taken: Sequence[tuple[Parcel, str | None]]) -> dict[str, list[tuple[Parcel, str | None]]]:
    leases: dict[str, list[tuple[Parcel, str | None]]] = {}
    for parcel, platform_id in taken:
        leases.setdefault(parcel.lease, []).append((parcel, platform_id))
    return leases


def mark_skipped(parcel: Parcel, reason: str) -> None:
    """Not sent, and rightly so (the grant was used up, the group was removed); the inbox has it."""
    _finish(parcel, state=DeliveryState.SKIPPED, fault=reason[:MAX_FAULT])


def mark_dead(parcel: Parcel, fault: str, *, now: datetime) -> None:
    """Never to be sent as it is: a person has to look."""
    if _finish(parcel, state=DeliveryState.DEAD, fault=fault[:MAX_FAULT]):
        ledger.enter_deliveries([parcel.id], fault, now=now)


def mark_later(parcel: Parcel, fault: str, *, ambiguous: bool, retry_after: int, now: datetime) -> None:
    """Try again after the back-off (or what the platform asks for, in seconds); dead after the last try.

    `ambiguous`: no answer came, so the message may have been taken all the same.
    """
    if parcel.attempts > len(BACK_OFF):
        mark_dead(parcel, fault, now=now)
        return
    pause = max(BACK_OFF[parcel.attempts - 1], timedelta(seconds=retry_after))
    also = {"maybe_twice": True} if ambiguous else {}
    _finish(parcel, state=DeliveryState.PENDING, available_at=now + pause, fault=fault[:MAX_FAULT], **also)


def overtaking(parcels: Sequence[Parcel], *, now: datetime) -> set[int]:
    """Which of these would overtake an earlier post to the same group that is due, or in the hands of somebody else.

    What failed, or waits for the morning, does not hold up what comes after it.
    """
    groups = {parcel.group_chat_id for parcel in parcels if parcel.group_chat_id}
    if not groups:
        return set()
    elsewhere = (
        Delivery.select(Delivery.group_chat, pw.fn.MIN(Delivery.id))
        .where(
            Delivery.group_chat.in_(groups),
            Delivery.available_at.between(now - MOST_OVERDUE, now + LEASE),
            (Delivery.state == DeliveryState.SENDING)
            | ((Delivery.state == DeliveryState.PENDING) & (Delivery.available_at <= now)),
            Delivery.id.not_in(among(parcel.id for parcel in parcels)),
        )
        .group_by(Delivery.group_chat)
    )
    first = dict(rows_of(elsewhere))
    return {parcel.id for parcel in parcels if first.get(parcel.group_chat_id, parcel.id) < parcel.id}


def are_held(parcels: Sequence[Parcel]) -> bool:
    """Whether any of these is still in the hands of whoever claimed it; waits for whoever changes it just now."""
    return any(
        hold_rows(Delivery.select(Delivery.id).where(Delivery.id == parcel.id, Delivery.lease == parcel.lease)).exists()
        for parcel in parcels
    )


def put_back(parcels: Sequence[Parcel], *, at: datetime) -> None:
    """Return deliveries untried, to be taken again at the given instant."""
    for lease in {parcel.lease for parcel in parcels}:
        Delivery.update(lease=None, state=DeliveryState.PENDING, available_at=at, attempts=Delivery.attempts - 1).where(
            Delivery.id.in_(among(parcel.id for parcel in parcels)), Delivery.lease == lease
        ).execute()


def keep_back(parcels: Sequence[Parcel], state: DeliveryState, reason: str, *, until: datetime | None) -> None:
    """Not to be sent now, or not at all, for this reason; `until` is when those that wait are looked at again."""
    changes: dict[str, Any] = {"lease": None, "state": state, "fault": reason, "attempts": Delivery.attempts - 1}
    if until is not None:
        changes["available_at"] = until
    for lease in {parcel.lease for parcel in parcels}:
        Delivery.update(changes).where(
            Delivery.id.in_(among(parcel.id for parcel in parcels)), Delivery.lease == lease
        ).execute()


def _finish(parcel: Parcel, **values: Any) -> bool:
    """Write only while the lease is ours: a slow bot must not overwrite what its successor did."""
    ours = Delivery.update(lease=None, **values).where(Delivery.id == parcel.id, Delivery.lease == parcel.lease)
    return bool(ours.execute())


def pull_back(*, now: datetime) -> None:
    """The clock was turned back, in the caller's unit of work: what was due or held by it waits no longer.

    No lease lasts beyond LEASE from now, and what happened in what is now the future is due now.
    """
    Delivery.update(available_at=now + LEASE).where(
        Delivery.state == DeliveryState.SENDING, Delivery.available_at > now + LEASE
    ).execute()
    ahead = OutboxEvent.created_at > now
    Delivery.update(available_at=now).where(
        Delivery.state == DeliveryState.PENDING,
        Delivery.available_at > now,
        Delivery.event.in_(OutboxEvent.select(OutboxEvent.id).where(ahead, OutboxEvent.available_at > now)),
    ).execute()
    OutboxEvent.update(available_at=now).where(
        ahead, OutboxEvent.spread_at.is_null(), OutboxEvent.available_at > now
    ).execute()


def facts_of(platform_id: str) -> dict[str, Any] | None:
    """The facts of what the platform took under this id; None while we know of no such delivery."""
    row: Delivery | None = (
        Delivery.select(Delivery, OutboxEvent).join(OutboxEvent).where(Delivery.platform_id == platform_id).first()
    )
    return row.event.facts if row else None


def record_platform_failure(platform_id: str, errcode: int, status: str, *, now: datetime) -> bool:
    """The platform's later word on a message that it had taken; False while we know of no such message."""
    fault = f"{errcode} {status}"[:MAX_FAULT]

    def work() -> bool:
        ids = [number for (number,) in rows_of(Delivery.select(Delivery.id).where(Delivery.platform_id == platform_id))]
        died = Delivery.update(state=DeliveryState.DEAD, fault=fault).where(
            Delivery.id.in_(ids), Delivery.state == DeliveryState.SENT
        )
        if ids and died.execute():
            ledger.enter_deliveries(ids, fault, now=now)
        return bool(ids)

    return in_unit_of_work(work)
