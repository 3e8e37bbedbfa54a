"""`python -m bench.claims`: what claiming and marking one delivery costs with few and with very many pending."""

import statistics
import time

import click

from backend.core.clock import system_clock
from backend.core.database import connected, database, in_unit_of_work, to_stored
from backend.messaging import deliveries
from backend.messaging.models import Delivery, OutboxEvent
from bench.crowds import gather, publish
from bench.stage import scratch
from bot.relay import BATCH

FEW, MANY = 10_000, 1_000_000
ROUNDS = 5
COPY = (
    "INSERT INTO delivery (event_id, rule, channel, target, state, available_at, attempts, maybe_twice, in_bulk)"
    " SELECT {event}, 'lesson.published/members_below', 'subscribe_message', {target}, 'pending', '{now}', 0, 0, 1"
    " FROM bench_number WHERE n > {first} AND n <= {last}"
)


def fill_up(pending: int) -> None:
    """Have so many pending deliveries."""
    event, now = OutboxEvent.get().id, to_stored(system_clock())
    target = "CONCAT('copy:', n)" if database.obj.param == "%s" else "'copy:' || n"
    have = Delivery.select().count()
    for first in range(have, pending, 50_000):
        last = min(first + 50_000, pending)
        database.execute_sql(COPY.format(event=event, target=target, now=now, first=first, last=last))


def cost() -> float:
    """Microseconds a row: one batch claimed and marked as sent."""
    now, started = system_clock(), time.perf_counter()
    parcels = deliveries.claim(BATCH, now=now)
    in_unit_of_work(lambda: deliveries.mark_sent([(one, "id") for one in parcels], now=now))
    return 1e6 * (time.perf_counter() - started) / len(parcels)


@click.command()
@click.option("--database", "kind", default="mariadb", show_default=True, type=click.Choice(["sqlite", "mariadb"]))
def main(kind: str) -> None:
    """Medians of ROUNDS batches each, and their ratio."""
    found = {}
    with scratch(kind), connected():
        publish(gather(MANY // 10, groups=1))
        for power in (1, 2, 4, 8):  # the numbers reach as far as the rows
            database.execute_sql(f"INSERT INTO bench_number SELECT n + {power * 131_072} FROM bench_number")  # noqa: S608
        for pending in (FEW, MANY):
            fill_up(pending)
            cost()
            found[pending] = statistics.median(cost() for _ in range(ROUNDS))
            click.echo(f"{pending:>9,} pending: {found[pending]:.0f} µs a row, claimed and marked, {BATCH} at once")
    click.echo(f"ratio {found[MANY] / found[FEW]:.2f}")


if __name__ == "__main__":
    main()
