"""`python -m bench.sunday`: the lesson of a Sunday to a whole province, by several bots, to a stub that takes 50 ms.

BENCH_SCALE is how many members (100,000), and one group for fifty of them. Prints the time and the CPU of a message,
the sending's own account of itself, and whether every robot kept its pause.
"""

import os
import resource
import sys
import time

import click

from backend.core.clock import system_clock
from backend.core.database import connected
from backend.messaging.fan_outs.due import count_fan_outs
from backend.messaging.fan_outs.models import FanOut
from backend.messaging.rates import ROBOT_INTERVAL
from bench.books import Books, close_books, unsettled
from bench.crowds import Bots, announce, gather, publish
from bench.platform import Platform, slow_platform
from bench.stage import scratch

MEMBERS_A_GROUP = 50
GROUPS_PRESSED, POSTS_EACH = 5, 8  # whether robots keep their pause shows only where several posts wait
LONGEST_S = 4 * 3_600


def shortest_pause(platform: Platform) -> float:
    """The shortest time between two posts of one robot, in seconds; infinite when none posted twice."""
    robots: dict[str, list[float]] = {}
    for name, times in platform.told().items():
        if name.startswith("group:"):
            robots.setdefault(name.partition(" ")[0], []).extend(times)
    pauses = [
        later - sooner for one in robots.values() for sooner, later in zip(sorted(one), sorted(one)[1:], strict=False)
    ]
    return min(pauses, default=float("inf"))


def send(bots: Bots) -> tuple[float, float]:
    """Let the bots work until nothing waits; the wall time and the CPU time of all bots, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    bots.fill_up()
    while time.monotonic() - started < LONGEST_S:
        left = unsettled()
        if not left:
            break
        time.sleep(2)
    wall = time.monotonic() - started
    bots.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report(books: Books, wall: float, cpu: float, pause: float) -> None:
    """What it cost, and the sending's own account."""
    count_fan_outs(now=system_clock())
    for one in FanOut.select():
        click.echo(f"{one.title}: {one.state}, {one.expected:,} expected, {one.figures}")
    click.echo(books)
    click.echo(
        f"{wall:.0f} s, {books.owed / wall:,.0f} messages/s; CPU of all bots {1e6 * cpu / books.owed:,.0f} µs a message"
    )
    limit = ROBOT_INTERVAL.total_seconds()
    click.echo(f"shortest pause of a robot {pause:.2f} s (limit {limit} s)")


@click.command()
@click.option("--bots", "count", default=2, show_default=True, help="bot processes")
@click.option("--database", "kind", default="mariadb", show_default=True, type=click.Choice(["sqlite", "mariadb"]))
def main(count: int, kind: str) -> None:
    """Publish one lesson and wait until everything is delivered, dead or honestly pending."""
    members = int(os.environ.get("BENCH_SCALE", "100000"))
    with scratch(kind) as (environ, _folder), slow_platform() as platform, connected():
        root = gather(members, groups=max(1, members // MEMBERS_A_GROUP))
        click.echo(f"{members:,} members, {max(1, members // MEMBERS_A_GROUP):,} groups, {count} bots, {kind}")
        announce(root, GROUPS_PRESSED, POSTS_EACH)
        publish(root)
        wall, cpu = send(Bots({**environ, **platform.environment()}, count))
        books, pause = close_books(platform, members), shortest_pause(platform)
        report(books, wall, cpu, pause)
    sys.exit(not books.good or pause < ROBOT_INTERVAL.total_seconds() - 0.1)


if __name__ == "__main__":
    main()
