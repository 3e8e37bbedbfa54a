"""`python -m bench.months`: what a check-in and a county's month cost when there are few check-ins and when many.

For each scale a county of 183 branches with so many check-ins; then the same requests over HTTP in this process:
statements besides BEGIN and COMMIT, and the median time over rounds in turn. `--database mariadb` by default
(TEST_DATABASE_URL names the server), `--scale` twice or more (10,000 and 10,000,000 unless given). Nothing passes
or fails.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask.testing import FlaskClient

from backend.app import create_app
from backend.branch_life.activities import codes
from backend.branch_life.activities.lookup import rows_of_activity
from backend.branch_life.activities.models import Activity, CheckIn
from backend.branch_life.duties.due import generate_duties
from backend.core.crypto import new_public_id
from backend.core.database import bind_database, connected, database, in_unit_of_work, insert_row, rows_of
from backend.core.settings import load_settings
from backend.people.models import Account, Member, Organization, OrganizationPost, Role
from backend.tally.due import fold
from bench.stage import SINCE, Stage, fill, many, scratch
from bench.statements import counted

MEMBERS, SIBLINGS, ASKED, ROUNDS, AT_ONCE = 500, 182, 100, 5, 100_000
SHANGHAI = ZoneInfo("Asia/Shanghai")
Result = dict[str, tuple[int, float]]


@click.command()
@click.option("--database", "kind", type=click.Choice(["sqlite", "mariadb"]), default="mariadb")
@click.option("--scale", "scales", multiple=True, type=int, default=(10_000, 10_000_000))
def main(kind: str, scales: tuple[int, ...]) -> None:
    """Measure at each scale, and print what became of it."""
    rounds: dict[int, list[Result]] = {scale: [] for scale in scales}
    with ExitStack() as stack:
        stages: dict[int, tuple[dict[str, str], Stage]] = {}
        for scale in scales:
            environ, _folder = stack.enter_context(scratch(kind))
            stage = _county()
            started = time.perf_counter()
            rows = _check_ins(stage, scale)
            click.echo(f"{kind}: {rows:,} check-ins written in {time.perf_counter() - started:.0f} s")
            stages[scale] = environ, stage
        for number in range(ROUNDS):  # in turn, since other work on the machine comes and goes
            for scale, (environ, stage) in stages.items():
                bind_database(environ["DATABASE_URL"])
                client = create_app(load_settings(environ)).test_client(use_cookies=False)
                rounds[scale].append(_measure(client, stage, number))
    found = {scale: _medians(results) for scale, results in rounds.items()}
    first = found[scales[0]]
    for name in first:
        told = [f"{scale:,}: {found[scale][name][0]} statements, {found[scale][name][1]:.2f} ms" for scale in scales]
        ratio = found[scales[-1]][name][1] / first[name][1]
        click.echo(f"  {name}: {' · '.join(told)} · {ratio:.2f} ×")


def _medians(results: list[Result]) -> Result:
    """Over the rounds: statements as in the first, the median of the medians."""
    return {
        name: (statements, statistics.median(one[name][1] for one in results))
        for name, (statements, _) in results[0].items()
    }


def _county() -> Stage:
    """A branch of 500 below a county with 182 others; its secretary is an officer of the county too."""
    stage, now = fill(MEMBERS), datetime.now(UTC)
    county = Organization.create(code="C", name="县", kind="committee", path="x", created_at=now)
    county.path = f"{county.id}."
    county.save()
    siblings = [{"code": f"S{n}", "name": "支部", "kind": "branch", "path": f"s{n}"} for n in range(SIBLINGS)]
    many(Organization, siblings)
    below = Organization.select(Organization.id).where(Organization.id != county.id)
    for (number,) in rows_of(below):
        path = f"{county.path}{number}."
        Organization.update(path=path, parent=county).where(Organization.id == number).execute()
    secretary = Account.select().order_by(Account.id).get()
    OrganizationPost.create(
        public_id=new_public_id(), organization=county, account=secretary, role=Role.COUNTY_OFFICER, starts_on=SINCE
    )
    return stage


def _check_ins(stage: Stage, scale: int) -> int:
    """Activities of the last years that every member came to, written by the server itself; a month's duties."""
    now = datetime.now(UTC)
    planner = Account.select(Account.id).order_by(Account.id).limit(1).scalar()
    frame = {"organization": stage.organization.id, "kind": "party_day", "title": "主题党日", "place_text": "会议室"}
    frame |= {"hours": Decimal(1), "methods": "code", "planned_by": planner}
    held = [now - timedelta(hours=2 + 3 * n) for n in range(scale // MEMBERS)]
    ends = timedelta(hours=1)
    many(Activity, (
        {"public_id": new_public_id(), "starts_at": at, "ends_at": at + ends, "held_on": at.date(), **frame}
        for at in held
    ))  # fmt: skip
    ids = [row[0] for row in rows_of(Activity.select(Activity.id).order_by(Activity.id))]
    ceiling = rows_of(Member.select(Member.id).order_by(Member.id).limit(MEMBERS))[-1][0]
    step = AT_ONCE // MEMBERS
    for start in range(ids[0], ids[-1] + 1, step):
        with database.atomic():
            database.execute_sql(_FILL.replace("?", database.obj.param), (start, start + step, ceiling))
    while generate_duties(timezone=SHANGHAI, now=now) or fold(now=now):
        pass
    return CheckIn.select().count()


_FILL = """
INSERT INTO check_in (public_id, activity_id, member_id, in_force, status, method, visitor, room, occurred_at,
                      created_at, nonce)
SELECT CAST(a.id * 1000000 + m.id AS CHAR), a.id, m.id, 1, 'present', 'code', 0, 0, a.starts_at, a.starts_at,
       CAST(a.id * 1000000 + m.id AS CHAR)
  FROM activity a CROSS JOIN member m WHERE a.id >= ? AND a.id < ? AND m.id <= ?"""


def _measure(client: FlaskClient, stage: Stage, turn: int) -> Result:
    plan = {
        "organization": stage.organization.code, "kind": "party_day", "title": "主题党日",
        "starts_at": datetime.now(UTC).isoformat(), "ends_at": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        "place": {"text": "会议室"},
    }  # fmt: skip
    answer = client.post("/api/v1/activities", json=plan, headers=_as(stage.secretary))
    activity = answer.get_json()["data"]["id"]
    month = f"{datetime.now(UTC):%Y-%m}"
    with connected():
        number = rows_of(Activity.select(Activity.id).where(Activity.public_id == activity))[0][0]
        members = [row[0] for row in rows_of(Member.select(Member.id).order_by(Member.id).limit(ASKED))]
        found = {
            "insert a check-in": _timed(lambda n: _insert(number, members[n], f"bench-{turn}-{n}")),
            "has this member checked in?": _timed(lambda n: rows_of_activity(members[n], activity)),
        }
    look = {
        "a county's month, one kind": f"completion?kind=party_day&period={month}",
        "a county's figures of the year": "duty-figures",
        "a county's check-ins of the year": "numbers?measure=check_in",
    }
    found["POST /check-ins"] = _timed(lambda n: _check_in(client, stage, activity, n))
    for name, path in look.items():
        found[f"GET {name}"] = _timed(lambda _, path=path: _get(client, stage, path))  # type: ignore[misc]
    return found


def _insert(activity: int, member: int, name: str) -> None:
    now = datetime.now(UTC)
    row: dict[str, Any] = {"public_id": name, "activity": activity, "member": member, "in_force": None}
    row |= {"status": "present", "method": "code", "visitor": False, "room": 0, "nonce": name}
    in_unit_of_work(lambda: insert_row(CheckIn, **row, occurred_at=now, created_at=now))


def _check_in(client: FlaskClient, stage: Stage, activity: str, number: int) -> None:
    now = datetime.now(UTC)
    body = {"code": codes.code_text(activity, 0, codes.step_at(now)), "nonce": f"n-{number}"}
    token = stage.tokens[number]
    answer = client.post("/api/v1/check-ins", json={**body, "occurred_at": now.isoformat()}, headers=_as(token))
    if answer.status_code != 201:
        raise click.ClickException(answer.text)


def _get(client: FlaskClient, stage: Stage, path: str) -> None:
    answer = client.get(f"/api/v1/organizations/C/{path}", headers=_as(stage.secretary))
    if answer.status_code != 200:
        raise click.ClickException(answer.text)


def _as(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _timed(call: Callable[[int], Any]) -> tuple[int, float]:
    """Statements of one call, and the median of many in ms."""
    with counted() as counter:
        call(0)
    took = []
    for number in range(1, ASKED):
        started = time.perf_counter()
        call(number)
        took.append(time.perf_counter() - started)
    return counter.count, statistics.median(took) * 1000


if __name__ == "__main__":
    main()
