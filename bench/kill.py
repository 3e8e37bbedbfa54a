"""`python -m bench.kill`: real bots on a scratch database, killed with SIGKILL at random; nothing is lost.

A Sunday lesson goes out by several bot processes to a stub of the platform that remembers whom it was told to tell.
Every few seconds one bot, or all of them, is killed and replaced. At the end each delivery is accounted for: sent
once, or more often and marked so. Only a holder's death, and the end of its lease, lets another bot take what was on
its way; a message whose second holder is killed too waits for another lease and may be told a third time. None is
told more often than it was held, nor later than the leases of its holders explain.
"""

import random
import sys
import time

import click

from backend.core.database import connected
from backend.messaging.deliveries import LEASE
from bench.books import close_books, unsettled
from bench.crowds import Bots, gather, publish
from bench.platform import slow_platform
from bench.stage import scratch

ALL_AT_ONCE = 0.2  # how often it is all of them that die
LONGEST_S = 3_600


def kill_some(bots: Bots, chance: random.Random) -> int:
    """One bot, or all of them, without warning; returns how many."""
    victims = bots.running if chance.random() < ALL_AT_ONCE else [chance.choice(bots.running)]
    for bot in victims:
        bot.kill()
        bot.wait()
    return len(victims)


@click.command()
@click.option("--kills", default=100, show_default=True, help="how often somebody kills")
@click.option("--bots", "count", default=2, show_default=True, help="bot processes")
@click.option("--members", default=3_000, show_default=True, help="members below the publisher")
@click.option("--database", "kind", default="mariadb", show_default=True, type=click.Choice(["sqlite", "mariadb"]))
@click.option("--seed", default=2026, show_default=True)
def main(kills: int, count: int, members: int, kind: str, seed: int) -> None:
    """Kill, restart, and account for every delivery; fails when one was lost or doubled in silence."""
    chance = random.Random(seed)
    with scratch(kind) as (environ, _folder), slow_platform() as platform, connected():
        root = gather(members, groups=50)
        bots = Bots({**environ, **platform.environment()}, count)
        dead = lessons = idle = 0
        for _ in range(kills):
            if unsettled() < members:  # there is always enough to do
                publish(root, lessons)
                lessons += 1
            bots.fill_up()
            time.sleep(chance.uniform(3.0, 10.0))
            idle += not unsettled()
            dead += kill_some(bots, chance)
        bots.fill_up()
        started = time.monotonic()
        while (left := unsettled()) and time.monotonic() - started < LONGEST_S:
            time.sleep(1)
        bots.stop()
        books = close_books(platform, members * lessons)
    click.echo(f"{kills} times SIGKILL, {dead} bots died, {idle} times with nothing to do; {lessons} lessons")
    click.echo(f"{books}\nlease {LEASE.seconds} s; {left} left after {time.monotonic() - started:.0f} s")
    sys.exit(not books.good or left > 0)


if __name__ == "__main__":
    main()
