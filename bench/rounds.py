"""What a bench prints: medians of interleaved rounds, and each case as a ratio to its floor and to hello."""

import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import click

from bench import load
from bench.load import Outcome, Request
from bench.stage import Server

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


def interleave(cases: list[Case], clients: int, requests: int = REQUESTS) -> dict[str, list[Outcome]]:
    """Every case in turn, ROUNDS times, after a round that is not counted."""
    found: dict[str, list[Outcome]] = {case.name: [] for case in cases}
    for number in range(ROUNDS + 1):
        for case in cases:
            outcome = load.run(case.server.port, case.make(requests), clients=clients, wanted=case.wanted)
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
