"""Rates shared by all processes on all machines: a bucket says when its next message may leave.

Whoever takes turns moves the bucket on by as many, so two takers never hold the same instant, whatever their number;
and one small transaction is enough for all turns of a moment. Machines keep the same time (NTP): the turns of
one that is ahead begin earlier by that much.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from backend.core.crypto import digest
from backend.core.database import hold_rows, in_unit_of_work
from backend.messaging.models import MessageLimit, RateBucket
from backend.tally.rules import Rule

OWN_ADVICE = "本系统建议：平台只公布每天 1000 万条；同时收到就会同时打开，慢一点自家服务器接得住"

# code → messages or calls in the time and of the sender that the unit names; the code's row in message_limit wins
RATES = {
    "rate_notify": Rule("60000", "条/分钟/小程序", OWN_ADVICE),
    "rate_check_text": Rule("4000", "次/分钟/小程序", "微信 msg_sec_check 接口限制"),
    "rate_check_file": Rule("2000", "次/分钟/小程序", "微信 media_check_async 接口限制"),
    "rate_robot": Rule("20", "条/分钟/机器人", "企业微信群机器人限制"),
    "customer_group_posts": Rule("1", "条/天/客户群", "企业微信客户群群发限制：最严的一档每天 1 条"),
}
# no pause is longer: a bucket that claims so was written before the clock was turned back
LONGEST_PAUSE = timedelta(hours=1)
# turns further ahead are not given away, so that nobody waits long behind what another process has taken
AHEAD = timedelta(seconds=1)
# so much longer is every pause than the limit asks for, so that any second at the platform holds the limit, wherever it
# begins: a turn may be used 30 ms late (wechat/bulk.py), and a message may be on its way 70 ms longer than the next
SLOWER = 1.1


@dataclass(frozen=True)
class Turns:
    """So many messages may leave: the first at an instant, then one each interval. None of them: ask again then."""

    first: datetime
    count: int
    interval: timedelta


def interval_for(per_minute: int) -> timedelta:
    """The pause between two messages that keeps a limit per minute."""
    return timedelta(minutes=1) * SLOWER / max(1, per_minute)


def interval_of(code: str) -> timedelta:
    """The pause that keeps the rate of this code, as the installation has it."""
    return interval_for(figure_of(code))


def figure_of(code: str) -> int:
    """The figure of this code, as the installation has it."""
    row = MessageLimit.get_or_none(MessageLimit.code == code)
    return int(row.value if row else RATES[code].value)


def seed_rates() -> int:
    """Write the default rows that are missing; returns how many were written."""
    known = {row.code for row in MessageLimit.select(MessageLimit.code)}
    rows = [
        {"code": code, "value": rule.value, "unit": rule.unit, "source": rule.source}
        for code, rule in RATES.items()
        if code not in known
    ]
    if rows:
        MessageLimit.insert_many(rows).execute()
    return len(rows)


def bucket_of_app(call: str, appid: str) -> str:
    """What all processes share for one kind of call of one app."""
    return f"app:{call}:{appid}"


def bucket_of_robot(key: str) -> str:
    """The bucket of a robot, however many of our groups it posts to; its key is not in the name."""
    return f"robot:{digest(key)[:40]}"


def take_turns(name: str, interval: timedelta, wanted: int, *, now: datetime) -> Turns:
    """Take up to `wanted` turns that come within AHEAD, at least one if any does."""
    return in_unit_of_work(partial(_take, name, interval, wanted, now))


def _take(name: str, interval: timedelta, wanted: int, now: datetime) -> Turns:
    first = max(_next_at(name, now), now)
    if first > now + AHEAD:
        return Turns(first - AHEAD, 0, interval)
    count = max(1, min(wanted, AHEAD // interval))
    RateBucket.update(next_at=first + count * interval).where(RateBucket.name == name).execute()
    return Turns(first, count, interval)


def _next_at(name: str, now: datetime) -> datetime:
    """When the bucket is free, held to the end of the unit of work."""
    found = _held(name)
    if found is None:
        RateBucket.insert(name=name, next_at=now).on_conflict_ignore().execute()
        found = _held(name)
    assert found is not None
    return now if found > now + LONGEST_PAUSE else found


def _held(name: str) -> datetime | None:
    row: RateBucket | None = hold_rows(RateBucket.select().where(RateBucket.name == name)).first()
    return row.next_at if row else None


def reserve(name: str, interval: timedelta, *, now: datetime) -> datetime | None:
    """Take the next slot of a bucket: None when it is free now, else the instant at which to come again."""
    return in_unit_of_work(partial(_reserve, name, interval, now))


def _reserve(name: str, interval: timedelta, now: datetime) -> datetime | None:
    next_at = _next_at(name, now)
    if next_at > now:
        return next_at
    RateBucket.update(next_at=now + interval).where(RateBucket.name == name).execute()
    return None


def make_up(name: str, interval: timedelta, took: timedelta, *, now: datetime) -> None:
    """A message whose slot was taken now took so long: beyond what SLOWER keeps in hand, the next one waits for it."""
    if took > interval * (1 - 1 / SLOWER):
        block(name, now + took + interval)


def block(name: str, until: datetime) -> None:
    """The platform says stop: nothing leaves before `until`, which is at most LONGEST_PAUSE away."""
    stop = RateBucket.update(next_at=until).where(RateBucket.name == name, RateBucket.next_at < until)
    in_unit_of_work(stop.execute)
