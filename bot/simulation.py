"""Trying out a date: what the bot would send at that moment, shown and undone, nothing sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import click
import peewee as pw

from backend.core.database import connected, rehearsal, rows_of
from backend.core.files import FileStore
from backend.core.settings import Settings
from backend.learning.lessons.due import LessonCodes
from backend.messaging import spread
from backend.messaging.models import Delivery, DeliveryState, GroupChat, InboxMessage, OutboxEvent
from backend.messaging.readers import Moment
from backend.messaging.rules import BY_NAME
from bot.jobs import jobs_for
from bot.process import prepare

CHANNEL_NAMES = {
    "subscribe_message": "微信服务通知",
    "wecom_robot": "企业微信群",
    "customer_group": "待群主确认的企业微信客户群",
    "manual_forward": "待人工转发的微信群",
    "content_check": "内容检查",
    "inbox": "站内信",
}
EVENTS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Outgoing:
    """Messages of one kind by one channel; persons are counted, groups are named."""

    channel: str
    count: int
    groups: tuple[str, ...]
    title: str
    body: str


def show(settings: Settings, at: datetime) -> None:
    """Print what would be sent at `at`, most of it as counts: nobody's name is shown. Raises NotMigrated."""
    prepare(settings)
    with connected():
        found = rehearse(settings, at)
    tell(found, at.astimezone(settings.timezone))


def tell(found: Sequence[Outgoing], at: datetime) -> None:
    """Print what was found for a local time."""
    click.echo(f"{at:%Y-%m-%d %H:%M} 会发出 {len(found)} 种消息（模拟，未发送）")
    for one in found:
        to = "、".join(one.groups) if one.groups else f"{one.count} 人"
        click.echo(f"\n[{CHANNEL_NAMES[one.channel]} → {to}] {one.title}\n{one.body}")


def rehearse(settings: Settings, at: datetime) -> list[Outgoing]:
    """Ask every job at `at`, spread what is waiting, read what is due, and undo it all."""
    moment = Moment(at, settings.timezone)
    with rehearsal():
        last_inbox = InboxMessage.select(pw.fn.MAX(InboxMessage.id)).scalar() or 0
        codes = LessonCodes(settings.public_url)
        for job in jobs_for(FileStore(settings.media_root), settings.timezone, codes):
            if job.speaks:  # the others only tidy up, and files do not come back by a rollback
                job.ask(now=at)
        while spread.spread_due(EVENTS_AT_ONCE, moment) or spread.spread_ranges(moment):
            pass
        return [*_inbox_copies(last_inbox), *_deliveries(at)]


def _inbox_copies(after: int) -> Iterator[Outgoing]:
    rows = (
        InboxMessage.select(InboxMessage.title, InboxMessage.body, pw.fn.COUNT(InboxMessage.id))
        .where(InboxMessage.id > after)
        .group_by(InboxMessage.event, InboxMessage.title, InboxMessage.body)
    )
    for title, body, count in rows_of(rows):
        yield Outgoing("inbox", count, (), title, body)


def _deliveries(at: datetime) -> Iterator[Outgoing]:
    due = (Delivery.state == DeliveryState.PENDING) & (Delivery.available_at <= at)
    rows = (
        Delivery.select(Delivery.event, Delivery.rule, Delivery.channel, pw.fn.COUNT(Delivery.id))
        .where(due)
        .group_by(Delivery.event, Delivery.rule, Delivery.channel)
        .order_by(pw.fn.MIN(Delivery.id))
    )
    for event_id, rule_name, channel, count in rows_of(rows):
        groups = (
            Delivery.select(GroupChat.name)
            .join(GroupChat)
            .where(due, Delivery.event == event_id, Delivery.rule == rule_name, Delivery.channel == channel)
        )
        rule = BY_NAME.get(rule_name)
        if rule is not None and rule.write is not None:
            text = rule.write(OutboxEvent.get_by_id(event_id).facts)
            yield Outgoing(channel, count, tuple(row[0] for row in rows_of(groups)), text.title, text.body)
