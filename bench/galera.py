"""`make bench BENCH=galera`: two Galera nodes, each written to by a web server and a bot of its own at the same time.

32 members claim one order, half of them at either node: one wins, the others are refused. A check-in or an order that
is sent to both at once is there once. The lesson of a Sunday is sent by a bot on each node: none is lost, none doubled
in silence. Fails when any of it is not so. How often the cluster refused a COMMIT, which is then run again, is printed
beside it.
"""

import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

import click
import requests

from backend.branch_life.activities import codes
from backend.branch_life.activities.models import CheckIn
from backend.core.database import connected
from backend.messaging.models import OutboxEvent
from backend.service.models import OrderLog, ServiceOrder
from bench.books import anything_left, close_books
from bench.check_ins import MAIN_ROOM, planner
from bench.cluster import Node, cluster
from bench.crowds import Bots, gather, publish
from bench.orders import NEED, Orders
from bench.platform import slow_platform
from bench.stage import Server, Stage, fill, scratch, served

CLAIMANTS = 32
LONGEST_S = 600
Answers = Counter[tuple[int, str]]


def at_once(servers: Sequence[Server], path: str, calls: Sequence[tuple[str, bytes]], key: str = "") -> Answers:
    """The same POST by everybody at the same moment, in turn through one server and the other."""
    barrier = threading.Barrier(len(calls))

    def call(place: int) -> tuple[int, str]:
        token, body = calls[place]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        url = f"http://127.0.0.1:{servers[place % len(servers)].port}{path}"
        barrier.wait()
        answer = requests.post(url, data=body, headers=headers, timeout=60)
        return answer.status_code, answer.json()["code"]

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(call, range(len(calls))))


def race_for_orders(servers: Sequence[Server], stage: Stage, rounds: int) -> bool:
    """So many orders, each claimed by 32 members: exactly one has it, everybody else is refused."""
    answers = Answers()
    for number in Orders(stage, servers[0]).pooled(rounds):
        calls = [(token, b"{}") for token in stage.tokens[1 : CLAIMANTS + 1]]
        answers += at_once(servers, f"/api/v1/orders/{number}/claim", calls)
    claims = OrderLog.select().where(OrderLog.action == "claim").count()
    events = OutboxEvent.select().where(OutboxEvent.topic == "order.claimed").count()
    click.echo(f"{rounds} orders, each claimed by {CLAIMANTS} at two nodes: {spoken(answers)}; {claims} claims written")
    wanted = {(200, "ok"): rounds, (409, "order_conflict"): rounds * (CLAIMANTS - 1)}
    return answers == wanted and claims == events == rounds


def check_in_twice(servers: Sequence[Server], stage: Stage) -> bool:
    """Each member sends one check-in to both nodes at once: it is there once, and both answers are good."""
    activity, answers = planner(stage, servers[0])(), Answers()
    for number, token in enumerate(stage.tokens):
        now = datetime.now(UTC)
        code = codes.code_text(activity, MAIN_ROOM, codes.step_at(now))
        body = {"code": code, "nonce": f"nonce-{number:08}", "occurred_at": now.isoformat()}
        answers += at_once(servers, "/api/v1/check-ins", [(token, json.dumps(body).encode())] * 2)
    kept = CheckIn.select().count()
    click.echo(f"{len(stage.tokens)} check-ins, each sent to both nodes at once: {spoken(answers)}; {kept} kept")
    return kept == len(stage.tokens) and all(status in {200, 201} for status, _ in answers)


def submit_twice(servers: Sequence[Server], stage: Stage) -> bool:
    """Each member sends one order, under one key, twice to each node at once: there is one, and all answers are it."""
    before, answers = ServiceOrder.select().count(), Answers()
    for token in stage.tokens:
        answers += at_once(servers, "/api/v1/orders", [(token, json.dumps(NEED).encode())] * 4, f"key-{token}")
    kept = ServiceOrder.select().count() - before
    click.echo(f"{len(stage.tokens)} orders, each sent twice to both nodes at once: {spoken(answers)}; {kept} kept")
    return kept == len(stage.tokens) and answers == {(201, "ok"): 4 * kept}


def spoken(answers: Answers) -> str:
    """Answers, the most frequent first."""
    return ", ".join(f"{count:,} × {status} {code}" for (status, code), count in answers.most_common())


def send_by_two(environs: Sequence[dict[str, str]], members: int) -> bool:
    """A lesson to so many members and 50 groups by a bot on each node: do the books add up?"""
    root = gather(members, groups=50)
    with slow_platform() as platform:
        bots = [Bots({**environ, **platform.environment()}, 1) for environ in environs]
        publish(root)
        started = time.monotonic()
        for one in bots:
            one.fill_up()
        while anything_left() and time.monotonic() - started < LONGEST_S:
            time.sleep(0.5)
        took = time.monotonic() - started
        for one in bots:
            one.stop()
        books = close_books(platform, members)
    click.echo(books)
    click.echo(f"{took:.0f} s for {books.owed:,} messages by a bot on each node")
    return books.good and not anything_left()


def refusals(nodes: Sequence[Node]) -> str:
    """How often the cluster found a conflict between the nodes, as each node counts it."""
    names = {"wsrep_local_cert_failures": "COMMIT refused", "wsrep_local_bf_aborts": "given way to the other node"}
    return "; ".join(
        f"node {number}: " + ", ".join(f"{node.value(name)} × {what}" for name, what in names.items())
        for number, node in enumerate(nodes, 1)
    )


@click.command()
@click.option("--orders", default=30, show_default=True, help="orders that are raced for")
@click.option("--members", default=5_000, show_default=True, help="members who are told of a lesson")
def main(orders: int, members: int) -> None:
    """Race for orders and check-ins, then send a lesson; exit with 1 when anything is lost, doubled or wrongly told."""
    with cluster() as nodes:
        os.environ["TEST_DATABASE_URL"] = nodes[0].url  # where the stage makes its scratch database
        with scratch("mariadb") as (environ, _folder), connected():
            stage = fill(members=CLAIMANTS + 1)
            name = urlsplit(environ["DATABASE_URL"]).path
            other = urlsplit(nodes[1].url)._replace(path=name).geturl()
            environs = [environ, {**environ, "DATABASE_URL": other}]
            with served("wsgi:app", environs[0]) as one, served("wsgi:app", environs[1]) as two:
                asks = (partial(race_for_orders, rounds=orders), check_in_twice, submit_twice)
                held = [ask([one, two], stage) for ask in asks]
            click.echo(refusals(nodes))
            held.append(send_by_two(environs, members))
            click.echo(refusals(nodes))
    sys.exit(not all(held))


if __name__ == "__main__":
    main()
