"""A province on a Sunday: members with grants, branches with groups, a lesson for all of them; and bots to send it."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import peewee as pw

from backend.core.crypto import new_public_id
from backend.core.database import database, in_unit_of_work, supports_skip_locked, to_stored
from backend.messaging.models import Channel, GroupChat, MessageLimit, MessageTemplate
from backend.messaging.outbox import enqueue
from backend.people.models import Account, Member, Organization, WeChatIdentity
from bench.stage import ROOT, SINCE, many

APPID = "wx0d0e0a0b00000001"
FIELDS = {"thing1": "title", "name2": "lecturer", "time3": "at"}


# one row each for so many numbers, in statements of at most PORTION rows: nothing goes through this process
PORTION = 50_000
CROWD = (
    "INSERT INTO account (id, public_id, display_name, created_at) SELECT {base} + n, {name}, '某', '{now}'",
    "INSERT INTO wechat_identity (account_id, appid, openid, visited_at)"
    " SELECT {base} + n, '{appid}', {openid}, '{now}'",
    "INSERT INTO member (id, public_id, name, status, account_id, organization_id, created_at)"
    " SELECT {base} + n, {name}, '某', 'full', {base} + n, {first} + (n - 1) * {branches} {by} {members}, '{now}'",
    "INSERT INTO membership (member_id, organization_id, kind, since_on)"
    " SELECT {base} + n, {first} + (n - 1) * {branches} {by} {members}, 'home', '{since}'",
    "INSERT INTO subscription_grant (account_id, template_id, credits, changed_at)"
    " SELECT {base} + n, {template}, 1000, '{now}'",
)


def gather(members: int, groups: int, openid: Callable[[int], str] | None = None) -> Organization:
    """That many members with a grant each, in as many branches as there are groups, below one committee.

    They were entered branch by branch, as rosters are.
    `openid` gives what the platform calls the first, the second …, where it is more than `o-` and the account's id.
    """
    now = datetime.now(UTC)
    root: Organization = Organization.create(code="P", name="省委", kind="committee", path="0.", created_at=now)
    root.path = f"{root.id}."
    root.save()
    first = root.id + 1
    names = {"kind": "branch"}
    rows = range(first, first + groups)
    many(
        Organization, ({"id": n, "code": f"B{n}", "name": f"支部{n}", "path": f"{root.id}.{n}.", **names} for n in rows)
    )
    template = MessageTemplate.create(purpose="lesson_published", template_id="t" * 43, title="党课", fields=FIELDS)
    base = max(highest(Account.id), highest(Member.id))
    _enlist(members, base=base, first=first, branches=groups, template=template.id, now=to_stored(now))
    if openid:
        _rename(base, [openid(number) for number in range(members)])
    for branch in rows:
        _give_robot(branch, now)
    _at_any_hour()
    return root


def highest(number: pw.Field) -> int:
    """The highest id of a table; 0 while it is empty."""
    return int(number.model.select(pw.fn.MAX(number)).scalar() or 0)


def _enlist(members: int, *, base: int, **figures: object) -> None:
    database.execute_sql("CREATE TABLE bench_number (n BIGINT PRIMARY KEY)")
    database.execute_sql("INSERT INTO bench_number VALUES (1)")
    for power in range(members.bit_length()):
        database.execute_sql(f"INSERT INTO bench_number SELECT n + {2**power} FROM bench_number")  # noqa: S608
    if supports_skip_locked():
        words = {"name": f"CONCAT('bench', {base} + n)", "openid": f"CONCAT('o-', {base} + n)", "by": "DIV"}
    else:
        words = {"name": f"'bench' || ({base} + n)", "openid": f"'o-' || ({base} + n)", "by": "/"}
    words |= {"appid": APPID, "since": str(SINCE), "members": str(members)}
    for start in range(0, members, PORTION):
        these = f" FROM bench_number WHERE n > {start} AND n <= {min(start + PORTION, members)}"
        for statement in CROWD:
            with database.atomic():
                database.execute_sql(statement.format(base=base, **words, **figures) + these)


def _rename(base: int, openids: Sequence[str]) -> None:
    known = {"appid": APPID, "visited_at": datetime.now(UTC)}
    WeChatIdentity.delete().where(WeChatIdentity.account > base).execute()
    rows = ({"account": base + number, "openid": one, **known} for number, one in enumerate(openids, 1))
    many(WeChatIdentity, rows, dated=False)


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
        set_limit(code, value)


def set_limit(code: str, value: str) -> None:
    """Have a figure of `messaging.limits` for the length of the bench."""
    MessageLimit.delete().where(MessageLimit.code == code).execute()
    MessageLimit.create(code=code, value=value, unit="", source="bench")


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
