"""The connections to the platform for many messages at once, and the event loop that serves them."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any

import aiohttp
import certifi

from backend.wechat.client import TIMEOUT_S

# connecting costs as much as a message, so connections are kept from one batch to the next
LINGER_S = 5.0

Work = Callable[[aiohttp.ClientSession], Coroutine[Any, Any, None]]


class Line:
    """One loop in a thread of its own for all who send; what nobody used for LINGER_S is given up."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._lock = threading.Lock()
        self._open: tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession] | None = None
        self._users = 0
        self._uses = 0

    def run(self, work: Work) -> None:
        """Have this done in the loop, and wait for it."""
        with self._lock:
            loop, session = self._open = self._open or self._begin()
            self._users += 1
            self._uses += 1
        try:
            asyncio.run_coroutine_threadsafe(work(session), loop).result()
        finally:
            with self._lock:
                self._users -= 1
                loop.call_soon_threadsafe(loop.call_later, LINGER_S, self._end_unless_used, self._uses)

    def close(self) -> None:
        """Give the connections up now; whoever sends later opens others."""
        with self._lock:
            uses, opened = self._uses, self._open
        if opened is not None:
            opened[0].call_soon_threadsafe(self._end_unless_used, uses)

    def _begin(self) -> tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession]:
        loop = asyncio.new_event_loop()
        threading.Thread(target=_serve, args=(loop,), name="line", daemon=True).start()
        return loop, asyncio.run_coroutine_threadsafe(_session(self._secure), loop).result()

    def _end_unless_used(self, uses: int) -> None:
        """In the loop: end it, unless somebody sends or has sent since."""
        with self._lock:
            if self._open is None or self._users or self._uses != uses:
                return
            (loop, session), self._open = self._open, None
        loop.create_task(session.close()).add_done_callback(lambda _done: loop.stop())


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _session(secure: bool) -> aiohttp.ClientSession:
    connect_s, read_s = TIMEOUT_S
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=_trusted() if secure else True),  # who sends keeps a limit
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_s, sock_read=read_s),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that `requests` trusts too, whatever the system has."""
    return ssl.create_default_context(cafile=certifi.where())
