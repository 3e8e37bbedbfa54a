"""How the database reads each queue: one statement, by the queue's own index, with nothing sorted but the page."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from backend.core.database import database
from backend.people.models import Organization
from backend.service.orders.boxes import BY_STATE, INDEX_OF
from backend.service.orders.schemas import Box
from tests.cast import LONG_AGO
from tests.service.conftest import Desk

COUNTYS = (Box.OVERDUE, Box.RETURNED, Box.ALL)
OWN = (Box.MINE, Box.OFFERED, Box.IN_HAND)
PAGES = [
    *(("volunteer", box) for box in OWN),
    *(("secretary", box) for box in Box if box not in OWN),
    *(("county_officer", box) for box in COUNTYS),
]
BY_CHECK = "serviceorder_organization_id_moderation"
BRANCHES = 1_100  # longer than any list that MariaDB still looks up one by one


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.statements: list[tuple[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """A statement with its values."""
        if isinstance(record.msg, tuple):
            self.statements.append(record.msg)


@contextmanager
def heard() -> Iterator[list[tuple[str, Any]]]:
    """The statements about orders that run inside the block, with their values."""
    logger, handler = logging.getLogger("peewee"), _Heard()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield handler.statements
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = True


def asked(desk: Desk, part: str, path: str, **query: Any) -> list[tuple[str, Any]]:
    """What a request asks of the table of orders."""
    with heard() as statements:
        answer = desk.api(getattr(desk.world, part)).get(path, **query)
    assert answer.status == 200, answer.body
    return [one for one in statements if "service_order" in one[0]]


def unsound(statement: tuple[str, Any], index: str) -> list[str]:
    """What of the plan reads the table of orders otherwise than by this index or one by one, or sorts its rows."""
    return (_of_mysql if database.obj.param == "%s" else _of_sqlite)(statement, index)


def _of_mysql(statement: tuple[str, Any], index: str) -> list[str]:
    rows = database.execute_sql("EXPLAIN " + statement[0], statement[1]).fetchall()
    arms = [row for row in rows if row[1] != "PRIMARY" and row[5] is not None and row[5] != "PRIMARY"]
    mine = [row for row in arms if row[5] == index]
    wrong = [row for row in mine if row[3] not in {"ref", "range"} or "filesort" in row[9]]
    # the tables beside it are looked up by their keys, the page itself is what was found: a derived table
    # and of other tables, with their few rows here, a scan may be the cheaper way: that says nothing of a full one
    wrong += [row for row in rows if row[3] in {"ALL", "index"} and row[2] in _orders_in(statement)]
    return [str(row) for row in wrong] + ([] if mine else [f"no {index}: {rows}"])


def _orders_in(statement: tuple[str, Any]) -> set[str]:
    names = set(re.findall(r"[`\"]service_order[`\"] AS [`\"](t\d+)[`\"]", statement[0]))
    assert names, statement
    return names


def _of_sqlite(statement: tuple[str, Any], index: str) -> list[str]:
    rows = database.execute_sql("EXPLAIN QUERY PLAN " + statement[0], statement[1]).fetchall()
    # checked texts of one organisation lie in the order of their ids, too: as good for the box of all
    good = {index} | ({BY_CHECK} if index == INDEX_OF[Box.ALL] else set())
    mine = [row for row in rows if any(f"INDEX {one} " in row[3] for one in good)]
    wrong = [row for row in rows if row[3].startswith("SCAN") and row[3].split()[1] in _orders_in(statement)]
    # what was found may be sorted, not what is read by the index: that lies beside it, under the same parent
    wrong += [row for row in rows if "TEMP B-TREE" in row[3] and row[1] in {one[1] for one in mine}]
    return [str(row) for row in wrong] + ([] if mine else [f"no {index}: {rows}"])


def county_of_many(desk: Desk) -> None:
    """A thousand branches more below the county."""
    same = {"name": "支部", "kind": "branch", "created_at": LONG_AGO}
    above = desk.world.organizations["street"].path
    rows = [{"code": f"N{n}", "path": f"{above}{10**6 + n}.", **same} for n in range(BRANCHES)]
    for start in range(0, BRANCHES, 400):
        Organization.insert_many(rows[start : start + 400]).execute()


def orders_everywhere(desk: Desk) -> None:
    """Something in every queue."""
    for make in (desk.submitted, desk.accepted, desk.returned, desk.pooled, desk.claimed, desk.on_hold, desk.completed):
        make()
    desk.clock.advance(days=20)


@pytest.mark.parametrize(("part", "box"), PAGES)
def test_each_page_is_one_statement_by_its_own_index(desk: Desk, part: str, box: Box) -> None:
    orders_everywhere(desk)
    county_of_many(desk)
    first = asked(desk, part, "/orders", box=box, limit=1)
    cursor = desk.api(getattr(desk.world, part)).get("/orders", box=box, limit=1).data["next_cursor"]
    further = asked(desk, part, "/orders", box=box, limit=1, cursor=cursor) if cursor else first
    assert (len(first), len(further)) == (1, 1)
    assert [unsound(page[0], INDEX_OF.get(box, BY_STATE)) for page in (first, further)] == [[], []]


@pytest.mark.parametrize("part", ["volunteer", "secretary", "county_officer"])
def test_all_counts_are_one_statement_each_by_its_own_index(desk: Desk, part: str) -> None:
    orders_everywhere(desk)
    county_of_many(desk)
    boxes = [Box(name) for name in desk.api(getattr(desk.world, part)).get("/orders/boxes").data]
    (counts,) = asked(desk, part, "/orders/boxes")
    assert [one for box in boxes for one in unsound(counts, INDEX_OF.get(box, BY_STATE))] == []
