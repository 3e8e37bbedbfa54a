"""The little HTTP server: one connection for many calls, bodies of every kind, nonsense."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.server import PortBusy, Server


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']} ".encode(), body]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server("127.0.0.1", 0, echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.stop()
    thread.join()


def talk(server: Server, *requests: bytes) -> bytes:
    """Say everything on one connection and read until the other side closes it."""
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        for request in requests:
            connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
        return answer


def test_one_connection_serves_many_calls(server: Server) -> None:
    first = b"GET /a?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"
    second = b"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    last = b"GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = talk(server, first + second + last)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert b"GET /a?x=1 " in answer
    assert b"POST /b? hello" in answer
    assert answer.count(b"Connection: keep-alive") == 2
    assert answer.endswith(b"GET /c? ")


def test_old_clients_are_served_once(server: Server) -> None:
    answer = talk(server, b"GET /a HTTP/1.0\r\n\r\n")
    assert b"Connection: close" in answer


def test_body_in_chunks(server: Server) -> None:
    head = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    answer = talk(server, head + b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")
    assert answer.endswith(b"POST /a? hello world")


def test_client_that_waits_before_its_body(server: Server) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        head = b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
        connection.sendall(head)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hi")
        answer = connection.recv(65_536)
    assert answer.endswith(b"POST /a? hi")


def test_address_is_decoded_once(server: Server) -> None:
    answer = talk(server, b"GET /%E4%B8%AD?q=%E4%B8%AD HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.endswith("GET /ä¸\xad?q=%E4%B8%AD ".encode())


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n", b"413"),
    ],
)
def test_nonsense_is_refused(server: Server, request_bytes: bytes, status: bytes) -> None:
    assert talk(server, request_bytes).startswith(b"HTTP/1.1 " + status)


def test_busy_port_is_named(server: Server) -> None:
    with pytest.raises(PortBusy, match=f"port {server.port} on 127.0.0.1"):
        Server("127.0.0.1", server.port, echo)


def test_application_that_fails_costs_one_connection(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        raise RuntimeError("unexpected")

    failing = Server("127.0.0.1", 0, broken)
    thread = threading.Thread(target=failing.serve_forever)
    thread.start()
    try:
        assert talk(failing, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 500 ")
        assert talk(failing, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 500 ")
    finally:
        failing.stop()
        thread.join()
    assert "RuntimeError: unexpected" in capsys.readouterr().err
