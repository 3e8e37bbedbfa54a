"""The relay: spread what happened, claim what is due, send it outside any transaction, mark it one by one."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from backend.messaging import deliveries, spread
from backend.messaging.deliveries import Parcel
from backend.messaging.models import Channel
from backend.wechat.faults import PlatformFault
from bot.transports.carrier import NotNow, Skipped, Transport

BATCH = 20
EVENTS_A_TICK = 200
# a tick ends, and what it claimed goes back, long before its leases do: two bots never hold one message
LONGEST_TICK = deliveries.LEASE / 3
LONGEST_SPREAD = LONGEST_TICK / 2

log = structlog.get_logger()


class Relay:
    """Delivers at least once. `stopping` is asked between two messages: the one in hand is always finished."""

    def __init__(
        self, transports: Mapping[Channel, Transport], timezone: ZoneInfo, stopping: Callable[[], bool]
    ) -> None:
        self._transports = transports
        self._timezone = timezone
        self._stopping = stopping

    def deliver_due(self, *, now: datetime) -> int:
        """Spread and send what is due at `now`, for LONGEST_TICK at most; returns how many were handled."""
        tired = self._tired_after(LONGEST_TICK)
        moment = spread.Moment(now, self._timezone)
        spread.spread_due(EVENTS_A_TICK, moment, stopping=self._tired_after(LONGEST_SPREAD))
        handled = 0
        while not tired():
            parcels = deliveries.claim(BATCH, now=now)
            if not parcels:
                break
            for position, parcel in enumerate(parcels):
                if tired():
                    self._put_back(parcels[position:], now)
                    break
                self._deliver(parcel, now)
                handled += 1
        return handled

    def _tired_after(self, limit: timedelta) -> Callable[[], bool]:
        end = time.monotonic() + limit.total_seconds()
        return lambda: self._stopping() or time.monotonic() > end

    def _put_back(self, parcels: list[Parcel], now: datetime) -> None:
        for parcel in parcels:
            deliveries.put_back(parcel, at=now)

    def _deliver(self, parcel: Parcel, now: datetime) -> None:
        try:
            platform_id = self._transports[parcel.channel].send(parcel, now=now)
        except NotNow as busy:
            deliveries.put_back(parcel, at=busy.at)
        except Skipped as reason:
            deliveries.mark_skipped(parcel, str(reason))
        except PlatformFault as fault:
            self._after_fault(parcel, fault, now)
        except Exception as error:
            # one bad message must not stop the others; it comes back and ends as a dead letter that people see
            log.exception("delivery failed", delivery=parcel.id, rule=parcel.rule.name)
            deliveries.mark_later(parcel, type(error).__name__, ambiguous=True, retry_after=0, now=now)
        else:
            deliveries.mark_sent(parcel, platform_id=platform_id, now=now)
            log.info("sent", rule=parcel.rule.name, channel=str(parcel.channel), delivery=parcel.id)

    def _after_fault(self, parcel: Parcel, fault: PlatformFault, now: datetime) -> None:
        log.warning("refused", rule=parcel.rule.name, delivery=parcel.id, fault=str(fault), remedy=str(fault.remedy))
        if fault.permanent:
            deliveries.mark_dead(parcel, str(fault))
        else:
            deliveries.mark_later(
                parcel,
                str(fault),
                ambiguous=fault.ambiguous,
                retry_after=fault.retry_after,
                now=now,
            )
