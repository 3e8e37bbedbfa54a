"""A stub of WeChat and WeCom that takes its time for every message and remembers whom it was told to tell, and when.

It is made to remember millions: for each lesson the first instant by the number of the account or group, and only what
came again at full length.
"""

import asyncio
import json
import multiprocessing
import re
import socket
import time
from array import array
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import requests

TAKES_S = 0.05
TOKEN = json.dumps({"access_token": "t" * 130, "expires_in": 7200}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
NEVER = 0.0
TITLE = re.compile(r"第\d+课")


@dataclass
class Told:
    """Whom one kind of call told one thing: `first` by number, `again` what came more than once."""

    first: "array[float]" = field(default_factory=lambda: array("d"))
    again: dict[int, list[float]] = field(default_factory=dict)

    def note(self, number: int, at: float) -> None:
        """It was told once more."""
        if number >= len(self.first):
            self.first.frombytes(bytes(8 * (number + 1 + len(self.first) // 4 - len(self.first))))
        if self.first[number] == NEVER:
            self.first[number] = at
        else:
            self.again.setdefault(number, []).append(at)

    def times(self, number: int) -> list[float]:
        """When this number was told, in seconds."""
        if number >= len(self.first) or self.first[number] == NEVER:
            return []
        return [self.first[number], *self.again.get(number, ())]


class _Stub:
    """What was told by `o 第0课` (an account) and `robot 第0课` (a group)."""

    def __init__(self) -> None:
        self.told: defaultdict[str, Told] = defaultdict(Told)
        self.number = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
                body = await self._answer(head.split(b" ", 2)[1].decode(), await reader.readexactly(length))
                writer.write(ANSWER % (len(body), body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, target: str, body: bytes) -> bytes:
        url = urlsplit(target)
        if url.path == "/kinds":
            return json.dumps({kind: told.again for kind, told in self.told.items()}).encode()
        if url.path == "/first":
            return self.told[parse_qs(url.query)["kind"][0]].first.tobytes()
        if url.path.endswith("/stable_token"):
            return TOKEN
        self._note(url.query, json.loads(body))
        number = self.number
        await asyncio.sleep(TAKES_S)
        return b'{"errcode": 0, "errmsg": "ok", "msgid": %d}' % number

    def _note(self, query: str, said: dict[str, Any]) -> None:
        who = said.get("touser") or parse_qs(query)["key"][0]
        kind, _, number = who.rpartition("-")
        what = TITLE.search(json.dumps(said, ensure_ascii=False))
        now = time.time()
        self.number += 1
        if kind == "raw":  # the floor that the bots are measured against
            return
        self.told[f"{kind} {what[0] if what else ''}"].note(int(number), now)


def _run(listener: socket.socket) -> None:
    async def main() -> None:
        server = await asyncio.start_server(_Stub().serve, sock=listener, backlog=1024)
        await server.serve_forever()

    asyncio.run(main())


class Witness(Protocol):
    """A platform that says what it was told, be it the stub or the emulator."""

    def environment(self) -> dict[str, str]:
        """What makes a bot talk to it."""
        ...

    def told(self) -> dict[str, Told]:
        """Whom it was told to tell, by kind of target and title (`account 第0课`, `group 第0课`)."""
        ...


@dataclass(frozen=True)
class Platform:
    """The stub as others see it."""

    url: str

    def environment(self) -> dict[str, str]:
        """What makes a bot talk to it."""
        return {"WECHAT_API_URL": f"{self.url}/wx", "WECOM_API_URL": f"{self.url}/qy"}

    def told(self) -> dict[str, Told]:
        """Whom it was told to tell, by kind of target and title (`account 第0课`, `group 第0课`)."""
        found = {}
        for kind, again in requests.get(f"{self.url}/kinds", timeout=120).json().items():
            first = array("d")
            first.frombytes(requests.get(f"{self.url}/first", params={"kind": kind}, timeout=120).content)
            name = kind.replace("o ", "account ").replace("robot ", "group ")
            found[name] = Told(first, {int(number): times for number, times in again.items()})
        return found


@contextmanager
def slow_platform() -> Iterator[Platform]:
    """The stub, in a process of its own."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    process = multiprocessing.get_context("fork").Process(target=_run, args=(listener,), daemon=True)
    process.start()
    try:
        yield Platform(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        process.terminate()
        process.join()
        listener.close()
