"""What may leave now. Asked of everything that was claimed, at the one place before it is sent.

Quiet hours hold back, a cap and a person's own choice drop the service notification (never the inbox copy), what is
told late is told only if it is still true, and a group that has had its post of the day gets the rest as one digest.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import among, in_unit_of_work, rows_of
from backend.messaging import burden, deliveries
from backend.messaging.deliveries import Parcel
from backend.messaging.fan_outs.standing import CANCELLED, stopped_among
from backend.messaging.fan_outs.workflow import FanOutState
from backend.messaging.limits import Limits, limits_of, load_limits
from backend.messaging.models import Channel, Delivery, DeliveryState
from backend.messaging.preferences import turned_off
from backend.messaging.rules import RULES
from backend.people.models import Account, Member

# is what these facts say still so? function(facts, *, now)
StillTrue = Mapping[str, Callable[..., bool]]

# what leaves later than this after it happened is looked at again: the night, a long stop, a backlog
LATE = timedelta(hours=1)
GROUP_CHANNELS = frozenset({Channel.WECOM_ROBOT, Channel.CUSTOMER_GROUP, Channel.MANUAL_FORWARD})
UNHURRIED = [rule.name for rule in RULES if rule.unhurried]

QUIET_HOURS, NO_LONGER_TRUE = "quiet hours", "no longer true"
TURNED_OFF, CAPPED, PAUSED = "turned off by its reader", "daily cap", "sending paused"
FOR_THE_DIGEST, MUTED, TEST = "waits for the digest", "the group is muted", "group.test"


@dataclass(frozen=True)
class Pace:
    """What decides whether something may leave: the time zone of the quiet hours, and whom to ask what is still so."""

    timezone: ZoneInfo
    still_true: StillTrue


@dataclass(frozen=True)
class _Hold:
    """A parcel stays: until an instant (`state` pending or held), or for good (`state` skipped)."""

    reason: str
    state: DeliveryState = DeliveryState.SKIPPED
    until: datetime | None = None


def is_urgent(facts: Mapping[str, Any]) -> bool:
    """Whether the event is worth waking somebody: an order whose clocks run at night."""
    return facts.get("urgent") is True


def opens_at(
    channel: Channel, facts: Mapping[str, Any], organization_id: int | None, *, timezone: ZoneInfo, now: datetime
) -> datetime:
    """The first instant at which an organisation may send by this channel: now, or when its quiet hours are over."""
    return _opens_at(load_limits(organization_id), channel, facts, timezone, now) or now


def _opens_at(
    limits: Limits, channel: Channel, facts: Mapping[str, Any], timezone: ZoneInfo, now: datetime
) -> datetime | None:
    if channel is Channel.CONTENT_CHECK or is_urgent(facts):
        return None
    return limits.opens_at(now, timezone)


def let_out(parcels: Sequence[Parcel], pace: Pace, *, now: datetime) -> list[Parcel]:
    """Those of the claimed that may be sent now; the others are put back or skipped, each with its reason."""
    holds = _Inspection(parcels, pace, now).holds()
    together: dict[_Hold, list[Parcel]] = {}
    for parcel in parcels:
        if parcel.id in holds:
            together.setdefault(holds[parcel.id], []).append(parcel)

    def work() -> None:
        for hold, held in together.items():
            deliveries.keep_back(held, hold.state, hold.reason, until=hold.until)
            if hold.reason.startswith(CAPPED):
                count_readers(burden.CAPPED, held, pace.timezone, now=now)

    if together:
        in_unit_of_work(work)
    return [parcel for parcel in parcels if parcel.id not in holds]


def count_readers(measure: str, parcels: Sequence[Parcel], timezone: ZoneInfo, *, now: datetime) -> None:
    """Count the service notifications among these for the burden screen."""
    for organization_id in {parcel.organization_id for parcel in parcels}:
        readers = [
            parcel.account_id
            for parcel in parcels
            if parcel.organization_id == organization_id
            and parcel.channel is Channel.SUBSCRIBE_MESSAGE
            and parcel.account_id
        ]
        burden.note(measure, readers, organization_id=organization_id, day=local_day(now, timezone))


def _homes_of(parcels: Sequence[Parcel]) -> dict[int | None, int]:
    """Where the readers of these belong: their branch, or for residents the community that they chose."""
    accounts = {parcel.account_id for parcel in parcels if parcel.account_id}
    if not accounts:
        return {}
    lives = Account.select(Account.id, Account.organization).where(
        Account.id.in_(accounts), Account.organization.is_null(False)
    )
    belongs = Member.select(Member.account, Member.organization).where(Member.account.in_(accounts))
    return dict(rows_of(lives)) | dict(rows_of(belongs))


class _Inspection:
    """One look at a batch, with a few questions to the database for all of it."""

    def __init__(self, parcels: Sequence[Parcel], pace: Pace, now: datetime) -> None:
        self._parcels = parcels
        self._pace = pace
        self._now = now
        self._homes = _homes_of(parcels)
        self._limits = limits_of({self._protector(parcel) for parcel in parcels})
        self._truths: dict[int, bool] = {}

    def holds(self) -> dict[int, _Hold]:
        """By the number of the delivery, what stays."""
        found = self._stopped()
        found |= {p.id: hold for p in self._parcels if p.id not in found and (hold := self._at_this_hour(p))}
        for look in (self._readers, self._muted, self._groups):
            found |= look([parcel for parcel in self._parcels if parcel.id not in found])
        return found

    def _protector(self, parcel: Parcel) -> int | None:
        """Whose limits hold: the group's own organisation, the reader's home, else where it came from."""
        if parcel.group_chat is not None:
            return parcel.group_chat.organization_id
        return self._homes.get(parcel.account_id, parcel.organization_id)

    def _stopped(self) -> dict[int, _Hold]:
        """What belongs to a sending that somebody paused or cancelled."""
        stopped = stopped_among({parcel.event_id for parcel in self._parcels})
        holds = {
            FanOutState.PAUSED: _Hold(PAUSED, DeliveryState.PAUSED),
            FanOutState.CANCELLED: _Hold(CANCELLED),
        }
        return {p.id: holds[stopped[p.event_id]] for p in self._parcels if p.event_id in stopped}

    def _at_this_hour(self, parcel: Parcel) -> _Hold | None:
        limits = self._limits[self._protector(parcel)]
        until = _opens_at(limits, parcel.channel, parcel.facts, self._pace.timezone, self._now)
        if until is not None:
            return _Hold(QUIET_HOURS, DeliveryState.PENDING, until)
        return None if self._is_still_true(parcel) else _Hold(NO_LONGER_TRUE)

    def _is_still_true(self, parcel: Parcel) -> bool:
        ask = self._pace.still_true.get(parcel.topic)
        if ask is None or self._now - parcel.happened_at <= LATE:
            return True
        if parcel.event_id not in self._truths:
            self._truths[parcel.event_id] = ask(parcel.facts, now=self._now)
        return self._truths[parcel.event_id]

    def _readers(self, parcels: Sequence[Parcel]) -> dict[int, _Hold]:
        """Service notifications: what the reader turned off, and what is beyond the cap of his day."""
        concerned = [parcel for parcel in parcels if parcel.channel is Channel.SUBSCRIBE_MESSAGE and parcel.account_id]
        if not concerned:
            return {}
        accounts = {parcel.account_id for parcel in concerned if parcel.account_id}
        off, had = turned_off(accounts), self._had_today(accounts, concerned)
        found: dict[int, _Hold] = {}
        for parcel in concerned:
            account, cap = parcel.account_id or 0, self._limits[self._protector(parcel)].daily_cap
            if (account, str(parcel.rule.purpose)) in off:
                found[parcel.id] = _Hold(TURNED_OFF)
            elif had[account] >= cap and not is_urgent(parcel.facts):
                found[parcel.id] = _Hold(f"{CAPPED} ({cap})")
            else:
                had[account] += 1
        return found

    def _had_today(self, accounts: Iterable[int], but: Sequence[Parcel]) -> Counter[int]:
        """Service notifications of the local day by reader, with what another bot has in hand at this moment."""
        rows = (
            Delivery.select(Delivery.account, pw.fn.COUNT(Delivery.id))
            .where(
                Delivery.account.in_(among(accounts)),
                Delivery.channel == Channel.SUBSCRIBE_MESSAGE,
                Delivery.available_at.between(*self._today()),
                Delivery.state.in_([DeliveryState.SENT, DeliveryState.SENDING]),
                Delivery.id.not_in(among(parcel.id for parcel in but)),
            )
            .group_by(Delivery.account)
        )
        return Counter(dict(rows_of(rows)))

    def _today(self) -> tuple[datetime, datetime]:
        midnight = datetime.combine(local_day(self._now, self._pace.timezone), time(), self._pace.timezone)
        return midnight, midnight + timedelta(days=1)

    def _muted(self, parcels: Sequence[Parcel]) -> dict[int, _Hold]:
        """Posts to groups where the bot was asked to keep quiet; a test is what somebody has just asked for."""
        return {
            parcel.id: _Hold(MUTED)
            for parcel in parcels
            if parcel.group_chat and parcel.topic != TEST and (parcel.group_chat.muted_until or self._now) > self._now
        }

    def _groups(self, parcels: Sequence[Parcel]) -> dict[int, _Hold]:
        """Unhurried posts: the first of a day goes out, the others wait to be told together; urgent ones never wait."""
        concerned = [
            parcel
            for parcel in parcels
            if parcel.channel in GROUP_CHANNELS and parcel.rule.unhurried and not is_urgent(parcel.facts)
        ]
        if not concerned:
            return {}
        served = self._served_today(concerned)
        found: dict[int, _Hold] = {}
        for parcel in concerned:
            if parcel.group_chat_id in served:
                until = self._limits[self._protector(parcel)].digest_after(self._now, self._pace.timezone)
                found[parcel.id] = _Hold(FOR_THE_DIGEST, DeliveryState.HELD, until)
            served.add(parcel.group_chat_id)
        return found

    def _served_today(self, parcels: Sequence[Parcel]) -> set[int | None]:
        rows = Delivery.select(Delivery.group_chat).where(
            Delivery.group_chat.in_({parcel.group_chat_id for parcel in parcels}),
            Delivery.available_at.between(*self._today()),
            Delivery.rule.in_(UNHURRIED),
            Delivery.state.in_([DeliveryState.SENT, DeliveryState.SENDING]),
            Delivery.id.not_in(among(parcel.id for parcel in parcels)),
        )
        return {row[0] for row in rows_of(rows)}
