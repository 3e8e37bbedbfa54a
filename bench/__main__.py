"""`make bench`: the check-in and the order against the floor, interleaved, printed as ratios."""

import json
import os
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from backend.branch_life.activities import codes
from bench import load
from bench.load import Outcome, Request
from bench.stage import Server, Stage, fill, scratch, served

CLIENTS = (8, 32)
ROUNDS = 5
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "1200"))


@dataclass(frozen=True)
class Case:
    """One thing to measure: who serves it, how its requests are made, and the status that counts."""

    name: str
    server: Server
    make: Callable[[int], list[Request]]
    wanted: int


def hello(count: int) -> list[Request]:
    """Requests for the bare hello."""
    return [load.request("GET", "/hello")] * count


def interleave(cases: list[Case], clients: int) -> dict[str, list[Outcome]]:
    """Every case in turn, ROUNDS times, after a round that is not counted."""
    found: dict[str, list[Outcome]] = {case.name: [] for case in cases}
    for number in range(ROUNDS + 1):
        for case in cases:
            outcome = load.run(case.server.port, case.make(REQUESTS), clients=clients, wanted=case.wanted)
            if outcome.unwanted:
                raise click.ClickException(f"{case.name}: answered {set(outcome.unwanted)}")
            if number:
                found[case.name].append(outcome)
    return found


def report(found: dict[str, list[Outcome]], clients: int, *, floor: str) -> None:
    """Print medians, and each as a ratio to hello and to its floor, round by round."""
    for name, outcomes in found.items():
        rate = statistics.median(one.rate for one in outcomes)
        p50 = statistics.median(one.percentile(0.5) for one in outcomes) * 1000
        p99 = statistics.median(one.percentile(0.99) for one in outcomes) * 1000
        ratios = [_ratio(outcomes, found[other]) for other in (floor, "hello")]
        click.echo(
            f"  {clients:>3} clients  {name:<28}{rate:>8.0f} /s   p50 {p50:6.2f} ms  p99 {p99:7.2f} ms"
            f"   ×floor {ratios[0]:.2f}   ×hello {ratios[1]:.3f}"
        )


def _ratio(ours: list[Outcome], theirs: list[Outcome]) -> float:
    return statistics.median(one.rate / other.rate for one, other in zip(ours, theirs, strict=True))


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
        code = codes.code_text(activity, codes.step_at(now))
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


def call(server: Server, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One ordinary POST, outside of the measurement."""
    import requests

    answer = requests.post(
        f"http://127.0.0.1:{server.port}{path}",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def bench_check_in(stage: Stage, product: Server, floor: Server) -> None:
    """A check-in, its replay, the floor of one statement, and hello."""
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


@click.command()
@click.option("--database", "kinds", multiple=True, type=click.Choice(["sqlite", "mariadb"]))
def main(kinds: tuple[str, ...]) -> None:
    """Measure and print ratios; nothing here passes or fails."""
    for kind in kinds or ("mariadb", "sqlite"):
        with scratch(kind) as (environ, _folder):
            stage = fill(members=400)
            with served("wsgi:app", environ) as product, served("bench.floor:app", environ) as floor:
                click.echo(f"{kind}: {ROUNDS} interleaved rounds of {REQUESTS} requests, median")
                bench_check_in(stage, product, floor)
                workers = ", ".join(f"{size:.0f} MB" for size in product.worker_memory_mb())
                click.echo(f"  memory (PSS) of each web worker: {workers}")


if __name__ == "__main__":
    main()
