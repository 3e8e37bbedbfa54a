"""Rates shared by all processes: each bucket says when its next message may leave."""

from datetime import datetime, timedelta

from backend.messaging.models import RateBucket

# 20 a minute for each robot (wechat.md §D.1); a little slower, since whose minute counts is not documented
ROBOT_INTERVAL = timedelta(seconds=3.1)
# no pause is longer: a bucket that claims so was written before the clock was turned back
LONGEST_PAUSE = timedelta(hours=1)


def reserve(name: str, interval: timedelta, *, now: datetime) -> datetime | None:
    """Take the next slot of a bucket: None when it is free now, else the instant at which to come again."""
    RateBucket.insert(name=name, next_at=now).on_conflict_ignore().execute()
    free = (RateBucket.next_at <= now) | (RateBucket.next_at > now + LONGEST_PAUSE)
    taken = RateBucket.update(next_at=now + interval).where(RateBucket.name == name, free)
    if taken.execute() == 1:
        return None
    next_at: datetime = RateBucket.get(RateBucket.name == name).next_at
    return next_at


def block(name: str, until: datetime) -> None:
    """The platform says stop: nothing leaves before `until`, which is at most LONGEST_PAUSE away."""
    RateBucket.update(next_at=until).where(RateBucket.name == name).execute()
