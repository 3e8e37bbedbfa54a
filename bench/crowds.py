"""A province on a Sunday: members with grants, branches with groups, a lesson for all of them; and bots to send it."""

import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, rows_of
from backend.messaging.models import Channel, GroupChat, MessageLimit, MessageTemplate, SubscriptionGrant
from backend.messaging.outbox import enqueue
from backend.people.models import Account, Member, Membership, Organization, WeChatIdentity
from bench.stage import ROOT, SINCE, many

APPID = "wx0d0e0a0b00000001"
FIELDS = {"thing1": "title", "name2": "lecturer", "time3": "at"}


def gather(members: int, groups: int) -> Organization:
    """That many members with a grant each, in as many branches as there are groups, below one committee."""
    now = datetime.now(UTC)
    root: Organization = Organization.create(code="P", name="省委", kind="committee", path="0.", created_at=now)
    Organization.update(path=f"{root.id}.").where(Organization.id == root.id).execute()
    rows = range(groups)
    names = {"kind": "branch"}
    many(Organization, ({"code": f"B{n}", "name": f"支部{n}", "path": f"{root.id}.b{n}.", **names} for n in rows))
    branches = [row[0] for row in rows_of(Organization.select(Organization.id).where(Organization.id != root.id))]
    many(Account, ({"public_id": new_public_id(), "display_name": "某"} for _ in range(members)))
    accounts = [row[0] for row in rows_of(Account.select(Account.id).order_by(Account.id))]
    many(
        WeChatIdentity,
        ({"account": a, "appid": APPID, "openid": f"o-{a}", "visited_at": now} for a in accounts),
        dated=False,
    )
    homes = {account: branches[place % len(branches)] for place, account in enumerate(accounts)}
    person = {"name": "某", "status": "full"}
    many(Member, ({"public_id": new_public_id(), "account": a, "organization": homes[a], **person} for a in accounts))
    joined = rows_of(Member.select(Member.id, Member.organization))
    home = {"kind": "home", "since_on": SINCE}
    many(Membership, ({"member": one, "organization": branch, **home} for one, branch in joined), dated=False)
    template = MessageTemplate.create(purpose="lesson_published", template_id="t" * 43, title="党课", fields=FIELDS)
    granted = {"template": template.id, "credits": 1_000, "changed_at": now}
    many(SubscriptionGrant, ({"account": one, **granted} for one in accounts), dated=False)
    for branch in branches:
        _give_robot(branch, now)
    _at_any_hour()
    root.path = f"{root.id}."
    return root


def _give_robot(organization_id: int, now: datetime) -> None:
    named = {"public_id": new_public_id(), "name": "群", "channel": Channel.WECOM_ROBOT, "created_at": now}
    one = GroupChat.create(organization=organization_id, **named)
    one.robot_key = f"robot-{one.id}"
    one.save()


def announce(root: Organization, groups: int, posts: int) -> None:
    """Some groups of the committee itself, and more posts to each of them than a robot may send at once."""
    now = datetime.now(UTC)
    for _ in range(groups):
        _give_robot(root.id, now)
    for number in range(posts):
        facts = {"kind": "主题党日", "title": f"第{100 + number}课", "starts_at": now.isoformat(), "activity": "a"}
        key = f"post:{number}"
        in_unit_of_work(partial(enqueue, "activity.cancelled", facts, key=key, organization_id=root.id, now=now))


def _at_any_hour() -> None:
    """No quiet hours and no cap: a measurement may be made at night and many times."""
    for code, value in (("quiet_from", "23:59:59"), ("quiet_until", "00:00"), ("daily_cap", "1000")):
        MessageLimit.delete().where(MessageLimit.code == code).execute()
        MessageLimit.create(code=code, value=value, unit="时刻", source="bench")


def publish(root: Organization, number: int = 0) -> None:
    """One Sunday lesson for everybody below."""
    now = datetime.now(UTC)
    sunday = (now + timedelta(weeks=number)).date()
    facts = {"id": "lesson", "title": f"第{number}课", "lecturer": "吴远", "minutes": 5, "organization": root.name}
    more = {"publish_on": sunday.isoformat(), "at": now.isoformat()}
    key = f"lesson:{number}"
    in_unit_of_work(lambda: enqueue("lesson.published", {**facts, **more}, key=key, organization_id=root.id, now=now))


@dataclass
class Bots:
    """Bot processes on one database."""

    environ: dict[str, str]
    count: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def fill_up(self) -> None:
        """Start as many as are missing."""
        self.running = [bot for bot in self.running if bot.poll() is None]
        while len(self.running) < self.count:
            command, null = [sys.executable, "-m", "bot"], subprocess.DEVNULL
            self.running.append(subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=null, stderr=null))

    def stop(self) -> None:
        """End all in good order."""
        for bot in self.running:
            bot.terminate()
        for bot in self.running:
            bot.wait(120)
        self.running = []
