"""`python -m bench.recount`: random check-ins in a county; is what was counted what the records say?

Each check-in goes through the product's own function; who was where is drawn without order, some are voided or wait
to be confirmed. BENCH_SCALE says how many (100,000 unless given), `--database mariadb` where (TEST_DATABASE_URL names
the server). Afterwards all are counted again from the records, up the tree.
"""

import os
import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import click

from backend.branch_life.activities.entries import MEASURE, Held, Hint, Presence, write_entry
from backend.branch_life.activities.models import Activity, CheckIn, CheckInMethod, CheckInStatus
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, rows_of
from backend.people.models import Account, Member, Organization
from backend.rooms import RECOUNTS
from backend.tally import counting
from backend.tally.counting import total
from backend.tally.due import fold
from backend.tally.recounting import differences
from bench.stage import INSERT_CHUNK, many, scratch

SCALE = int(os.environ.get("BENCH_SCALE", "100000"))
BRANCHES, DAYS = 183, 365
NOW = datetime(2026, 12, 31, tzinfo=UTC)


# far from every scale and prime to it: numbers times this, modulo the scale, come once each and in no order
STRIDE = 7_368_787


@click.command()
@click.option("--database", "kind", type=click.Choice(["sqlite", "mariadb"]), default="sqlite")
def main(kind: str) -> None:
    """Fill, count, fold, recount."""
    with scratch(kind):
        county, held = _county()
        members = _members(county)
        started = time.perf_counter()
        for first in range(0, SCALE, INSERT_CHUNK):
            in_unit_of_work(lambda first=first: _check_in(held, members, first))  # type: ignore[misc]
        wrote = time.perf_counter() - started
        while fold(now=NOW):
            pass
        first_day, last_day = held[0].held_on, held[-1].held_on
        asked = time.perf_counter()
        counted = total(MEASURE, county.path, first=min(first_day, last_day), last=max(first_day, last_day))
        read = time.perf_counter() - asked
        found = differences(RECOUNTS)
        click.echo(
            f"{kind}: {SCALE:,} check-ins in {wrote:.0f} s; the county's year read in {read * 1000:.1f} ms: {counted:,}"
        )
        click.echo(f"recounted from the records: {len(found)} differences")
        if found:
            raise click.ClickException(str(found[:5]))


def _county() -> tuple[Organization, list[Held]]:
    county = Organization.create(code="C", name="县", kind="committee", path="x", created_at=NOW)
    Organization.update(path=f"{county.id}.").execute()
    county.path = f"{county.id}."
    many(
        Organization,
        [
            {"code": f"B{n}", "name": "支部", "kind": "branch", "path": f"b{n}", "parent": county.id}
            for n in range(BRANCHES)
        ],
    )
    branches = [row[0] for row in rows_of(Organization.select(Organization.id).where(Organization.parent == county.id))]
    for number in branches:
        Organization.update(path=f"{county.path}{number}.").where(Organization.id == number).execute()
    planner = Account.create(public_id=new_public_id(), display_name="某", created_at=NOW)
    return county, [_activity(branches[n % BRANCHES], n, planner) for n in range(2 * DAYS)]


def _activity(organization_id: int, number: int, planner: Any) -> Held:
    starts_at = NOW - timedelta(days=number % DAYS + 1)
    activity = Activity.create(
        public_id=new_public_id(), organization=organization_id, kind="party_day", title="主题党日",
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), held_on=starts_at.date(), place_text="会议室",
        hours=Decimal(1), methods="code", planned_by=planner, created_at=NOW,
    )  # fmt: skip
    return Held(
        activity.id, organization_id, "party_day", "主题党日", "会议室", starts_at, starts_at.date(), Decimal(1)
    )


def _members(county: Organization) -> list[int]:
    """Enough members that each activity sees each of them once."""
    needed = SCALE // (2 * DAYS) + 2
    row = {"status": "full", "organization": county.id, "name": "某"}
    many(Member, [{"public_id": new_public_id(), **row} for _ in range(needed)])
    return [row[0] for row in rows_of(Member.select(Member.id))]


def _check_in(held: list[Held], members: list[int], first: int) -> None:
    dice = random.Random(first)
    for number in range(first, min(first + INSERT_CHUNK, SCALE)):
        drawn = number * STRIDE % SCALE
        where, who = held[drawn % len(held)], members[drawn // len(held)]
        waits = dice.random() < 0.05
        presence = Presence(
            member_id=who,
            status=CheckInStatus.TO_CONFIRM if waits else CheckInStatus.PRESENT,
            method=CheckInMethod.LOCATION if waits else CheckInMethod.CODE,
            visitor=False,
            occurred_at=where.starts_at,
            nonce=f"n{number}",
            hint=Hint(900, False, 30.0, 104.0) if waits else None,
        )
        public_id = write_entry(where, presence, now=NOW)
        if not waits and dice.random() < 0.03:  # voided, as `aftermath` does it
            CheckIn.update(in_force=None).where(CheckIn.public_id == public_id).execute()
            counting.count(MEASURE, where.organization_id, day=where.held_on, amount=-1)


if __name__ == "__main__":
    main()
