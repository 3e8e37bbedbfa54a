"""A stub of WeChat and WeCom that takes its time for every message and remembers whom it was told to tell, and when."""

import asyncio
import json
import multiprocessing
import re
import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import requests

TAKES_S = 0.05
TOKEN = json.dumps({"access_token": "t" * 130, "expires_in": 7200}).encode()


class _Stub:
    """Remembers the instants (seconds) at which each target was told what (`o-7 第0课`, `robot-7 第0课`)."""

    def __init__(self) -> None:
        self.told: defaultdict[str, list[float]] = defaultdict(list)
        self.number = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
                body = await self._answer(head.split(b" ", 2)[1].decode(), await reader.readexactly(length))
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                )
                writer.write(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, target: str, body: bytes) -> bytes:
        url = urlsplit(target)
        if url.path == "/told":
            return json.dumps(self.told).encode()
        if url.path.endswith("/stable_token"):
            return TOKEN
        said = json.loads(body)
        who = said.get("touser") or parse_qs(url.query)["key"][0]
        what = re.search(r"第\d+课", json.dumps(said, ensure_ascii=False))
        self.told[f"{who} {what[0] if what else ''}"].append(time.time())
        self.number += 1
        number = self.number
        await asyncio.sleep(TAKES_S)
        return json.dumps({"errcode": 0, "errmsg": "ok", "msgid": number}).encode()


def _run(listener: socket.socket) -> None:
    async def main() -> None:
        server = await asyncio.start_server(_Stub().serve, sock=listener, backlog=1024)
        await server.serve_forever()

    asyncio.run(main())


@dataclass(frozen=True)
class Platform:
    """The stub as others see it."""

    url: str

    def environment(self) -> dict[str, str]:
        """What makes a bot talk to it."""
        return {"WECHAT_API_URL": f"{self.url}/wx", "WECOM_API_URL": f"{self.url}/qy"}

    def told(self) -> dict[str, list[float]]:
        """When each target was told, in seconds, by target and title."""
        found = requests.get(f"{self.url}/told", timeout=120).json()
        return {name.replace("o-", "account:").replace("robot-", "group:"): times for name, times in found.items()}


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
