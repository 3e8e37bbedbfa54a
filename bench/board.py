"""The dispatch board of the desk over many orders against the bare server: one page with its queue and its counts."""

import os
from collections.abc import Callable

from backend.core.database import database
from backend.service.models import ServiceOrder
from backend.service.orders.workflow import State
from bench import load
from bench.load import Request
from bench.orders import NEED, columns_of
from bench.rounds import REQUESTS, Case, hello, interleave, report
from bench.stage import Server, Stage, call

ROWS = int(os.environ.get("BENCH_ORDERS", "100000"))
OPEN_SHARE = 50  # one order in fifty is still open
CLIENTS = (1, 8)
PAGES_ARE_LARGER = 6  # so many fewer of them


def bench_board(stage: Stage, product: Server, floor: Server) -> dict[str, Request]:
    """The queue of what is to be accepted, and the box of all; returns one more of each, not yet sent."""
    _fill(stage, product)
    cases = [
        Case("hello", floor, hello, 200),
        Case(f"board: to accept of {ROWS}", product, _pages(stage, "to-accept"), 200),
        Case(f"board: all {ROWS}", product, _pages(stage, "all"), 200),
    ]
    for clients in CLIENTS:
        report(interleave(cases, clients, requests=REQUESTS // PAGES_ARE_LARGER), clients, floor="hello")
    return {case.name: case.make(1)[0] for case in cases[1:]}


def _pages(stage: Stage, box: str) -> Callable[[int], list[Request]]:
    asked = load.request("GET", f"/desk/orders?box={box}", cookie=f"desk_session={stage.secretary}")
    return lambda wanted: [asked] * wanted


def _fill(stage: Stage, server: Server) -> None:
    """Copies of one order, doubled until there are enough; nearly all of them are closed."""
    model = call(server, stage.tokens[0], "/api/v1/orders", NEED)["data"]["number"]
    columns = ", ".join(columns_of(ServiceOrder, "number"))
    joined = "CONCAT('b', id + {0})" if database.obj.param == "%s" else "'b' || (id + {0})"
    ServiceOrder.update(moderation="passed").where(ServiceOrder.number == model).execute()
    made = 1
    while made < ROWS:
        step = min(made, ROWS - made)
        last = ServiceOrder.select(ServiceOrder.id).order_by(ServiceOrder.id.desc()).limit(1).scalar()
        database.execute_sql(
            f"INSERT INTO service_order (number, {columns}) SELECT {joined.format(10 * last + 10**7)}, {columns}"  # noqa: S608
            f" FROM service_order ORDER BY id DESC LIMIT {step}"
        )
        made += step
    closed = ServiceOrder.update(state=State.CLOSED).where(ServiceOrder.id % OPEN_SHARE != 0)
    closed.execute()
