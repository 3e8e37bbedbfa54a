"""The bell (REDIS_URL): whoever has queued something to be sent wakes the bots, which otherwise look once a second.

Only a hint. The database alone says what is due, so a ring that nobody hears costs a second and loses nothing. Two
commands of Redis, PUBLISH and SUBSCRIBE, are spoken here by hand: that is no reason for a library.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import structlog

CONNECT_S = 1
# without a ring for so long, subscribe anew: a connection that died in silence must not be waited on for ever
SILENCE_S = 60
AGAIN_S = 5

log = structlog.get_logger()


class Bell:
    """Rung and heard through one Redis, by its URL (`redis://` or `rediss://`, user and password as usual)."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        # Redis tells all its databases alike: the number keeps apart what shares a server
        self._channel = f"zhibu:{self._parts.path.strip('/') or 0}:queued"
        self._rung, self._closed = threading.Event(), threading.Event()
        self._starting = threading.Lock()
        self._ringer: threading.Thread | None = None

    def ring(self) -> None:
        """Something was queued. Returns at once, whatever Redis does; many rings at a time are one."""
        self._rung.set()
        with self._starting:
            if self._ringer is None:
                self._ringer = threading.Thread(target=self._publish, name="bell", daemon=True)
                self._ringer.start()

    def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever somebody rings, from a thread that lives until the bell is closed."""
        threading.Thread(target=self._subscribe, args=(heard,), name="bell", daemon=True).start()

    def close(self) -> None:
        """Ring and hear no more."""
        self._closed.set()
        self._rung.set()

    def _publish(self) -> None:
        while self._rung.wait() and not self._closed.is_set():
            self._rung.clear()
            try:
                with self._redis() as redis:
                    _ask(redis, "PUBLISH", self._channel, "1")
            except OSError as error:
                self._is_silent(error)

    def _subscribe(self, heard: Callable[[], None]) -> None:
        while not self._closed.is_set():
            try:
                with self._redis() as redis:
                    _ask(redis, "SUBSCRIBE", self._channel)
                    redis.settimeout(SILENCE_S)
                    heard()  # what was rung while nobody listened
                    while redis.recv(4096):
                        heard()
            except TimeoutError:
                continue
            except OSError as error:
                self._is_silent(error)

    def _is_silent(self, error: OSError) -> None:
        if not self._closed.is_set():
            log.warning("the bell is silent; bots look once a second", fault=type(error).__name__)
            self._closed.wait(AGAIN_S)

    @contextmanager
    def _redis(self) -> Iterator[socket.socket]:
        host, port = self._parts.hostname or "127.0.0.1", self._parts.port or 6379
        with socket.create_connection((host, port), CONNECT_S) as plain:
            secure = self._parts.scheme == "rediss"
            redis = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
            if self._parts.password:
                named = [unquote(self._parts.username)] if self._parts.username else []
                _ask(redis, "AUTH", *named, unquote(self._parts.password))
            yield redis


def _ask(redis: socket.socket, *words: str) -> None:
    """One command and its answer, of which only a refusal matters; raises OSError."""
    spelled = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
    redis.sendall(f"*{len(words)}\r\n{spelled}".encode())
    answer = redis.recv(4096)
    if not answer or answer.startswith(b"-"):
        raise ConnectionRefusedError(words[0])
