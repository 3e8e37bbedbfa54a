"""`python -m bench.sunday`: the lesson of a Sunday to a whole province, by several bots, to a stub that takes 50 ms.

With `--platform emulator` to the emulator, which takes as long, knows each person, each grant and each robot, refuses
what the platform refuses, and keeps every message; then without bare aiohttp beside it.

BENCH_SCALE is how many members (100,000). Prints the time and the CPU of a message, the sending's own account of
itself, whether every robot kept its pause and the app its rate, and the ratio to bare aiohttp: as many processes at the
same concurrency against the same stub, without any database, before and after.
"""

import asyncio
import json
import multiprocessing
import os
import resource
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import aiohttp
import click

from backend.core.clock import system_clock
from backend.core.database import connected
from backend.messaging.fan_outs.due import count_fan_outs
from backend.messaging.fan_outs.models import FanOut
from backend.wechat.line import CONCURRENCY
from bench.books import Books, anything_left, close_books
from bench.crowds import FIELDS, Bots, announce, gather, publish, set_limit
from bench.emulated import Province, openid, province
from bench.platform import NEVER, Platform, Witness, slow_platform
from bench.stage import scratch

GROUPS_PRESSED, POSTS_EACH = 5, 8  # whether robots keep their pause shows only where several posts wait
ROBOT_PAUSE_S = 60 / 20  # of the limit itself: ours is longer by what rates.SLOWER keeps in hand
RAW_EACH = 10_000
LONGEST_S = 4 * 3_600
LABELS = {"title": "课程", "lecturer": "主讲", "at": "时间"}
TEMPLATE = {"id": "t" * 43, "title": "党课", "fields": {name: LABELS[fact] for name, fact in FIELDS.items()}}
SAID = json.dumps({"touser": "raw-1", "template_id": "t" * 43, "data": {name: {"value": "第0课"} for name in FIELDS}})


def shortest_pause(platform: Witness) -> float:
    """The shortest time between two posts of one robot, in seconds; infinite when none posted twice."""
    robots: dict[int, list[float]] = {}
    for kind, told in platform.told().items():
        if kind.startswith("group"):
            for number in range(len(told.first)):
                robots.setdefault(number, []).extend(told.times(number))
    pauses = [
        later - sooner for one in robots.values() for sooner, later in zip(sorted(one), sorted(one)[1:], strict=False)
    ]
    return min(pauses, default=float("inf"))


def _post(url: str) -> None:
    """RAW_EACH messages by aiohttp without anything around it."""
    bodies = iter([SAID] * RAW_EACH)

    async def work(session: aiohttp.ClientSession) -> None:
        for body in bodies:
            async with session.post(url, data=body) as response:
                await response.read()

    async def main() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:
            await asyncio.gather(*(work(session) for _ in range(CONCURRENCY)))

    asyncio.run(main())


def raw_rate(platform: Platform, processes: int) -> float:
    """Messages a second of as many bare senders as there are bots."""
    context, started = multiprocessing.get_context("fork"), time.monotonic()
    url = f"{platform.url}/wx/cgi-bin/message/subscribe/send"
    senders = [context.Process(target=_post, args=(url,)) for _ in range(processes)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    return processes * RAW_EACH / (time.monotonic() - started)


@dataclass(frozen=True)
class Cost:
    """What it took: seconds from the first start, and of CPU of all bots."""

    wall: float
    cpu: float


def send(bots: Bots, note: Callable[[float], None]) -> Cost:
    """Let the bots work until nothing waits; `note` is told the time each minute."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started, noted = time.monotonic(), 0.0
    bots.fill_up()
    while (wall := time.monotonic() - started) < LONGEST_S and anything_left():
        if wall - noted >= 60:
            noted = wall
            note(wall)
        time.sleep(1)
    bots.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def progress(wall: float) -> None:
    """One line a minute, from the sending's own count."""
    for one in FanOut.select():
        click.echo(f"  {wall:5.0f} s  {one.figures.get('states', {})}")


def sending_span(platform: Witness) -> tuple[float, float, int]:
    """Seconds from the first notification to the last, notifications a second, and most in any second."""
    told = [one for kind, one in platform.told().items() if kind.startswith("account")]
    again = (at for one in told for times in one.again.values() for at in times)
    instants = sorted(chain((at for one in told for at in one.first if at != NEVER), again))
    span = instants[-1] - instants[0] + 1
    most = max(number + 1 - bisect_right(instants, at - 1) for number, at in enumerate(instants))
    return span, len(instants) / span, most


def report(books: Books, cost: Cost, platform: Witness, raw: list[float], limit: int) -> bool:
    """What it cost, and the sending's own account; whether the limits held."""
    count_fan_outs(now=system_clock())
    for one in FanOut.select():
        click.echo(f"{one.title}: {one.state}, {one.expected:,} expected, {one.figures}")
    span, rate, most = sending_span(platform)
    pause = shortest_pause(platform)
    click.echo(books)
    click.echo(
        f"{cost.wall:.0f} s for all; notifications in {span:.0f} s, {rate:,.0f} a second;"
        f" CPU of all bots {1e6 * cost.cpu / books.owed:,.0f} µs a message"
    )
    if raw:
        bare = " and ".join(f"{one:,.0f}" for one in raw)
        click.echo(f"bare aiohttp {bare} a second; ratio {rate / statistics.mean(raw):.2f}")
    if isinstance(platform, Province):
        click.echo(platform.account())
    click.echo(f"shortest pause of a robot {pause:.2f} s (at least {ROBOT_PAUSE_S:.2f})")
    click.echo(f"most notifications in any second {most:,} (limit {limit / 60:,.0f} a second for all bots together)")
    return pause >= ROBOT_PAUSE_S and most <= limit / 60


@click.command()
@click.option("--bots", "count", default=2, show_default=True, help="bot processes")
@click.option("--groups", default=2_000, show_default=True, help="branches with a group each")
@click.option("--rate", default=60_000, show_default=True, help="limit of the app, notifications a minute")
@click.option("--platform", "place", default="stub", show_default=True, type=click.Choice(["stub", "emulator"]))
@click.option("--database", "kind", default="mariadb", show_default=True, type=click.Choice(["sqlite", "mariadb"]))
def main(count: int, groups: int, rate: int, place: str, kind: str) -> None:
    """Publish one lesson and wait until everything is delivered, dead or honestly pending."""
    members = int(os.environ.get("BENCH_SCALE", "100000"))
    emulator = place == "emulator"
    with scratch(kind) as (environ, folder), connected():
        started = time.monotonic()
        root = gather(members, groups, openid if emulator else None)
        set_limit("rate_notify", str(rate))
        announce(root, GROUPS_PRESSED, POSTS_EACH)
        with province(folder, members, TEMPLATE) if emulator else slow_platform() as platform:
            click.echo(f"{members:,} members, {groups:,} groups, {count} bots, {kind}, {place};")
            click.echo(f"entered in {time.monotonic() - started:.0f} s; load {os.getloadavg()[0]:.1f}")
            publish(root)
            bare = platform if isinstance(platform, Platform) else None
            raw = [raw_rate(bare, count)] if bare else []
            cost = send(Bots({**environ, **platform.environment()}, count), progress)
            raw += [raw_rate(bare, count)] if bare else []
            books = close_books(platform, members)
            held = report(books, cost, platform, raw, rate)
    sys.exit(not books.good or not held)


if __name__ == "__main__":
    main()
