"""`python -m bench.hall`: a hall checks in within a minute on one small machine. None lost, none doubled?

Phones come at random over the minute, scan the code that is on the screen at that moment, and one in five sends its
check-in twice, as phones do on a bad network. Afterwards every person is on the roll once, has one entry on the
study card and is counted once.
"""

import json
import random
import socket
import threading
import time
from datetime import UTC, date, datetime

import click

from backend.branch_life.activities import codes
from backend.branch_life.activities.models import CheckIn
from backend.card.models import StudyRecord
from backend.core.database import connected
from backend.tally.counting import total
from bench import load
from bench.check_ins import MAIN_ROOM, planner
from bench.load import receive
from bench.stage import Server, Stage, fill, scratch, served

TWICE = 5  # one in so many sends again
ANSWERED = (201,)
PATIENCE_S = 30


class Phone(threading.Thread):
    """One person: waits for his moment, scans, sends, and perhaps sends again."""

    def __init__(self, number: int, token: str, activity: str, port: int, moment_s: float) -> None:
        super().__init__()
        self._number, self._token, self._activity, self._port = number, token, activity, port
        self._moment_s = moment_s
        self.times: list[float] = []
        self.statuses: list[int] = []

    def run(self) -> None:
        """Check in at the moment, over a connection of its own, as every phone has."""
        time.sleep(self._moment_s)
        now = datetime.now(UTC)
        code = codes.code_text(self._activity, MAIN_ROOM, codes.step_at(now))
        body = {"code": code, "nonce": f"phone-{self._number:06}", "occurred_at": now.isoformat()}
        request = load.request("POST", "/api/v1/check-ins", json.dumps(body).encode(), self._token)
        for _ in range(2 if self._number % TWICE == 0 else 1):
            started = time.perf_counter()
            with socket.create_connection(("127.0.0.1", self._port), PATIENCE_S) as connection:
                connection.sendall(request.raw)
                self.statuses.append(receive(connection))
            self.times.append(time.perf_counter() - started)


@click.command()
@click.option("--people", default=500, show_default=True)
@click.option("--within", "seconds", default=60.0, show_default=True, help="over how many seconds they come")
@click.option("--database", "kinds", multiple=True, type=click.Choice(["sqlite", "mariadb"]))
def main(people: int, seconds: float, kinds: tuple[str, ...]) -> None:
    """Let a hall check in on a scratch database of each kind."""
    for kind in kinds or ("sqlite", "mariadb"):
        with scratch(kind) as (environ, _folder):
            stage = fill(members=people)
            with served("wsgi:app", environ) as server:
                _report(kind, seconds, _hold(stage, server, seconds))
            _account_for(stage, people)


def _hold(stage: Stage, server: Server, seconds: float) -> list[Phone]:
    activity = planner(stage, server)()
    dice = random.Random(500)
    phones = [
        Phone(number, token, activity, server.port, dice.uniform(0, seconds))
        for number, token in enumerate(stage.tokens)
    ]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    return phones


def _report(kind: str, seconds: float, phones: list[Phone]) -> None:
    times = sorted(taken for phone in phones for taken in phone.times)
    unwanted = [status for phone in phones for status in phone.statuses if status not in ANSWERED]
    at = {share: times[min(int(len(times) * share), len(times) - 1)] * 1000 for share in (0.5, 0.99, 1.0)}
    click.echo(
        f"{kind}: {len(phones)} phones within {seconds:.0f} s, {len(times)} requests, refused {len(unwanted)};"
        f" p50 {at[0.5]:.0f} ms, p99 {at[0.99]:.0f} ms, slowest {at[1.0]:.0f} ms"
    )


def _account_for(stage: Stage, people: int) -> None:
    """Every book says the same number."""
    with connected():
        roll = CheckIn.select().where(CheckIn.in_force == 1).count()
        cards = StudyRecord.select().count()
        counted = total("check_in", stage.organization.path, first=date(2000, 1, 1), last=date(2100, 1, 1))
    click.echo(f"  on the roll {roll}, on study cards {cards}, counted {counted}, of {people}")
    if {roll, cards, counted} != {people}:
        raise click.ClickException("somebody was lost or doubled")


if __name__ == "__main__":
    main()
