"""Who reads a message: the people and groups that a rule names, found a chunk at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import rows_of
from backend.messaging.fan_outs.models import FanOutRange
from backend.messaging.models import GroupChat, OutboxEvent
from backend.messaging.rules import Reader
from backend.people.access import in_subtree
from backend.people.memberships import in_force
from backend.people.models import Member, Membership, Organization, OrganizationPost, Role
from backend.people.permissions import OFFICERS
from backend.people.posts import in_office

CHUNK = 500
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


@dataclass(frozen=True)
class Moment:
    """When a spread takes place: the instant, and the time zone whose local day decides who is in office."""

    now: datetime
    timezone: ZoneInfo


@dataclass(frozen=True)
class Chunk:
    """Some readers of one rule; `last` is where the next chunk begins, None when there is none."""

    accounts: list[int]
    groups: list[GroupChat]
    last: int | None


NOBODY = Chunk([], [], None)


def are_many(event: OutboxEvent, reader: Reader, moment: Moment) -> bool:
    """Whether a whole chunk of readers is to be found: in no order, so that the database may stop at the last."""
    return len(rows_of(positions(event, reader, moment).limit(CHUNK))) == CHUNK


def chunk_of(event: OutboxEvent, reader: Reader, moment: Moment, one: FanOutRange) -> Chunk:
    """Those of a range who still are readers at this moment."""
    position = BELOW[reader]
    return _chunk(positions(event, reader, moment).where(position > one.after, position <= one.upto), reader)


def readers_of(event: OutboxEvent, reader: Reader, moment: Moment) -> Chunk:
    """The next readers of an event, from where it has got to."""
    return _READERS.get(reader, _named)(event, reader, moment)


def _named(event: OutboxEvent, reader: Reader, _moment: Moment) -> Chunk:
    waiting = sorted(one for one in set(event.people.get(reader, [])) if one > event.progress)
    chunk = waiting[:CHUNK]
    return Chunk(chunk, [], chunk[-1] if len(waiting) > CHUNK else None)


def _in_order(event: OutboxEvent, reader: Reader, moment: Moment) -> Chunk:
    """The next readers found from the organisation, in the order of their rows."""
    position = BELOW.get(reader) or (GroupChat.id if reader is Reader.GROUPS else OrganizationPost.id)
    query = positions(event, reader, moment).where(position > event.progress)
    return _chunk(query.order_by(position).limit(CHUNK), reader)


def positions(event: OutboxEvent, reader: Reader, moment: Moment) -> "pw.ModelSelect[Any]":
    if reader is Reader.MEMBERS_BELOW:
        return _members_below(event, moment)
    if reader in {Reader.GROUPS, Reader.GROUPS_BELOW}:
        return _groups(event, reader)
    return _in_office(event, reader, moment)


def _chunk(query: "pw.ModelSelect[Any]", reader: Reader) -> Chunk:
    """Rows of groups, or of (position, account): somebody who is found twice is told once."""
    if reader in {Reader.GROUPS, Reader.GROUPS_BELOW}:
        groups = list(query)
        return Chunk([], groups, groups[-1].id if len(groups) == CHUNK else None)
    found = rows_of(query)
    accounts = sorted({account for _, account in found})
    return Chunk(accounts, [], found[-1][0] if len(found) == CHUNK else None)


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


def _charged(event: OutboxEvent, reader: Reader, moment: Moment) -> Chunk:
    """The secretaries, or whom they handed it to."""
    deputies = sorted(set(event.people.get(DEPUTY, [])))
    return Chunk(deputies, [], None) if deputies else _in_order(event, reader, moment)


def _upper_officers(event: OutboxEvent, _reader: Reader, moment: Moment) -> Chunk:
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
    return Chunk(sorted({account for account, path in found if len(path) >= nearest}), [], None)


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


def _named_groups(event: OutboxEvent, reader: Reader, _moment: Moment) -> Chunk:
    working = GroupChat.id.in_(event.people.get(reader, [])) & GroupChat.disabled_at.is_null()
    return Chunk([], list(GroupChat.select().where(working).order_by(GroupChat.id)), None)


def _nobody(_event: OutboxEvent, _reader: Reader, _moment: Moment) -> Chunk:
    return NOBODY


# everybody else is named by the event
_READERS: dict[Reader, Callable[[OutboxEvent, Reader, Moment], Chunk]] = {
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
