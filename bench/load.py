"""A lean load generator: raw keep-alive sockets and requests written beforehand, so that it costs little itself."""

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

RECEIVE = 65_536


@dataclass(frozen=True)
class Request:
    """One HTTP request, ready to be sent."""

    raw: bytes


def request(method: str, path: str, body: bytes = b"", token: str = "", cookie: str = "") -> Request:
    """Write a request down."""
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if cookie:
        head += f"Cookie: {cookie}\r\n"
    if body:
        head += "Content-Type: application/json\r\n"
    return Request(head.encode() + b"\r\n" + body)


@dataclass(frozen=True)
class Outcome:
    """What a run gave: requests a second, times in seconds sorted ascending, and statuses that were not wanted."""

    rate: float
    times: list[float]
    unwanted: list[int]

    def percentile(self, share: float) -> float:
        """The time within which `share` of the requests were answered."""
        return self.times[min(int(len(self.times) * share), len(self.times) - 1)]


def run(port: int, requests: Sequence[Request], *, clients: int, wanted: int) -> Outcome:
    """Send all requests once over `clients` connections at the same time."""
    shares = [requests[number::clients] for number in range(clients)]
    results: list[list[tuple[float, int]]] = [[] for _ in range(clients)]
    gate = threading.Barrier(clients + 1)
    threads = [
        threading.Thread(target=_send_all, args=(port, share, result, gate))
        for share, result in zip(shares, results, strict=True)
    ]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    answers = list(chain.from_iterable(results))
    return Outcome(
        rate=len(answers) / took,
        times=sorted(seconds for seconds, _ in answers),
        unwanted=[status for _, status in answers if status != wanted],
    )


def _send_all(
    port: int, requests: Sequence[Request], results: list[tuple[float, int]], gate: threading.Barrier
) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        gate.wait()
        for one in requests:
            started = time.perf_counter()
            connection.sendall(one.raw)
            status = receive(connection)
            results.append((time.perf_counter() - started, status))


def receive(connection: socket.socket) -> int:
    """Read one answer to its end; returns its status."""
    data = connection.recv(RECEIVE)
    while b"\r\n\r\n" not in data:
        data += connection.recv(RECEIVE)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    missing = length - len(body)
    while missing > 0:
        missing -= len(connection.recv(RECEIVE))
    return int(head[9:12])
