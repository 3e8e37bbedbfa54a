"""A province: 21 cities, 183 counties, branches and members from files, then what each query costs there.

`python -m bench.province --database sqlite|mariadb`; BENCH_SCALE is how many members (100,000; 2,000,000 is a whole
province). The first 100,000 (`--imported`) come through the import and are timed, what is beyond them is written
straight into the tables. Prints the plan of each query and its time against a primary-key read.
"""

import csv
import logging
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from backend.core.crypto import digest, new_public_id
from backend.core.database import database, rows_of
from backend.membership.headcounts.due import count_members
from backend.membership.headcounts.reading import read_count
from backend.people import directory
from backend.people.access import find_caller, find_organization
from backend.people.models import AccessToken, Account, Member, Organization, OrganizationPost
from backend.people.permissions import Caller
from backend.people.roster.importing import Import, import_roster
from backend.people.roster.pinyin import search_keys
from backend.people.schemas import MemberQuery, OrganizationQuery
from backend.people.tree.finding import list_organizations
from backend.people.tree.history import Deed
from backend.people.tree.importing import import_organizations
from backend.people.tree.members import list_members_below
from backend.tally.due import fold
from bench.stage import scratch

CITIES, COUNTIES = 21, 183
WHOLE_PROVINCE = 2_000_000
FILE_ROWS = 100_000
WRITTEN_AT_ONCE = 2_000
ROUNDS = 30
ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 23)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹"
    "彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志强文慧晓红春梅雪松林海波云龙飞宇航子涵思雨一诺嘉怡浩然"
)
PLACES = "东西南北中上下大小新老清白红青龙凤虎鹤山水河江湖溪桥石竹松梅兰菊桃柳杨槐坝坪湾沟岭峰寨营铺场"


def write_tree(folder: Path, branches: int) -> Path:
    """The organisations of the province in one file."""
    chance = random.Random(2026)
    tree = folder / "tree.csv"
    with tree.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(("组织代码", "组织名称", "组织类别", "上级组织代码", "层级", "领域", "行政区划代码"))
        lines.writerow(("P", "中共巴山省委", "党委", "", "省级", "", "510000"))
        for city in range(CITIES):
            lines.writerow((f"C{city}", f"中共{_place(chance)}市委", "党委", "P", "市级", "", f"51{city + 1:02}00"))
        for county in range(COUNTIES):
            above = f"C{county % CITIES}"
            lines.writerow((f"X{county}", f"中共{_place(chance)}县委", "党委", above, "县级", "", f"51{county:04}"))
        for branch in range(branches):
            name = f"{_place(chance)}{chance.choice(('社区', '村', '镇'))}{_place(chance)}党支部"
            lines.writerow((f"B{branch}", name, "党支部", f"X{branch % COUNTIES}", "基层", "村", ""))
    return tree


def _place(chance: random.Random) -> str:
    return "".join(chance.choices(PLACES, k=chance.choice((2, 2, 3))))


def _roster(folder: Path, numbers: range, branch_of: Callable[[int], int]) -> Path:
    chance = random.Random(numbers.start)
    path = folder / f"roster{numbers.start}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(("姓名", "公民身份号码", "手机号码", "人员类别", "入党日期", "党组织代码"))
        for member in numbers:
            phone, branch = f"139{member:08}", f"B{branch_of(member)}"
            lines.writerow((_name(chance), _identity(member), phone, "正式党员", "2010-07-01", branch))
    return path


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))


def _identity(number: int) -> str:
    day = date(1950, 1, 1) + timedelta(days=number // 999 % 18_000)
    body = f"51{1600 + number // 999 // 18_000:04}{day:%Y%m%d}{number % 999 + 1:03}"
    return body + "10X98765432"[sum(int(d) * weight for d, weight in zip(body, WEIGHTS, strict=True)) % 11]


def load(folder: Path, members: int, say: Callable[[str], None], *, imported: int) -> None:
    """Generate the files and take them in as the commands do."""
    now = datetime.now(UTC)
    branches = max(COUNTIES, members * 3 // 100)
    tree = write_tree(folder, branches)
    began = time.monotonic()
    outcome = import_organizations(tree, Deed(None, None, TODAY, now), dry_run=False)
    say(f"organisations: {outcome.created:,} in {time.monotonic() - began:.1f} s")

    def branch_of(member: int) -> int:
        return member * branches // members

    through_import = min(members, imported)
    took = 0.0
    for start in range(0, through_import, FILE_ROWS):
        path = _roster(folder, range(start, min(start + FILE_ROWS, through_import)), branch_of)
        began = time.monotonic()
        outcome = import_roster(path, Import(find_organization("P"), None, TODAY, now), dry_run=False)
        took += time.monotonic() - began
        if not outcome.applied:
            raise click.ClickException(str(outcome.faults[:3]))
    say(f"members by import: {through_import:,} in {took:.1f} s, {through_import / took:,.0f} a second")
    _write_members(range(through_import, members), branch_of)
    if database.obj.param == "%s":  # what MariaDB does by itself after a while; SQLite is never asked to
        database.execute_sql("ANALYZE TABLE organization, member, membership, organization_gram")


def _write_members(numbers: range, branch_of: Callable[[int], int]) -> None:
    """The rest of the province as rows, without what no query of this bench reads."""
    ids = dict(rows_of(Organization.select(Organization.code, Organization.id)))
    chance, mark = random.Random(7), database.obj.param
    keys = cache(search_keys)
    names = "public_id, name, status, organization_id, name_pinyin, name_initials, created_at"
    stamp = "2026-01-01 00:00:00.000000"
    for start in range(numbers.start, numbers.stop, WRITTEN_AT_ONCE):
        values: list[Any] = []
        part = range(start, min(start + WRITTEN_AT_ONCE, numbers.stop))
        for number in part:
            name = _name(chance)
            values += (f"{number:016}", name, "full", ids[f"B{branch_of(number)}"], *keys(name), stamp)
        marks = ", ".join([f"({', '.join([mark] * 7)})"] * len(part))
        with database.atomic():
            database.execute_sql(f"INSERT INTO member ({names}) VALUES {marks}", values)  # noqa: S608 - our own words
    database.execute_sql(
        "INSERT INTO membership (member_id, organization_id, kind, since_on) SELECT id, organization_id, 'home',"
        " '2026-01-01' FROM member WHERE identity_index IS NULL"
    )


def officer(code: str) -> str:
    """The token of an officer of an organisation."""
    now, token = datetime.now(UTC), f"bench-{code}"
    organization = find_organization(code)
    account = Account.create(public_id=new_public_id(), display_name="某", organization=organization, created_at=now)
    AccessToken.create(
        digest=digest(token), account=account, channel="bench", created_at=now, expires_at=now + timedelta(days=1)
    )
    OrganizationPost.create(organization=organization, account=account, role="county_officer", starts_on=TODAY)
    return token


@dataclass(frozen=True)
class Question:
    """Something that is asked, by name."""

    name: str
    ask: Callable[[], Any]


def questions(caller: Caller, token: str) -> list[Question]:
    """What is measured; the first is what the others are compared with."""
    county, branch = find_organization("X7"), find_organization("B7")
    some = Member.select().where(Member.organization == branch.id).limit(1).get()
    typed = some.name_initials

    def below(code: str, **query: Any) -> Callable[[], Any]:
        return lambda: list_members_below(caller, code, MemberQuery(below=True, **query))

    def tree(**query: Any) -> Callable[[], Any]:
        return lambda: list_organizations(caller, OrganizationQuery(**query))

    def roster(**query: Any) -> Callable[[], Any]:
        return lambda: directory.list_members(caller, branch.code, MemberQuery(**query), today=TODAY)

    return [
        Question("primary-key read of a member", lambda: Member.get_by_id(some.id)),
        Question("caller by token", lambda: find_caller(token, timezone=ZONE, now=datetime.now(UTC))),
        Question("organisations below a county, 20", tree(under=county.code)),
        Question("organisations below the province, 20", tree(under="P")),
        Question("organisations by part of a name, everywhere", tree(q=branch.name[1:5])),
        Question("organisations by a name nobody has", tree(q="党支部社区")),
        Question("organisations by part of a name, in a county", tree(q="党支部", under=county.code)),
        Question("roster page of a branch, 20", roster()),
        Question("roster of a branch by initials", roster(q=typed)),
        Question("members below a county, 20", below(county.code)),
        Question("members below the province, 20", below("P")),
        Question("members of a county by initials", below(county.code, q="zw")),
        Question("members of a county by pinyin", below(county.code, q="zhangwei")),
        Question("members of a county by name", below(county.code, q="张伟")),
        Question("members of the province by name, one page", below("P", q="张伟")),
        Question("members counted below a county", lambda: read_count(caller, county.code)),
        Question("members counted below the province", lambda: read_count(caller, "P")),
    ]


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.statements: list[tuple[str, Sequence[Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a statement with its values."""
        if isinstance(record.msg, tuple) and record.msg[0].lstrip().startswith("SELECT"):
            self.statements.append((record.msg[0], record.msg[1] or ()))


@contextmanager
def _listening() -> Iterator[_Heard]:
    logger, heard = logging.getLogger("peewee"), _Heard()
    level, logger.propagate = logger.level, False
    logger.addHandler(heard)
    logger.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)
        logger.setLevel(level)
        logger.propagate = True


def plan_of(sql: str, values: Sequence[Any]) -> list[str]:
    """How the database would go about a statement, a line a step."""
    if database.obj.param == "%s":
        rows = database.execute_sql("EXPLAIN " + sql, values).fetchall()
        return [
            " ".join(str(cell) for cell in (row[2], row[3], row[5], f"rows={row[8]}", row[9] or "")) for row in rows
        ]
    return [str(row[3]) for row in database.execute_sql("EXPLAIN QUERY PLAN " + sql, values).fetchall()]


def measure(asked: Question) -> float:
    """The shortest time of asking, in microseconds: whatever else runs on the machine only adds to it."""
    asked.ask()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        asked.ask()
        times.append(time.perf_counter() - began)
    return min(times) * 1e6


def report(asked: Sequence[Question], say: Callable[[str], None], *, plans: bool) -> None:
    """Each question with its time as a multiple of the first one's, and the plans of its statements."""
    unit = measure(asked[0])
    for question in asked:
        took = measure(question)
        say(f"{question.name:<48}{took / 1000:>9.2f} ms  × {took / unit:>7.1f}")
        if plans:
            with _listening() as heard:
                question.ask()
            for sql, values in heard.statements:
                for line in plan_of(sql, values):
                    say(f"      {line}")


def measure_move(say: Callable[[str], None]) -> None:
    """How long it takes to rewrite the paths of a whole county, tried out and undone."""
    from backend.people.access import in_subtree
    from backend.people.tree.moving import rewrite_paths

    county, city = find_organization("X7"), find_organization("C9")
    size = Organization.select().where(in_subtree(Organization.path, county.path)).count()
    with database.atomic() as transaction:
        began = time.perf_counter()
        rewrite_paths(in_subtree(Organization.path, county.path), county.path, f"{city.path}{county.id}.")
        took = time.perf_counter() - began
        transaction.rollback()
    say(f"moving a county with {size} organisations: {took * 1000:.1f} ms")


@click.command()
@click.option("--database", "kind", default="sqlite", type=click.Choice(["sqlite", "mariadb"]))
@click.option("--plans/--no-plans", default=True, help="print the plans, too")
@click.option("--imported", default=100_000, show_default=True, help="how many members come through the import")
def main(kind: str, plans: bool, imported: int) -> None:
    """Load a province on a scratch database and ask."""
    members = int(os.environ.get("BENCH_SCALE", 100_000))
    say = click.echo
    with scratch(kind) as (_environ, folder):
        say(f"{kind}: {members:,} members, {members / WHOLE_PROVINCE:.0%} of a province")
        load(folder, members, say, imported=imported)
        token = officer("P")
        caller = find_caller(token, timezone=ZONE, now=datetime.now(UTC))
        count_members(now=datetime.now(UTC))
        while fold(now=datetime.now(UTC)):
            pass
        report(questions(caller, token), say, plans=plans)
        measure_move(say)


if __name__ == "__main__":
    main()
