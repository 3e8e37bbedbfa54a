"""Posts into WeCom groups through their robots, at the pace that the platform allows."""

import time
from datetime import datetime, timedelta

from backend.core.crypto import opened
from backend.core.database import in_unit_of_work
from backend.messaging import rates
from backend.messaging.deliveries import Parcel
from backend.messaging.models import GroupChat
from backend.messaging.outbox import enqueue
from backend.wechat import robots
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway
from bot.transports.carrier import NotNow, Skipped


class WeComRobots:
    """One bucket a robot, shared by all processes; a robot that was removed is disabled and its secretary told."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._refused: dict[str, tuple[datetime, int]] = {}

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Post one text to a group."""
        chat = parcel.group_chat
        assert chat is not None
        assert parcel.rule.write is not None
        key = opened(chat.robot_key)
        if chat.disabled_at is not None or key is None:
            raise Skipped("the robot is disabled")
        bucket = rates.bucket_of_robot(key)
        interval, began = rates.interval_of("rate_robot"), time.monotonic()
        free_at = rates.reserve(bucket, interval, now=now)
        if free_at is not None:
            raise NotNow(self._turn(bucket, free_at, interval, now))
        try:
            self._gateway.robots.post(key, robots.text(parcel.rule.write(parcel.facts).body))
        except PlatformFault as fault:
            self._settle(chat, bucket, fault, now)
            raise
        finally:
            rates.make_up(bucket, interval, timedelta(seconds=time.monotonic() - began), now=now)
        return None

    def _turn(self, bucket: str, free_at: datetime, interval: timedelta, now: datetime) -> datetime:
        """When to come again: of many that are refused at one moment, each at a time of its own, in their order.

        Only a hint that spares vain attempts; who may post is decided by the bucket alone.
        """
        asked_at, place = self._refused.get(bucket, (now, 0))
        place = place if asked_at == now else 0
        self._refused[bucket] = (now, place + 1)
        return free_at + place * interval

    def _settle(self, chat: GroupChat, bucket: str, fault: PlatformFault, now: datetime) -> None:
        if fault.remedy is Remedy.RETRY_LATER and fault.retry_after:
            rates.block(bucket, now + timedelta(seconds=fault.retry_after))
        if fault.remedy is Remedy.DISABLE_CHANNEL:
            disable(chat, reason=str(fault.errcode), now=now)
            raise Skipped(f"the robot was removed ({fault.errcode})") from fault


def disable(chat: GroupChat, *, reason: str, now: datetime) -> None:
    """Stop posting to a group and ask its secretary to mend it; done once."""

    def work() -> None:
        off = GroupChat.update(disabled_at=now, disabled_reason=reason).where(
            GroupChat.id == chat.id, GroupChat.disabled_at.is_null()
        )
        if off.execute():
            enqueue(
                "group.robot_disabled",
                {"group": chat.name, "reason": reason},
                key=f"robot-disabled:{chat.id}:{now.isoformat()}",
                organization_id=chat.organization_id,
                now=now,
            )

    in_unit_of_work(work)
