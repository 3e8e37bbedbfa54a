"""`python -m bench.queues`: every queue page at ten thousand and at five million orders, in turn, in one run.

Two databases of the same shape on the same server: one branch has half of the orders, 999 others under the same
county the rest, and one order in `--open` still lies in some queue. Printed is the median time of each page over
HTTP at both sizes and the median of their ratios, round by round. Nothing passes or fails.
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from backend.core.database import database, rows_of, to_stored
from backend.people.models import Account, Organization, OrganizationPost
from backend.service.models import ServiceType
from backend.service.orders.schemas import Box
from backend.service.orders.workflow import State
from bench import load
from bench.stage import SINCE, Server, Stage, fill, many, scratch, served

MEMBERS, BRANCHES = 200, 1_000
AT_ONCE = 250_000
ROUNDS = 7
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "60"))
OWN = (Box.MINE, Box.OFFERED, Box.IN_HAND)
COUNTYS = (Box.OVERDUE, Box.RETURNED, Box.ALL)
BRANCHS = tuple(box for box in Box if box not in OWN)
# one line for each twelfth of the open orders: state, what it was dispatched to, and whether it came back or is astray
OPEN = (
    (State.SUBMITTED, None, False, False),
    (State.SUBMITTED, None, False, True),
    (State.NEEDS_INFO, None, False, False),
    (State.ACCEPTED, None, False, False),
    (State.ACCEPTED, None, True, False),
    (State.DISPATCHED, "pool", False, False),
    (State.DISPATCHED, "member", False, False),
    (State.CLAIMED, "member", False, False),
    (State.IN_PROGRESS, "member", False, False),
    (State.IN_PROGRESS, "pool", False, False),
    (State.ON_HOLD, "pool", False, False),
    (State.COMPLETED, "member", False, False),
)
HANDLED = frozenset({State.CLAIMED, State.IN_PROGRESS, State.ON_HOLD, State.COMPLETED})


@dataclass(frozen=True)
class Size:
    """One of the two databases: how many orders, whose tokens, and who serves it."""

    orders: int
    server: Server
    secretary: str
    member: str
    county: str


@dataclass(frozen=True)
class Asked:
    """One page: what it is called, and the path with the part that asks."""

    name: str
    path: str
    part: str


PAGES = (
    *(Asked(f"secretary {box}", f"/api/v1/orders?box={box}", "secretary") for box in BRANCHS),
    *(Asked(f"member {box}", f"/api/v1/orders?box={box}", "member") for box in OWN),
    *(Asked(f"county {box}", f"/api/v1/orders?box={box}", "county") for box in COUNTYS),
    *(Asked(f"{part}: all counts", "/api/v1/orders/boxes", part) for part in ("secretary", "member", "county")),
)


def fill_orders(stage: Stage, count: int, one_open_in: int) -> str:
    """So many orders by INSERT … SELECT, the indexes made afterwards; returns the county officer's token."""
    county = _county(stage)
    first = rows_of(Organization.select(Organization.id).where(Organization.code == "B0001"))[0][0]
    accounts = [row[0] for row in rows_of(Account.select(Account.id).order_by(Account.id).limit(MEMBERS + 1))]
    cells = _cells(stage.organization.id, first, accounts[0], count, one_open_in)
    names, values = ", ".join(cells), ", ".join(cells.values())
    with _without_indexes():
        for start in range(0, count, AT_ONCE):
            numbers = _numbers(start, min(AT_ONCE, count - start))
            with database.atomic():
                database.execute_sql(f"INSERT INTO service_order ({names}) {numbers.format(values)}")
    if _is_mysql():
        database.execute_sql("ANALYZE TABLE service_order").fetchall()
    return county


def _county(stage: Stage) -> str:
    """A county above the branch and its 999 sisters, and its officer, who is the last of the members."""
    now = datetime.now(UTC)
    county = Organization.create(code="C", name="县委", kind="county_committee", path="x", created_at=now)
    many(
        Organization,
        ({"code": f"B{n:04}", "name": "支部", "kind": "branch", "path": f"x{n}"} for n in range(1, BRANCHES)),
    )
    joined = f"CONCAT('{county.id}.', id, '.')" if _is_mysql() else f"'{county.id}.' || id || '.'"
    database.execute_sql(f"UPDATE organization SET path = {joined}")  # noqa: S608
    Organization.update(path=f"{county.id}.").where(Organization.id == county.id).execute()
    officer = rows_of(Account.select(Account.id).order_by(Account.id.desc()).limit(1))[0][0]
    post = {"public_id": "countyofficer", "organization": county, "account": officer, "role": "county_officer"}
    OrganizationPost.create(**post, starts_on=SINCE)
    return stage.tokens[-1]


def _cells(branch: int, first: int, account: int, count: int, one_open_in: int) -> dict[str, str]:
    """Each column of an order as an expression of `i`, its place in the row of all; the newest are open."""
    by, left = ("DIV", "MOD") if _is_mysql() else ("/", "%")
    is_open = f"i > {count - count // one_open_in}"
    turn, half = f"i {by} 2 {left} {len(OPEN)}", f"i {left} 2"

    def by_turn(found: list[str], otherwise: str) -> str:
        cases = " ".join(f"WHEN {number} THEN {value}" for number, value in enumerate(found))
        return f"CASE WHEN {is_open} THEN CASE {turn} {cases} END ELSE {otherwise} END"

    somebody = f"{account} + i {by} {2 * len(OPEN)} {left} {MEMBERS}"
    late, soon, then = (_instant(hours) for hours in (-5, 5, -400))
    kind = rows_of(ServiceType.select(ServiceType.id).where(ServiceType.code == "repair"))[0][0]
    number = "CONCAT('q', i)" if _is_mysql() else "'q' || i"
    return {
        "number": number,
        "state": by_turn([f"'{state}'" for state, *_ in OPEN], f"'{State.CLOSED}'"),
        "version": "1",
        "priority": "'III'",
        "service_type_id": str(kind),
        "organization_id": f"CASE {half} WHEN 0 THEN {branch} ELSE {first} + i {left} {BRANCHES - 1} END",
        "requester_id": f"{account} + i {left} {MEMBERS}",
        "title": "'三号楼楼道灯不亮'",
        "description": "'二单元三楼到四楼的灯坏了一周，晚上看不见台阶'",
        "place_text": "'三号楼二单元'",
        "moderation": "'passed'",
        "target_kind": by_turn([f"'{kind}'" if kind else "NULL" for _, kind, *_ in OPEN], "'pool'"),
        "target_id": by_turn([somebody if kind == "member" else "NULL" for _, kind, *_ in OPEN], "NULL"),
        "handler_id": by_turn([somebody if state in HANDLED else "NULL" for state, *_ in OPEN], somebody),
        "due_at": f"CASE WHEN {is_open} THEN CASE i {left} 3 WHEN 0 THEN {late} ELSE {soon} END ELSE NULL END",
        "returned_at": by_turn([late if back else "NULL" for _, _, back, _ in OPEN], "NULL"),
        "unrouted_at": by_turn([late if astray else "NULL" for *_, astray in OPEN], "NULL"),
        "closed_at": f"CASE WHEN {is_open} THEN NULL ELSE {then} END",
        "created_at": then,
        "changed_at": then,
        **dict.fromkeys(("merged_count", "urge_count", "return_count", "reopen_count", "hold_count"), "0"),
        **dict.fromkeys(("extension_count", "follow_up_tries", "supervised_level", "appealed", "ruled"), "0"),
    }


def _instant(hours: int) -> str:
    return f"'{to_stored(datetime.now(UTC) + timedelta(hours=hours))}'"


def _numbers(start: int, count: int) -> str:
    """A SELECT of something for every `i` of a stretch."""
    if _is_mysql():
        return f"SELECT {{}} FROM (SELECT seq AS i FROM seq_{start + 1}_to_{start + count}) n"  # noqa: S608
    stretch = f"SELECT {start + 1} UNION ALL SELECT i + 1 FROM n WHERE i < {start + count}"  # noqa: S608
    return f"WITH RECURSIVE n(i) AS ({stretch}) SELECT {{}} FROM n"  # noqa: S608


class _without_indexes(ExitStack):  # noqa: N801 - reads as a verb
    """Takes the secondary indexes away and makes them anew at the end: sorted, and so many times quicker."""

    def __enter__(self) -> "_without_indexes":
        entered = super().__enter__()
        indexes = [one for one in database.get_indexes("service_order") if one.name != "PRIMARY" and not one.unique]
        if _is_mysql():
            drops = [f"DROP FOREIGN KEY `{name}`" for name in _foreign_keys()]
            drops += [f"DROP INDEX `{one.name}`" for one in indexes]
            adds = [f"ADD INDEX `{one.name}` ({', '.join(one.columns)})" for one in indexes]
            database.connection()._read_timeout = None  # these indexes take longer than a request may
            database.execute_sql(f"ALTER TABLE service_order {', '.join(drops)}")
            self.callback(database.execute_sql, f"ALTER TABLE service_order {', '.join(adds)}")
            return entered
        for one in indexes:
            database.execute_sql(f'DROP INDEX "{one.name}"')
            self.callback(database.execute_sql, one.sql)
        return entered


def _foreign_keys() -> Iterator[str]:
    rows = database.execute_sql(
        "SELECT constraint_name FROM information_schema.referential_constraints"
        " WHERE constraint_schema = DATABASE() AND table_name = 'service_order'"
    )
    yield from (name for (name,) in rows.fetchall())


def _is_mysql() -> bool:
    return bool(database.obj.param == "%s")


def measure(small: Size, large: Size) -> dict[str, list[tuple[float, float]]]:
    """Seconds of each page at both sizes, round by round, after a round that is not counted."""
    found: dict[str, list[tuple[float, float]]] = {page.name: [] for page in PAGES}
    for number in range(ROUNDS + 1):
        for page in PAGES:
            times = tuple(_median_s(size, page) for size in (small, large))
            if number:
                found[page.name].append((times[0], times[1]))
    return found


def _median_s(size: Size, page: Asked) -> float:
    asked = load.request("GET", page.path, token=getattr(size, page.part))
    outcome = load.run(size.server.port, [asked] * REQUESTS, clients=1, wanted=200)
    if outcome.unwanted:
        raise click.ClickException(f"{page.name}: answered {set(outcome.unwanted)}")
    return outcome.percentile(0.5)


def report(found: dict[str, list[tuple[float, float]]]) -> None:
    """Print each page's medians and the median of its ratios."""
    for name, pairs in found.items():
        small, large = (statistics.median(pair[at] for pair in pairs) * 1000 for at in (0, 1))
        ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
        click.echo(f"  {name:<26}{small:8.2f} ms {large:8.2f} ms   × {ratio:.2f}")


def _sized(stack: ExitStack, kind: str, orders: int, one_open_in: int) -> Size:
    environ: dict[str, Any]
    environ, _ = stack.enter_context(scratch(kind))
    began = time.monotonic()
    stage = fill(members=MEMBERS)
    county = fill_orders(stage, orders, one_open_in)
    took = time.monotonic() - began
    click.echo(f"  {orders:,} orders written in {took:.0f} s ({orders / took:,.0f} /s)")
    server = stack.enter_context(served("wsgi:app", environ))
    return Size(orders, server, stage.secretary, stage.tokens[0], county)


@click.command()
@click.option("--database", "kinds", multiple=True, type=click.Choice(["sqlite", "mariadb"]))
@click.option("--small", default=10_000, show_default=True, help="orders in the one database")
@click.option("--large", default=5_000_000, show_default=True, help="orders in the other")
@click.option("--open", "one_open_in", default=50, show_default=True, help="one order in so many is open")
def main(kinds: tuple[str, ...], small: int, large: int, one_open_in: int) -> None:
    """Every queue page at two sizes, on scratch databases of each kind."""
    for kind in kinds or ("mariadb", "sqlite"):
        click.echo(f"{kind}: pages of 20, one client, medians of {ROUNDS} interleaved rounds of {REQUESTS}")
        with ExitStack() as stack:
            sizes = [_sized(stack, kind, orders, one_open_in) for orders in (small, large)]
            report(measure(*sizes))


if __name__ == "__main__":
    main()
