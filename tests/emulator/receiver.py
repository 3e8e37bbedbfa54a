"""The app's own server, as the platform sees it: takes callbacks and answers as it is told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Callback:
    method: str
    query: dict[str, str]
    body: bytes
    content_type: str


def acknowledge(_callback: Callback) -> tuple[int, bytes]:
    return 200, b"success"


@dataclass
class Receiver:
    """What came, in order; `answer` says what goes back."""

    url: str = ""
    came: list[Callback] = field(default_factory=list)
    answer: Callable[[Callback], tuple[int, bytes]] = acknowledge

    @property
    def pushes(self) -> list[Callback]:
        return [callback for callback in self.came if callback.method == "POST"]


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take(b"")

        def do_POST(self) -> None:
            self._take(self.rfile.read(int(self.headers["Content-Length"])))

        def _take(self, body: bytes) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            callback = Callback(self.command, query, body, self.headers.get("Content-Type", ""))
            receiver.came.append(callback)
            status, answer = receiver.answer(callback)
            with suppress(ConnectionError):  # the platform may have given up
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/wechat"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
