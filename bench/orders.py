"""Submitting and claiming an order against one statement by hand."""

import json
from collections.abc import Callable, Iterator
from itertools import count

from backend.core.database import database
from backend.service.models import OrderTimer, ServiceOrder
from bench import load
from bench.load import Request
from bench.rounds import CLIENTS, Case, hello, interleave, report
from bench.stage import Server, Stage, call

NEED = {
    "service_type": "repair",
    "title": "三号楼楼道灯不亮",
    "description": "二单元三楼到四楼的灯坏了一周，晚上看不见台阶",
    "place": {"text": "三号楼二单元"},
}


class Orders:
    """Requests about orders; what is to be claimed is copied from one order that was dispatched to the pool."""

    def __init__(self, stage: Stage, server: Server) -> None:
        self._stage = stage
        self._numbers = (f"bench-{number:07}" for number in count())
        self._model = self._dispatched(server)

    def submissions(self, path: str) -> Callable[[int], list[Request]]:
        """Every member in turn says what he needs."""
        body = json.dumps(NEED).encode()
        tokens = self._turns()
        return lambda wanted: [load.request("POST", path, body, next(tokens)) for _ in range(wanted)]

    def claims(self, path: str) -> Callable[[int], list[Request]]:
        """Every member in turn claims an order that nobody has."""
        tokens = self._turns()

        def make(wanted: int) -> list[Request]:
            return [load.request("POST", path.format(number), b"{}", next(tokens)) for number in self.pooled(wanted)]

        return make

    def pooled(self, wanted: int) -> list[str]:
        """The numbers of so many orders that nobody has."""
        numbers = [next(self._numbers) for _ in range(wanted)]
        self._copy(numbers)
        return numbers

    def _turns(self) -> Iterator[str]:
        while True:
            yield from self._stage.tokens[1:]

    def _dispatched(self, server: Server) -> int:
        """One order that waits in the pool; its author is the first member, who claims nothing."""
        number = call(server, self._stage.tokens[0], "/api/v1/orders", NEED)["data"]["number"]
        ServiceOrder.update(moderation="passed").where(ServiceOrder.number == number).execute()
        path = f"/api/v1/orders/{number}"
        call(server, self._stage.secretary, f"{path}/accept", {})
        call(server, self._stage.secretary, f"{path}/dispatch", {"target": {"kind": "pool"}})
        return int(ServiceOrder.get(ServiceOrder.number == number).id)

    def _copy(self, numbers: list[str]) -> None:
        """Copies of the order and of its clocks, by two statements each."""
        columns = ", ".join(columns_of(ServiceOrder, "number"))
        mark = database.obj.param
        with database.atomic():
            for number in numbers:
                database.execute_sql(
                    f"INSERT INTO service_order (number, {columns}) SELECT {mark}, {columns}"  # noqa: S608
                    f" FROM service_order WHERE id = {mark}",
                    (number, self._model),
                )
            clocks = ", ".join(f"c.{name}" for name in columns_of(OrderTimer, "order_id"))
            names = ", ".join(columns_of(OrderTimer, "order_id"))
            database.execute_sql(
                f"INSERT INTO order_timer (order_id, {names}) SELECT o.id, {clocks} FROM service_order o"  # noqa: S608
                f" JOIN order_timer c ON c.order_id = {mark} WHERE o.number BETWEEN {mark} AND {mark}",
                (self._model, numbers[0], numbers[-1]),
            )


def columns_of(table: type[ServiceOrder] | type[OrderTimer], *but: str) -> list[str]:
    """The columns of a table in the dialect's quotes, without its id and those named."""
    names = [field.column_name for field in table._meta.sorted_fields]
    quote = "`" if database.obj.param == "%s" else '"'
    return [f"{quote}{name}{quote}" for name in names if name not in {"id", *but}]


def bench_orders(stage: Stage, product: Server, floor: Server) -> dict[str, Request]:
    """Submit and claim, each beside its floor; returns one more of each, not yet sent."""
    orders = Orders(stage, product)
    submit = [
        Case("hello", floor, hello, 200),
        Case("floor: one INSERT", floor, orders.submissions("/floor/order"), 201),
        Case("order submit", product, orders.submissions("/api/v1/orders"), 201),
    ]
    claim = [
        Case("hello", floor, hello, 200),
        Case("floor: one UPDATE", floor, orders.claims("/floor/claim/{}"), 201),
        Case("order claim", product, orders.claims("/api/v1/orders/{}/claim"), 200),
    ]
    for cases in (submit, claim):
        for clients in CLIENTS:
            report(interleave(cases, clients), clients, floor=cases[1].name)
    return {cases[2].name: cases[2].make(1)[0] for cases in (submit, claim)}
