"""`make soak`: thousands of messages through outbox, relay and emulator while one call in twenty goes wrong.

Afterwards every row is accounted for: delivered, dead, skipped and pending add up to what was queued, and what a
person or a group received twice is marked so. Time is virtual, so that hours of back-off take a minute.
"""

import logging
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import click
import structlog

from backend.core.crypto import new_public_id, opened
from backend.core.database import connected, in_unit_of_work, rows_of
from backend.core.settings import Settings, load_settings
from backend.messaging.models import (
    Channel,
    Delivery,
    DeliveryState,
    GroupChat,
    MessageTemplate,
    OutboxEvent,
    SubscriptionGrant,
)
from backend.messaging.outbox import enqueue
from backend.people.models import Account, Organization, WeChatIdentity
from backend.wechat.gateway import Gateway
from bench.emulated import APPID, SECRET, Emulator, emulated
from bench.stage import many, scratch
from bot.process import transports_for
from bot.relay import Relay

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TEMPLATE = "tmpl-activity-notice-000000000000000000000001"
FIELDS = {"thing1": "title", "time2": "starts_at", "thing3": "place"}
EVENTS, ROBOTS = 20, 25
EACH_GETS = 4  # events that tell one person something
LONGEST = timedelta(days=2)

# what goes wrong, and at every how many calls: 5 in 100 in all, and now and then a token that a rival replaced
SEND_FAULTS: tuple[tuple[int, dict[str, Any]], ...] = (
    (50, {"errcode": -1}),
    (200, {"errcode": 43101}),
    (200, {"errcode": 47003}),
    (200, {"drop": True}),
    (200, {"drop": True, "after": True}),
    (200, {"http": 502}),
    (200, {"truncate": True, "after": True}),
    (1000, {"errcode": 40001}),
)
POST_FAULTS: tuple[tuple[int, dict[str, Any]], ...] = (
    (50, {"errcode": -1}),
    (100, {"errcode": 45009}),
    (200, {"drop": True}),
    (200, {"drop": True, "after": True}),
    (200, {"http": 502}),
    (200, {"truncate": True, "after": True}),
)


def order_faults(platform: Emulator) -> None:
    """From now on one call in twenty goes wrong."""
    for path, faults in (("/cgi-bin/message/subscribe/send", SEND_FAULTS), ("/cgi-bin/webhook/send", POST_FAULTS)):
        for every, what in faults:
            platform.control("faults", path=path, every=every, times=None, **what)


def enter(platform: Emulator, people: int) -> Organization:
    """People with grants on both sides' books, groups with robots."""
    branch: Organization = Organization.create(code="S", name="支部", kind="branch", path="1.", created_at=START)
    template = MessageTemplate.create(purpose="activity_notice", template_id=TEMPLATE, title="提醒", fields=FIELDS)
    many(Account, ({"public_id": new_public_id(), "display_name": f"p{n}"} for n in range(people)))
    accounts = [row[0] for row in rows_of(Account.select(Account.id).order_by(Account.id))]
    openids = platform.look("world")["openids"]
    seen = {"appid": APPID, "visited_at": START}
    known = zip(accounts, range(people), strict=True)
    rows = [{"account": a, "openid": openids[f"p{n}"]["miniprogram"], **seen} for a, n in known]
    many(WeChatIdentity, rows, dated=False)
    granted = {"template": template.id, "credits": EACH_GETS, "changed_at": START}
    many(SubscriptionGrant, [{"account": one, **granted} for one in accounts], dated=False)
    for _ in range(EACH_GETS):
        platform.control("subscribe", users=[f"p{n}" for n in range(people)], template_id=TEMPLATE)
    for number in range(ROBOTS):
        GroupChat.create(
            public_id=new_public_id(),
            organization=branch,
            name=f"群{number}",
            channel=Channel.WECOM_ROBOT,
            robot_key=f"robot-{number:08}-key",
            created_at=START,
        )
    return branch


def tell(branch: Organization) -> None:
    """Queue all messages: each event invites its share of the people and reaches every group."""
    accounts = [row[0] for row in rows_of(Account.select(Account.id).order_by(Account.id))]
    for number in range(EVENTS):
        share = [one for place, one in enumerate(accounts) if (place - number) % EVENTS < EACH_GETS]
        in_unit_of_work(partial(_tell, branch, number, share))


def _tell(branch: Organization, number: int, share: list[int]) -> None:
    facts = {
        "activity": "mfrggzdfmztwq2lk",
        "kind": "主题党日",
        "title": f"第{number}次活动",  # by which a received message is known again
        "place": "党群服务中心",
        "starts_at": "2026-11-27T09:30:00+08:00",
        "urgent": True,  # the groups get every post, not one digest a day
    }
    people, key = {"invited": share}, f"soak:{number}"
    enqueue("activity.planned", facts, key=key, organization_id=branch.id, people=people, now=START)


def deliver(relay: Relay, platform: Emulator, now: list[datetime]) -> tuple[datetime, int]:
    """Let the bot work until nothing is pending; returns when that was, in virtual time, and how often it beat."""
    beats = 0
    while now[0] - START < LONGEST:
        platform.control("clock", at=now[0].isoformat())
        relay.deliver_due(now=now[0])
        beats += 1
        coming = (
            Delivery.select(Delivery.available_at)
            .where(Delivery.state == DeliveryState.PENDING)
            .order_by(Delivery.available_at)
            .first()
        )
        if coming is None and not OutboxEvent.select().where(OutboxEvent.spread_at.is_null()).exists():
            break
        now[0] = max(now[0] + timedelta(seconds=1), coming.available_at if coming else now[0])
    return now[0], beats


@dataclass(frozen=True)
class Books:
    """What became of the deliveries of one channel, beside what the platform received."""

    channel: Channel
    queued: int
    states: Counter[str]
    received: int
    marked: int  # as perhaps sent twice
    doubled: int  # received more than once
    silent: int  # lost, or received when it should not have been, and nothing says so

    @property
    def add_up(self) -> bool:
        """Whether every row is accounted for, and nothing was lost or came twice in silence."""
        return self.states.total() == self.queued and not self.silent

    def lines(self) -> str:
        """Two lines for people."""
        parts = " + ".join(f"{self.states[state]} {state}" for state in DeliveryState)
        return (
            f"{self.channel:<18} {self.queued} queued = {parts}: {'adds up' if self.add_up else 'DOES NOT ADD UP'}\n"
            f"{'':<18} {self.received} received, {self.doubled} of them more than once;"
            f" {self.marked} marked as perhaps twice; {self.silent} lost or doubled in silence"
        )


def books_of(channel: Channel, queued: int, platform: Emulator) -> Books:
    """Go through all rows of a channel with what the platform received at hand."""
    received = _received(channel, platform)
    total, targets = received.total(), _targets(channel)
    states, marked, doubled, silent = Counter[str](), 0, 0, 0
    for row in Delivery.select(Delivery, OutboxEvent).join(OutboxEvent).where(Delivery.channel == channel):
        count = received.pop((targets[row.target], row.event.facts["title"]), 0)
        states[str(row.state)] += 1
        marked += row.maybe_twice
        doubled += count > 1
        silent += not row.maybe_twice and count != (row.state == DeliveryState.SENT)
    return Books(channel, queued, states, total, marked, doubled, silent + received.total())


def _received(channel: Channel, platform: Emulator) -> Counter[tuple[str, str]]:
    """How often each target received each title."""
    found: Counter[tuple[str, str]] = Counter()
    for one in platform.look("sent", channel=str(channel)):
        text = one["lines"][0][1] if channel is Channel.SUBSCRIBE_MESSAGE else one["text"].split("】")[1]
        found[one["openid"] or one["robot"], text.splitlines()[0]] += 1
    return found


def _targets(channel: Channel) -> dict[str, str]:
    """By what the platform calls our targets: the openid of an account, the key of a group's robot."""
    if channel is Channel.SUBSCRIBE_MESSAGE:
        rows = rows_of(WeChatIdentity.select(WeChatIdentity.account, WeChatIdentity.openid))
        return {f"account:{account}": openid for account, openid in rows}
    return {f"group:{chat.id}": str(opened(chat.robot_key)) for chat in GroupChat.select()}


def soak(settings: Settings, platform: Emulator, people: int) -> list[Books]:
    """Queue, deliver through all faults, account for it."""
    branch = enter(platform, people)
    order_faults(platform)
    tell(branch)
    now = [START]
    gateway = Gateway(settings, lambda: now[0])
    relay = Relay(transports_for(settings, gateway), settings.timezone, lambda: False)
    started = time.perf_counter()
    ended, beats = deliver(relay, platform, now)
    took = time.perf_counter() - started
    faults = platform.look("faults")
    injected, calls = sum(one["fired"] for one in faults), max(one["seen"] for one in faults)
    click.echo(
        f"{injected} faults at about {calls} calls; {ended - START} of virtual time in {took:.0f} s, {beats} beats"
    )
    return [
        books_of(Channel.SUBSCRIBE_MESSAGE, people * EACH_GETS, platform),
        books_of(Channel.WECOM_ROBOT, EVENTS * ROBOTS, platform),
    ]


@click.command()
@click.option("--messages", default=10_000, show_default=True, help="service notifications")
@click.option("--database", "kind", default="sqlite", show_default=True, type=click.Choice(["sqlite", "mariadb"]))
def main(messages: int, kind: str) -> None:
    """Send, with 5 % of faults, and account for every row; fails when the books do not add up."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    people = messages // EACH_GETS
    with (
        scratch(kind) as (environ, folder),
        emulated(folder, people, {f"robot-{n:08}-key": f"群{n}" for n in range(ROBOTS)}) as platform,
    ):
        urls = {"WECHAT_API_URL": f"{platform.url}/wx", "WECOM_API_URL": f"{platform.url}/qy"}
        app = {"MINIPROGRAM_APPID": APPID, "MINIPROGRAM_SECRET": SECRET}
        with connected():
            books = soak(load_settings({**environ, **urls, **app}), platform, people)
    for one in books:
        click.echo(one.lines())
    sys.exit(not all(one.add_up for one in books))


if __name__ == "__main__":
    main()
