"""A line to the database that a test can cut: a proxy that swallows what it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from backend.core.database import bind_database, database

LONGEST_PACKET = 1 << 20


class Line:
    """Hands bytes on between the pool and the server. `cut` says at which words, and on which side of the server."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._words: bytes | None = None
        self._after, self._skip = False, 0
        self.cuts = 0
        threading.Thread(target=self._take_in, daemon=True).start()

    def cut(self, words: str, *, after: bool = False, skip: int = 0) -> None:
        """Hang up on both once the pool has sent these words: before the server heard them, or after it answered.

        The first `skip` times are let through; no words, no cut.
        """
        self._words, self._after, self._skip = words.encode(), after, skip

    def close(self) -> None:
        """Take in nobody more."""
        _hang_up(self._listener)

    def _take_in(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                deaf = threading.Event()
                threading.Thread(target=self._to_server, args=(near, far, deaf), daemon=True).start()
                threading.Thread(target=self._to_pool, args=(near, far, deaf), daemon=True).start()

    def _to_server(self, near: socket.socket, far: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while data := near.recv(LONGEST_PACKET):
                if self._is_the_one(data):
                    self._words, self.cuts = None, self.cuts + 1
                    if not self._after:
                        break
                    deaf.set()
                far.sendall(data)
                if deaf.is_set():
                    return  # the other direction hangs up once the answer is there
        _hang_up(near, far)

    def _is_the_one(self, data: bytes) -> bool:
        if not self._words or self._words not in data:
            return False
        self._skip -= 1
        return self._skip < 0

    def _to_pool(self, near: socket.socket, far: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while (data := far.recv(LONGEST_PACKET)) and not deaf.is_set():
                near.sendall(data)
        _hang_up(near, far)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def line_to(url: str) -> Iterator[Line]:
    """The pool bound to the same database by way of a line."""
    parts = urlsplit(url)
    line = Line((parts.hostname or "127.0.0.1", parts.port or 3306))
    database.close()
    bind_database(parts._replace(netloc=f"{parts.username or 'root'}@127.0.0.1:{line.port}").geturl())
    database.connect()
    try:
        yield line
    finally:
        database.close()
        database.obj.close_all()
        line.close()
        bind_database(url)
        database.connect()
