"""Rates shared by all processes: each bucket says when its next message may leave."""

from datetime import datetime, timedelta

from backend.messaging.models import RateBucket

# 20 a minute for each robot (wechat.md §D.1); a little slower, since whose minute counts is not documented
ROBOT_INTERVAL = timedelta(seconds=3.1)


def reserve(name: str, interval: timedelta, *, now: datetime) -> datetime | None:
    """Take the next slot of a bucket: None when it is free now, else the instant at which to come again."""
    RateBucket.insert(name=name, next_at=now).on_conflict_ignore().execute()
    taken = RateBucket.update(next_at=now + interval).where(
        RateBucket.name == name, RateBucket.next_at <= now
    )
    if taken.execute() == 1:
        return None
    next_at: datetime = RateBucket.get(RateBucket.name == name).next_at
    # a clock that jumped back must not silence a robot for ever
    return min(next_at, now + interval)


def block(name: str, until: datetime) -> None:
    """The platform says stop: nothing leaves before `until`."""
    RateBucket.update(next_at=until).where(RateBucket.name == name).execute()
