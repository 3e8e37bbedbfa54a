"""The relay: spread what happened, claim what is due, send it outside any transaction, mark it as it is settled."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from backend.core.clock import Clock
from backend.core.database import connected, in_unit_of_work
from backend.core.errors import Unconfirmed
from backend.messaging import deliveries, pacing, spread
from backend.messaging.burden import NOTIFIED
from backend.messaging.deliveries import Parcel
from backend.messaging.models import Channel
from backend.messaging.pacing import Pace, StillTrue
from backend.messaging.readers import Moment
from backend.rooms import STILL_TRUE
from backend.wechat.faults import PlatformFault, Remedy
from bot.transports.carrier import BulkTransport, NotNow, Outcome, Skipped, Stopping, Transport

# large enough that what is done once a batch hardly counts
BATCH = 750
EVENTS_A_TURN = 200
MOST_LINES = 20
# a tick ends, and what it claimed goes back, long before its leases do: two bots never hold one message
LONGEST_TICK = deliveries.LEASE / 3
# in each turn of a tick: what is urgent must not wait until a million others are written down
LONGEST_SPREAD = timedelta(seconds=1)
# how many posts, checks and the like are under way at once; each has a thread, and a connection to mark it by
LANES = 16
# batches of service notifications under way at once: while one is sent, the next is claimed and looked over
SHARES = 3
# ranges that are written before a courier who is free gets his batch: more than a batch, so that none goes short
AHEAD_OF_COURIERS = 2
# how soon to look for what fell due meanwhile, while nothing is left but lanes that are at it
LOOK_AGAIN_S = 0.2
# when a post is looked at again that would overtake one in other hands
BEHIND = timedelta(seconds=1)

log = structlog.get_logger()


class Relay:
    """Delivers at least once. `stopping` is asked between two messages: what is in hand is always finished.

    Service notifications leave in bulk. All else leaves in lanes side by side, one for each group, so that a robot
    that takes its time holds up nobody but its own group.
    `clock` tells the instant of each single message: a tick may take a while, and rates that are shared with other
    processes are kept by the true time. Without one the instant of the tick is taken.
    """

    def __init__(
        self,
        transports: Mapping[Channel, Transport | BulkTransport],
        timezone: ZoneInfo,
        stopping: Callable[[], bool],
        still_true: StillTrue = STILL_TRUE,
        clock: Clock | None = None,
    ) -> None:
        self._transports = transports
        self._pace = Pace(timezone, still_true)
        self._stopping = stopping
        self._clock = clock

    def deliver_due(self, *, now: datetime) -> int:
        """Spread and send what is due, for LONGEST_TICK at most; returns how many were handled."""
        tired = self._tired_after(LONGEST_TICK)
        handled, at_it, shares = 0, set[Future[int]](), set[Future[int]]()
        with ThreadPoolExecutor(LANES, "lane") as lanes, ThreadPoolExecutor(SHARES, "share") as couriers:
            while not tired():
                written = self._spread(self._instant(now), busy=partial(_all_busy, shares))
                if _all_busy(shares):
                    futures.wait(shares, LONGEST_TICK.total_seconds(), futures.FIRST_COMPLETED)
                found = self._take_turn(_Hands(lanes, couriers), written, tired, now)
                handled += found.handled
                at_it |= found.lanes | found.shares
                shares = {share for share in shares | found.shares if not share.done()}
                done, at_it = futures.wait(at_it, 0 if found else LOOK_AGAIN_S, futures.FIRST_COMPLETED)
                handled += sum(one.result() for one in done)
                if not (found or done or at_it):
                    break
        return handled + sum(one.result() for one in at_it)

    def _take_turn(self, hands: "_Hands", written: int, tired: Stopping, now: datetime) -> "_Turn":
        """Claim a batch, and set its lanes and its service notifications going."""
        instant = self._instant(now)
        claimed = deliveries.claim(BATCH, now=instant)
        parcels = pacing.let_out(claimed, self._pace, now=instant)
        handled = len(claimed) - len(parcels)
        bulk, single = defaultdict[Channel, list[Parcel]](list), list[Parcel]()
        for parcel in parcels:
            in_bulk = isinstance(self._transports.get(parcel.channel), BulkTransport)
            (bulk[parcel.channel] if in_bulk else single).append(parcel)
        begun = {hands.lanes.submit(self._deliver_lane, lane, tired, now) for lane in _lanes(single, instant)}
        shares = {hands.couriers.submit(self._deliver_lane, share, tired, now) for share in bulk.values()}
        return _Turn(written, len(claimed), handled, begun, shares)

    def _spread(self, instant: datetime, busy: Callable[[], bool]) -> int:
        """Write down who is to be told what; gives how many ranges of large events there were.

        While all couriers are busy there is time for it; one that is free waits for no more than AHEAD_OF_COURIERS.
        """
        spreading, moment = self._tired_after(LONGEST_SPREAD), Moment(instant, self._pace.timezone)
        spread.spread_due(EVENTS_A_TURN, moment, stopping=spreading)
        written = spread.spread_ranges(moment, most=AHEAD_OF_COURIERS, stopping=spreading)
        return written + spread.spread_ranges(moment, stopping=lambda: spreading() or not busy()) if written else 0

    def _instant(self, now: datetime) -> datetime:
        return self._clock() if self._clock else now

    def _tired_after(self, limit: timedelta) -> Stopping:
        end = time.monotonic() + limit.total_seconds()
        return lambda: self._stopping() or time.monotonic() > end

    def _deliver_lane(self, parcels: Sequence[Parcel], tired: Stopping, now: datetime) -> int:
        with connected():
            return self._deliver(parcels, tired, now)

    def _deliver(self, parcels: Sequence[Parcel], tired: Stopping, now: datetime) -> int:
        """Send parcels of one channel and mark each portion as it is settled; the rest goes back untried."""
        left = {parcel.id: parcel for parcel in parcels}
        try:
            for portion in self._send(parcels, tired, now):
                _settle(portion, self._pace.timezone, self._instant(now))
                for outcome in portion:
                    del left[outcome.parcel.id]
        except Exception as error:
            log.exception("sending broke off", channel=str(parcels[0].channel))
            broken = [Outcome(parcel, trouble=error) for parcel in left.values()]
            _settle(broken, self._pace.timezone, self._instant(now))
            return len(parcels)
        if left:
            in_unit_of_work(partial(_give_back, list(left.values())))
        return len(parcels) - len(left)

    def _send(self, parcels: Sequence[Parcel], tired: Stopping, now: datetime) -> Iterator[list[Outcome]]:
        transport = self._transports[parcels[0].channel]
        if isinstance(transport, BulkTransport):
            yield from transport.send_many(parcels, now=self._instant(now), stopping=tired)
            return
        for parcel in parcels:
            if tired():
                return
            yield [_outcome_of(transport, parcel, self._instant(now))]


@dataclass(frozen=True)
class _Hands:
    """The threads that send: for single groups, posts and checks, and for whole batches of service notifications."""

    lanes: ThreadPoolExecutor
    couriers: ThreadPoolExecutor


@dataclass(frozen=True)
class _Turn:
    """What one turn found and did: ranges written, deliveries claimed, handled, lanes and shares set going."""

    written: int
    claimed: int
    handled: int
    lanes: set[Future[int]]
    shares: set[Future[int]]

    def __bool__(self) -> bool:
        return bool(self.written or self.claimed)


def _all_busy(shares: Iterable[Future[int]]) -> bool:
    return sum(not share.done() for share in shares) >= SHARES


def _lanes(parcels: Sequence[Parcel], instant: datetime) -> list[list[Parcel]]:
    """The posts of each group by themselves, in their order; whatever goes to no group may leave beside all others.

    What would overtake an earlier post that is in other hands goes back for a moment.
    """
    lanes = defaultdict[tuple[Channel, int], list[Parcel]](list)
    overtaking = deliveries.overtaking(parcels, now=instant)
    early = [parcel for parcel in parcels if parcel.id in overtaking]
    if early:
        in_unit_of_work(partial(deliveries.put_back, early, at=instant + BEHIND))
    for parcel in parcels:
        if parcel.id not in overtaking:
            lanes[parcel.channel, parcel.group_chat_id or -parcel.id].append(parcel)
    return list(lanes.values())


def _give_back(parcels: Sequence[Parcel]) -> None:
    """Untried, each to the place of what happened when it did: behind a backlog, a second copy would be late too."""
    together: defaultdict[datetime, list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        together[parcel.happened_at].append(parcel)
    for at, some in together.items():
        deliveries.put_back(some, at=at)


def _outcome_of(transport: Transport, parcel: Parcel, now: datetime) -> Outcome:
    try:
        return Outcome(parcel, platform_id=transport.send(parcel, now=now))
    except (NotNow, Skipped, PlatformFault) as trouble:
        return Outcome(parcel, trouble=trouble)
    except Exception as error:
        # one bad message must not stop the others; it comes back and ends as a dead letter that people see
        log.exception("delivery failed", delivery=parcel.id, rule=parcel.rule.name)
        return Outcome(parcel, trouble=error)


def _settle(portion: Sequence[Outcome], timezone: ZoneInfo, now: datetime) -> None:
    """Write down what became of some parcels, in one transaction; then say it."""
    taken = [(one.parcel, one.platform_id) for one in portion if one.trouble is None]
    early: defaultdict[datetime, list[Parcel]] = defaultdict(list)
    for one in portion:
        if isinstance(one.trouble, NotNow):
            early[one.trouble.at].append(one.parcel)
    troubled = [(one.parcel, one.trouble) for one in portion if one.trouble and not isinstance(one.trouble, NotNow)]

    def work() -> None:
        deliveries.mark_sent(taken, now=now)
        for at, parcels in early.items():
            deliveries.put_back(parcels, at=at)
        pacing.count_readers(NOTIFIED, [parcel for parcel, _ in taken], timezone, now=now)
        for parcel, trouble in troubled:
            _mark(parcel, trouble, now)

    if portion:
        try:
            in_unit_of_work(work)
        except Unconfirmed:  # all of it or nothing: what is still ours was not marked
            parcels = [one.parcel for one in portion]
            in_unit_of_work(lambda: work() if deliveries.are_held(parcels) else None)
    _report_sent([parcel for parcel, _ in taken])
    for parcel, trouble in troubled:
        _report(parcel, trouble)


def _mark(parcel: Parcel, trouble: Exception, now: datetime) -> None:
    match trouble:
        case Skipped():
            deliveries.mark_skipped(parcel, str(trouble))
        case PlatformFault() if trouble.permanent:
            deliveries.mark_dead(parcel, str(trouble), now=now)
        case PlatformFault():
            after, twice = trouble.retry_after, trouble.ambiguous
            deliveries.mark_later(parcel, str(trouble), ambiguous=twice, retry_after=after, now=now)
        case _:
            deliveries.mark_later(parcel, type(trouble).__name__, ambiguous=True, retry_after=0, now=now)


def _report_sent(parcels: Sequence[Parcel]) -> None:
    """One line for each message; of very many at once, one line for all."""
    if len(parcels) > MOST_LINES:
        rules = sorted({parcel.rule.name for parcel in parcels})
        log.info("sent", rules=rules, channel=str(parcels[0].channel), deliveries=len(parcels))
        return
    for parcel in parcels:
        log.info("sent", rule=parcel.rule.name, channel=str(parcel.channel), delivery=parcel.id)


def _report(parcel: Parcel, trouble: Exception) -> None:
    if not isinstance(trouble, PlatformFault):
        return
    say = log.error if trouble.remedy is Remedy.CALL_A_PERSON else log.warning
    told = {"detail": trouble.detail, "advice": trouble.advice} if trouble.remedy is Remedy.CALL_A_PERSON else {}
    say("refused", rule=parcel.rule.name, delivery=parcel.id, fault=str(trouble), remedy=str(trouble.remedy), **told)
