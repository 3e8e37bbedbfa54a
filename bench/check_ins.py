"""The check-in against its floor."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from backend.branch_life.activities import codes
from bench import load
from bench.load import Request
from bench.rounds import CLIENTS, Case, hello, interleave, report
from bench.stage import Server, Stage, call

MAIN_ROOM = 0


class CheckIns:
    """Requests that check in: a new activity when the members of the last one are used up."""

    def __init__(self, stage: Stage, plan: Callable[[], str]) -> None:
        self._stage = stage
        self._plan = plan
        self._places: Iterator[tuple[str, str]] = iter(())
        self._last: list[tuple[str, str, int]] = []
        self._count = 0

    def first(self, path: str) -> Callable[[int], list[Request]]:
        """Check-ins that nobody made before."""
        return lambda count: [self._request(path, *self._next()) for _ in range(count)]

    def again(self, path: str) -> Callable[[int], list[Request]]:
        """The same check-ins once more, with the same nonces."""
        return lambda count: [self._request(path, *one) for one in self._last[-count:]]

    def _next(self) -> tuple[str, str, int]:
        place = next(self._places, None)
        if place is None:
            activity = self._plan()
            self._places = iter([(activity, token) for token in self._stage.tokens])
            place = next(self._places)
        self._count += 1
        self._last.append((*place, self._count))
        return self._last[-1]

    def _request(self, path: str, activity: str, token: str, nonce: int) -> Request:
        now = datetime.now(UTC)
        code = codes.code_text(activity, MAIN_ROOM, codes.step_at(now))
        body = {"code": code, "nonce": f"nonce-{nonce:08}", "occurred_at": now.isoformat()}
        return load.request("POST", path, json.dumps(body).encode(), token)


def planner(stage: Stage, server: Server) -> Callable[[], str]:
    """Plans activities through the API, as the secretary."""

    def plan() -> str:
        start = datetime.now(UTC)
        body = {
            "organization": stage.organization.code,
            "kind": "party_day",
            "title": "主题党日",
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=2)).isoformat(),
            "place": {"text": "会议室"},
        }
        answer = call(server, stage.secretary, "/api/v1/activities", body)
        return str(answer["data"]["id"])

    return plan


def bench_check_ins(stage: Stage, product: Server, floor: Server) -> Request:
    """A check-in, its replay, the floor of one statement, and hello; returns one more check-in, not yet sent."""
    plan = planner(stage, product)
    ours, theirs = CheckIns(stage, plan), CheckIns(stage, plan)
    path = "/api/v1/check-ins"
    cases = [
        Case("hello", floor, hello, 200),
        Case("floor: one INSERT … SELECT", floor, theirs.first("/floor/check-in"), 201),
        Case("check-in", product, ours.first(path), 201),
        Case("check-in, replayed", product, ours.again(path), 201),
    ]
    for clients in CLIENTS:
        report(interleave(cases, clients), clients, floor=cases[1].name)
    return ours.first(path)(1)[0]
