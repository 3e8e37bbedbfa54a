"""The connections of the bulk sender: kept, given up, and nothing is ever sent twice behind our back."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from backend.wechat.line import Line, Lines, Reply

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Server:
    """Answers each post of a connection but the one of this number, where it hangs up; knows what it got."""

    hangs_up_at: int | None = None
    connections: int = 0
    got: list[bytes] = field(default_factory=list)

    def accept(self, listener: socket.socket) -> None:
        """Serve whoever comes, until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            number = 0
            while head := reader.readline():
                length = 0
                while head.strip():
                    if head.lower().startswith(b"content-length:"):
                        length = int(head.split(b":")[1])
                    head = reader.readline()
                self.got.append(reader.read(length))
                number += 1
                if number == self.hangs_up_at:
                    return
                connection.sendall(ANSWER)


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """The address of the server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=server.accept, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/send"
        listener.shutdown(socket.SHUT_RDWR)


def posted(line: Line, url: str, *bodies: bytes) -> list[Reply]:
    """What came back, one after the other."""
    found: list[Reply] = []
    for number, body in enumerate(bodies):
        line.post(number, url, body)
        while len(found) <= number:
            found += line.replies()
            time.sleep(0.001)
    return found


def test_a_connection_is_kept() -> None:
    server = Server()
    with serving(server) as url:
        found = posted(Line(), url, b"1", b"2", "第三".encode())
    assert [(one.number, one.status, one.body, one.left) for one in found] == [
        (number, 200, b"ok", True) for number in range(3)
    ]
    assert (server.connections, server.got) == (1, [b"1", b"2", "第三".encode()])


def test_what_a_kept_connection_swallowed_is_not_sent_again() -> None:
    """A client that tries again by itself would tell somebody twice, and nobody would know."""
    server = Server(hangs_up_at=2)
    with serving(server) as url:
        found = posted(Line(), url, b"1", b"2", b"3")
    assert [(one.status, one.left) for one in found] == [(200, True), (None, True), (200, True)]
    assert server.got == [b"1", b"2", b"3"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/send", "http://nowhere.invalid/send"])
def test_what_found_no_platform_has_not_left(url: str) -> None:
    (found,) = posted(Line(), url, b"1")
    assert (found.status, found.left) == (None, False)


def test_a_platform_without_a_certificate_hears_nothing() -> None:
    server = Server()
    with serving(server) as url:
        (found,) = posted(Line(), url.replace("http:", "https:"), b"1")
    assert (found.status, found.left) == (None, False)


def test_lines_are_kept_for_a_while_and_those_that_broke_are_not() -> None:
    lines = Lines()
    with lines.one() as first, lines.one() as other:
        assert first is not other
    with pytest.raises(ZeroDivisionError), lines.one() as broken:
        _ = 1 / 0
    lines.rest(60)
    with lines.one() as again:
        assert again in (first, other)
    lines.rest(0)
    with lines.one() as fresh:
        assert fresh not in (first, other, broken)
