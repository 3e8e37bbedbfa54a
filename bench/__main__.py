"""`make bench`: check-in and order against the floor, interleaved, printed as ratios. Nothing passes or fails."""

import click

from bench.board import bench_board
from bench.check_ins import bench_check_ins
from bench.orders import bench_orders
from bench.rounds import REQUESTS, ROUNDS
from bench.stage import fill, scratch, served
from bench.statements import report_statements

MEMBERS = 400


@click.command()
@click.option("--database", "kinds", multiple=True, type=click.Choice(["sqlite", "mariadb"]))
def main(kinds: tuple[str, ...]) -> None:
    """Measure on a scratch database of each kind."""
    for kind in kinds or ("mariadb", "sqlite"):
        with scratch(kind) as (environ, _folder):
            stage = fill(members=MEMBERS)
            with served("wsgi:app", environ) as product, served("bench.floor:app", environ) as floor:
                click.echo(f"{kind}: {ROUNDS} interleaved rounds of {REQUESTS} requests, medians")
                requests = {"check-in": bench_check_ins(stage, product, floor)}
                requests |= bench_orders(stage, product, floor)
                requests |= bench_board(stage, product, floor)
                workers = ", ".join(f"{size:.0f} MB" for size in product.worker_memory_mb())
                click.echo(f"  memory (PSS) of each web worker after all this: {workers}")
                report_statements(environ, requests)


if __name__ == "__main__":
    main()
