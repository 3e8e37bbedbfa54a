"""Statements per request (`performance.md` §5.3), the look-up of the token among them, of a process that remembers what
rarely changes."""

from collections.abc import Callable
from typing import Any

from tests.service.conftest import LAMP, Desk

Statements = Callable[[], Any]


def test_submitting_takes_eight_statements_at_most(desk: Desk, statements: Statements) -> None:
    desk.submitted()
    with statements() as run:
        answer = desk.api(desk.world.resident).post("/orders", LAMP)
    assert answer.status == 201
    assert len(run) <= 8, "\n".join(run)


def test_claiming_takes_seven_statements_at_most(desk: Desk, statements: Statements) -> None:
    number = desk.pooled()
    with statements() as run:
        desk.must(desk.world.member, number, "claim")
    assert len(run) <= 7, "\n".join(run)


def test_reading_an_order_takes_three_statements_at_most(desk: Desk, statements: Statements) -> None:
    number = desk.completed()
    with statements() as run:
        desk.api(desk.world.secretary).get(f"/orders/{number}")
    assert len(run) <= 3, "\n".join(run)
