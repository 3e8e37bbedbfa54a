"""The emulator as the platform of a bench: with as many people and groups as asked for, and what it was told."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import peewee as pw
import requests

from backend.messaging.models import GroupChat
from backend.people.models import Account
from bench.platform import TAKES_S, TITLE, Told
from bench.stage import ROOT, free_port
from emulator.ids import openid_of

APPID, SECRET = "wx0d0e0a0b00000001", "5a3f0c1e9b7d42868c0d1e2f3a4b5c6d"
AT_ONCE = 10_000


@dataclass
class Emulator:
    """The emulator, reached over one connection."""

    url: str
    pid: int
    session: requests.Session = field(default_factory=requests.Session)

    def control(self, call: str, **body: Any) -> Any:
        """One control call."""
        answer = self.session.post(f"{self.url}/_control/{call}", json=body, timeout=600)
        answer.raise_for_status()
        return answer.json()

    def look(self, listing: str, **query: str) -> Any:
        """One of the listings."""
        return self.session.get(f"{self.url}/_control/{listing}", params=query, timeout=600).json()

    def sent(self, channel: str) -> Iterator[dict[str, Any]]:
        """All that was delivered by a channel, a portion at a time."""
        after = 0
        while portion := self.look("sent", channel=channel, after=str(after), limit=str(AT_ONCE)):
            after = portion[-1]["seq"]
            yield from portion

    def megabytes(self) -> float:
        """The memory that its process holds."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def cpu_s(self) -> float:
        """The CPU seconds that its process has used."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def emulated(folder: Path, people: int, robots: Mapping[str, str], **more: Any) -> Iterator[Emulator]:
    """An emulator with people p0, p1 …, groups by the keys of their robots, and `more` templates."""
    world = json.loads((ROOT / "emulator" / "demo.json").read_text("utf-8"))
    world["users"] = [{"name": f"p{number}", "display_name": f"群众{number}"} for number in range(people)]
    world["robots"] = [{"key": key, "name": name} for key, name in robots.items()]
    world["templates"] += more.get("templates", [])
    world["settings"]["sent_events"] = False
    config = folder / "world.json"
    config.write_text(json.dumps(world), "utf-8")
    port = free_port()
    command = [sys.executable, "-m", "emulator", "--host", "127.0.0.1", "--port", str(port), "--config", str(config)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    platform = Emulator(f"http://127.0.0.1:{port}", process.pid)
    try:
        _await(platform)
        yield platform
    finally:
        platform.session.close()
        process.terminate()
        process.wait(60)


def _await(platform: Emulator) -> None:
    for _ in range(1_200):
        try:
            if platform.session.get(f"{platform.url}/healthz", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise click.ClickException("the emulator did not start")


@dataclass(frozen=True)
class Province:
    """A province in the emulator: person p7 is account `first` + 7; groups are told by robots named `robot-<id>`."""

    platform: Emulator
    first: int
    people: int

    def environment(self) -> dict[str, str]:
        """What makes a bot talk to it."""
        url = self.platform.url
        return {"WECHAT_API_URL": f"{url}/wx", "WECOM_API_URL": f"{url}/qy", "MINIPROGRAM_SECRET": SECRET}

    def told(self) -> dict[str, Told]:
        """Whom it was told to tell, by kind of target and title (`account 第0课`, `group 第0课`)."""
        found: dict[str, Told] = {}
        for kind, channel in (("account", "subscribe_message"), ("group", "wecom_robot")):
            for one in self.platform.sent(channel):
                number = int(one["robot"].rpartition("-")[2]) if one["robot"] else self.first + int(one["user"][1:])
                title = TITLE.search(one["text"])
                told = found.setdefault(f"{kind} {title[0] if title else ''}", Told())
                told.note(number, datetime.fromisoformat(one["at"]).timestamp())
        return found

    def account(self) -> str:
        """What it refused, how often (it keeps the last 2,000), and what it cost itself."""
        refused = Counter(f"{one['errcode']} at {one['path']}" for one in self.platform.look("errors"))
        named = ", ".join(f"{count} × {what}" for what, count in refused.items())
        cost = f"{self.platform.megabytes():,.0f} MB, {self.platform.cpu_s():,.0f} s of CPU"
        return f"the emulator refused {named or 'nothing'}; it holds {cost}"


@contextmanager
def province(folder: Path, people: int, template: dict[str, Any]) -> Iterator[Province]:
    """All accounts of the database as people of the emulator who have accepted this template, and all robots."""
    robots = {f"robot-{chat.id}": chat.name for chat in GroupChat.select()}
    with emulated(folder, people, robots, templates=[template]) as platform:
        platform.control("settings", send_takes_s=TAKES_S)
        for start in range(0, people, AT_ONCE):
            names = [f"p{number}" for number in range(start, min(start + AT_ONCE, people))]
            platform.control("subscribe", users=names, template_id=template["id"])
        first = Account.select(pw.fn.MIN(Account.id)).where(Account.public_id.startswith("bench")).scalar()
        yield Province(platform, first, people)


def openid(number: int) -> str:
    """By which the platform knows person p<number> in our mini program."""
    return openid_of(APPID, f"p{number}")
