"""A small threaded HTTP/1.1 server for one WSGI application.

Its own, because an emulator must do what servers avoid: reset a connection after the work was done.
"""

import contextlib
import errno
import io
import os
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote_to_bytes

from emulator.calls import BREAK_CONNECTION

LONGEST_LINE = 65_536
MOST_HEADERS = 100
LARGEST_BODY = 64 * 1024 * 1024
IDLE_S = 75.0
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class PortBusy(OSError):
    """Somebody else listens there."""


class BadRequest(ValueError):
    """Not HTTP, or too large; the text is the status line's."""


class Server:
    """Listens from the start; `port` is the true one when 0 was asked for."""

    def __init__(self, host: str, port: int, application: Application) -> None:
        self._application = application
        self._listener = _listen(host, port)
        self.host, self.port = self._listener.getsockname()[:2]
        self._stopped = threading.Event()

    def serve_forever(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, address = self._listener.accept()
            except OSError:
                if self._stopped.is_set():
                    return
                raise
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def stop(self) -> None:
        """Take no more connections; those under way end with the process."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, connection: socket.socket, address: tuple[str, int]) -> None:
        connection.settimeout(IDLE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as reader:
            while not self._stopped.is_set() and self._answer_one(connection, reader, address):
                pass

    def _answer_one(self, connection: socket.socket, reader: io.BufferedReader, address: tuple[str, int]) -> bool:
        """One request and its answer; may the connection be used again?"""
        try:
            environ = _read_request(reader, connection)
        except BadRequest as fault:
            connection.sendall(_short_answer(str(fault)))
            return False
        if environ is None:
            return False
        environ |= {"SERVER_NAME": self.host, "SERVER_PORT": str(self.port), "REMOTE_ADDR": address[0]}
        keep = _keeps_alive(environ)
        try:
            answer = _run(self._application, environ, keep)
        except Exception:
            traceback.print_exc()
            connection.sendall(_short_answer("500 Internal Server Error"))
            return False
        if environ.get(BREAK_CONNECTION):
            _reset(connection)
            return False
        connection.sendall(answer)
        return keep


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as fault:
        listener.close()
        if fault.errno == errno.EADDRINUSE:
            raise PortBusy(errno.EADDRINUSE, f"port {port} on {host} is in use by another program") from fault
        raise
    return listener


def _read_request(reader: io.BufferedReader, connection: socket.socket) -> Environ | None:
    """The WSGI environment of the next request, None when there is none. Raises BadRequest."""
    line = reader.readline(LONGEST_LINE + 1)
    if not line.strip():
        return None
    try:
        method, target, protocol = line.decode("latin-1").split()
    except ValueError:
        raise BadRequest("400 Bad Request") from None
    path, _, query = target.partition("?")
    environ: Environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": protocol,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    environ |= _read_headers(reader)
    if environ.get("HTTP_EXPECT", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = _read_body(reader, environ)
    return environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _read_headers(reader: io.BufferedReader) -> Environ:
    headers: Environ = {}
    for _ in range(MOST_HEADERS):
        line = reader.readline(LONGEST_LINE + 1)
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or len(line) > LONGEST_LINE:
            break
        key = name.strip().upper().replace("-", "_")
        headers[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.strip()
    raise BadRequest("431 Request Header Fields Too Large")


def _read_body(reader: io.BufferedReader, environ: Environ) -> bytes:
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        del environ["HTTP_TRANSFER_ENCODING"]
        return b"".join(_chunks(reader))
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise BadRequest("400 Bad Request")
    if int(length) > LARGEST_BODY:
        raise BadRequest("413 Content Too Large")
    body = reader.read(int(length))
    if len(body) < int(length):
        raise BadRequest("400 Bad Request")
    return body


def _chunks(reader: io.BufferedReader) -> Iterable[bytes]:
    total = 0
    while True:
        try:
            size = int(reader.readline(LONGEST_LINE).split(b";")[0], 16)
        except ValueError:
            raise BadRequest("400 Bad Request") from None
        total += size
        if total > LARGEST_BODY:
            raise BadRequest("413 Content Too Large")
        chunk = reader.read(size)
        reader.readline(LONGEST_LINE)
        if size == 0:
            return
        yield chunk


def _keeps_alive(environ: Environ) -> bool:
    wish = environ.get("HTTP_CONNECTION", "").lower()
    by_default = bool(environ["SERVER_PROTOCOL"] == "HTTP/1.1")
    return wish != "close" and (by_default or wish == "keep-alive")


def _run(application: Application, environ: Environ, keep: bool) -> bytes:
    """The whole answer as bytes; no answer here is long enough to need streaming."""
    head: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        head[:] = [
            *lines,
            f"Date: {formatdate(usegmt=True)}",
            f"Connection: {'keep-alive' if keep else 'close'}",
        ]

    result = application(environ, start_response)
    try:
        body = b"".join(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    if not any(line.lower().startswith("content-length:") for line in head):
        head.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body


def _short_answer(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def _reset(connection: socket.socket) -> None:
    """End with RST instead of FIN: the client sees `connection reset by peer`."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
