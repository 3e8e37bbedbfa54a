"""Counts that were kept branch by branch, and duties that nobody counted, come up the tree with their migrations."""

from datetime import date
from typing import Any

from playhouse.migrations import Runner

from backend.core import migration
from backend.core.database import database, to_stored
from backend.tally.counting import total
from tests.cast import LONG_AGO
from tests.databases import EmptyDatabase

MONDAY, NOVEMBER = date(2026, 11, 23), date(2026, 11, 1)
NOW = to_stored(LONG_AGO)


def write(table: str, **values: Any) -> None:
    marks = ", ".join([database.obj.param] * len(values))
    database.execute_sql(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def counts() -> dict[tuple[str, int], int]:
    rows = database.execute_sql("SELECT measure, organization_id, amount FROM tally_count").fetchall()
    return {(measure, organization): amount for measure, organization, amount in rows}


def test_they_come_up_the_tree_and_go_down_again(empty_database: EmptyDatabase) -> None:
    with empty_database():
        Runner(database.obj, str(migration.MIGRATIONS)).up("0065_scope_calendar_days")
        for number, path in ((1, "1."), (2, "1.2."), (3, "1.2.3.")):
            names = {"code": f"O{number}", "name": "组织", "kind": "branch", "path": path, "created_at": NOW}
            write("organization", id=number, parent_id=number - 1 or None, **names)
        for number, amount in ((1, 5), (3, 2)):
            write("tally_count", measure="m", organization_id=number, day=MONDAY, amount=amount, folded_at=NOW)
        owed = {"period": "2026-11", "starts_on": NOVEMBER, "due_on": date(2026, 11, 30), "created_at": NOW}
        write("duty", organization_id=3, kind="party_day", state="late", **owed)
        write("duty", organization_id=3, kind="cell_meeting", state="waived", waived_for="没有党小组", **owed)
        migration.migrate()
        assert counts() == {("m", 1): 7, ("m", 2): 2, ("m", 3): 2}
        assert total("duty_open:party_day", "1.", first=NOVEMBER, last=NOVEMBER) == 1
        assert total("waived:cell_meeting:no_cells", "1.2.", first=NOVEMBER, last=NOVEMBER) == 1
        migration.roll_back("0066_roll_up_counts")
        assert counts() == {("m", 1): 5, ("m", 3): 2}
        assert database.execute_sql("SELECT COUNT(*) FROM tally_delta").fetchone() == (0,)
