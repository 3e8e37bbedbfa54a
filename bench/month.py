"""`make bench BENCH=month`: a branch lives through December 2026, and what its group and its people read is counted.

The demo with the emulator's clock turned hour by hour. The people act over HTTP as their phones would; the bot asks
its whole table of jobs at every hour. `--picture` photographs the group as its members see it.
"""

import io
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import requests
import structlog
from PIL import Image
from werkzeug.serving import make_server

from backend.app import create_app
from backend.core.database import connected, database, in_unit_of_work, rows_of
from backend.core.settings import Settings, load_settings
from backend.demo.place import Place, demo_environment
from backend.demo.prepare import prepare_demo
from backend.messaging.models import Delivery, DeliveryState, GroupChat, InboxMessage, OutboxEvent
from backend.people.access import issue_token
from backend.people.models import Account
from bench.life import STORY, Life, Person
from bench.stage import ROOT, free_port
from bot.process import BotProcess

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = datetime(2026, 12, 1, tzinfo=SHANGHAI), datetime(2026, 12, 31, tzinfo=SHANGHAI)
LECTURER = "county-he"
BRANCH, ROBOT = "DH-01-01", "7d1f0a3e-5b64-4c1e-9a52-0c6f1e2d3a41"
# a time of day between two posts, not a post
IS_STAMP = "one => /^\\d+月\\d+日 \\d+:\\d+$/.test(one.textContent.trim())"
# the bot is asked on the hour and at half past, from morning to the quiet hours
ROUNDS = [time(hour, minute) for hour in range(7, 22) for minute in (1, 31)]


@dataclass
class Emulator:
    """The platforms, and the clock that everybody follows."""

    url: str

    def control(self, call: str, **body: Any) -> Any:
        """One control call."""
        answer = requests.post(f"{self.url}/_control/{call}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


@dataclass
class Stage:
    """The running demo: web and emulator over HTTP, the bot in this process."""

    web: str
    emulator: Emulator
    settings: Settings
    bot: BotProcess
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, user: str) -> Person:
        """Somebody of the demo, logged in once a day: the platform checks words of those who were there of late."""
        key = f"{user}:{self.bot.clock():%m-%d}"
        if key not in self.people:
            self.people[key] = Person(self.web, self._log_in(user))
        return self.people[key]

    def _log_in(self, user: str) -> str:
        if user == LECTURER:  # the emulator has no phone of hers
            with connected():
                now = self.bot.clock()
                return in_unit_of_work(lambda: issue_token(Account.get(display_name="何静"), "miniprogram", now=now))[0]
        code = self.emulator.control("login-code", user=user)["code"]
        return str(Person(self.web).post("/auth/wechat", {"code": code, "channel": "miniprogram"})["token"])

    def turn_to(self, at: datetime) -> None:
        """Make it `at`, and let the bot ask and send."""
        self.emulator.control("clock", at=at.isoformat())
        with connected():
            for _ in range(2):  # what the first round says is sent in the second
                for job in self.bot.jobs:
                    job.ask(now=at)
                while self.bot.relay.deliver_due(now=at):
                    pass


@contextmanager
def running() -> Iterator[Stage]:
    """A demo of its own, its clock at the first morning before anything is loaded."""
    folder = Path(tempfile.mkdtemp(prefix="zhibu-month-"))
    place = Place("127.0.0.1", free_port(), free_port(), folder)
    environ = demo_environment(place, {name: value for name, value in os.environ.items() if name != "DATABASE_URL"})
    command = [sys.executable, "-m", "emulator", "--host", "127.0.0.1", "--port", str(place.emulator_port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    emulator = Emulator(place.emulator_url)
    try:
        _await(emulator)
        emulator.control("clock", at=FIRST.replace(hour=7).isoformat())
        settings = load_settings(environ)
        prepare_demo(settings)
        server = make_server(place.host, place.port, create_app(settings), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Stage(place.web_url, emulator, settings, BotProcess(settings))
        server.shutdown()
    finally:
        database.obj.close_all()
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _await(emulator: Emulator) -> None:
    for _ in range(200):
        try:
            if requests.get(f"{emulator.url}/healthz", timeout=2).ok:
                return
        except requests.ConnectionError:
            threading.Event().wait(0.05)
    raise click.ClickException("the emulator did not start")


def live(stage: Stage, told: Callable[[str], None]) -> None:
    """The month, hour by hour; people act between two rounds of the bot."""
    life = Life(stage.person)
    waiting = sorted(STORY, key=lambda deed: (deed.on, deed.at))
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        for moment in ROUNDS:
            at = datetime.combine(day.date(), moment, SHANGHAI)
            stage.turn_to(at)
            while waiting and (waiting[0].on, waiting[0].at) <= (at.day, at.time()):
                deed = waiting.pop(0)
                deed.act(life, at)
                told(f"{at:%m-%d %H:%M} {deed.act.__name__}")
    assert not waiting, waiting


@dataclass
class Count:
    """What was read in the month."""

    posts: Counter[str]
    by_day: Counter[int]
    skipped: Counter[str]
    inbox: dict[str, Counter[str]]


def count() -> Count:
    """Posts of the branch's group by what they spoke of, and inbox copies by reader."""
    group = GroupChat.get(GroupChat.robot_key.is_null(False), GroupChat.name == "大河社区第一党支部工作群")
    rows = rows_of(
        Delivery.select(Delivery.rule, Delivery.state, Delivery.fault, Delivery.sent_at).where(
            Delivery.group_chat == group
        )
    )
    sent = [(rule, at) for rule, state, _, at in rows if state == DeliveryState.SENT]
    inbox: dict[str, Counter[str]] = {}
    copies = InboxMessage.select(Account.display_name, OutboxEvent.topic).join(Account).switch(InboxMessage)
    for name, topic in rows_of(copies.join(OutboxEvent)):
        inbox.setdefault(name, Counter())[topic] += 1
    return Count(
        Counter(rule.partition("/")[0] for rule, _ in sent),
        Counter(at.astimezone(SHANGHAI).day for _, at in sent if at),
        Counter(f"{rule.partition('/')[0]}: {fault}" for rule, state, fault, _ in rows if state != DeliveryState.SENT),
        inbox,
    )


def report(found: Count) -> None:
    """Print the month."""
    days = len(found.by_day)
    click.echo(
        f"the group got {found.posts.total()} posts on {days} of 31 days, at most {max(found.by_day.values())} a day"
    )
    for topic, number in found.posts.most_common():
        click.echo(f"  {number:3} {topic}")
    click.echo("not posted by themselves:")
    for topic, number in found.skipped.most_common():
        click.echo(f"  {number:3} {topic}")
    for name, topics in sorted(found.inbox.items(), key=lambda one: -one[1].total()):
        words = "，".join(f"{topic} {number}" for topic, number in topics.most_common(8))
        click.echo(f"inbox of {name}: {topics.total()} ({words})")


def photograph(stage: Stage, file: Path) -> None:
    """The group as its members see it, the whole month on one picture in columns."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 430, "height": 900})
        page.goto(f"{stage.emulator.url}/group/{ROBOT}")
        page.wait_for_selector("#talk >> text=党课星期天", timeout=20_000)
        tall = page.evaluate("talk.scrollHeight + innerHeight - talk.clientHeight")
        page.set_viewport_size({"width": 430, "height": int(tall)})
        page.wait_for_timeout(500)
        tops = page.evaluate(f"[...talk.children].filter({IS_STAMP}).map(one => one.getBoundingClientRect().top)")
        whole = page.screenshot()
        browser.close()
    in_columns(Image.open(io.BytesIO(whole)), [int(top) for top in tops]).save(file, optimize=True)


def in_columns(whole: Image.Image, tops: list[int], columns: int = 4) -> Image.Image:
    """A tall picture side by side, broken only where something begins."""
    wished = [whole.height * number // columns for number in range(1, columns)]
    cuts = [0, *(min(tops, key=lambda top, at=at: abs(top - at)) for at in wished), whole.height]
    pieces = list(pairwise(cuts))
    picture = Image.new(
        "RGB", (whole.width * columns, max(end - start for start, end in pieces)), whole.getpixel((5, 200))
    )
    for number, (start, end) in enumerate(pieces):
        picture.paste(whole.crop((0, start, whole.width, end)), (whole.width * number, 0))
    return picture


@click.command()
@click.option("--picture", type=click.Path(path_type=Path), help="where to keep the picture of the group")
@click.option("--texts", is_flag=True, help="print every post of the group")
def main(picture: Path | None, texts: bool) -> None:
    """Let the demo branch live through December 2026 and count what it was told."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with running() as stage:
        logging.disable(logging.INFO)
        live(stage, click.echo)
        with connected():
            report(count())
        burden = stage.person("secretary-sun").get(
            f"/organizations/{BRANCH}/burden", **{"from": "2026-12-01", "to": "2026-12-31"}
        )
        click.echo({key: value for key, value in burden.items() if key != "limits"})
        if texts:
            query = {"channel": "wecom_robot", "robot": ROBOT}
            for post in requests.get(f"{stage.emulator.url}/_control/sent", params=query, timeout=30).json():
                click.echo(f"--- {post.get('at', '')}\n{post['text']}")
        if picture:
            photograph(stage, picture)


if __name__ == "__main__":
    main()
