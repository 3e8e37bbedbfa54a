"""The connections to the platform for many messages at once, over libcurl.

It sends and waits without the interpreter's lock, and costs a third of what a client in Python does (decision 0024).
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import NamedTuple

import certifi
import pycurl

from backend.wechat.client import TIMEOUT_S

CONCURRENCY = 256  # where throughput against a platform of 50 ms stops growing
# connecting costs as much as a message, so connections are kept from one batch to the next
LINGER_S = 5.0
HEADERS = ["Content-Type: application/json", "Expect:"]


class Reply(NamedTuple):
    """What came back for the post of this number, after so many seconds; without a `status` nothing came.

    `left` is false when no byte was sent, so that the platform cannot have seen it.
    """

    number: int
    status: int | None
    body: bytes
    left: bool
    seconds: float


class Line:
    """Up to CONCURRENCY posts under way at once, for one thread at a time."""

    def __init__(self) -> None:
        self._multi = pycurl.CurlMulti()
        self._free: list[pycurl.Curl] = []
        self._busy: dict[pycurl.Curl, tuple[int, BytesIO]] = {}

    @property
    def has_room(self) -> bool:
        """Whether one more may begin."""
        return len(self._busy) < CONCURRENCY

    def post(self, number: int, url: str, body: bytes) -> None:
        """Begin one; it leaves when `replies` is next asked for."""
        handle = self._free.pop() if self._free else _handle()
        answer = BytesIO()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.POSTFIELDSIZE, len(body))
        # read but once: libcurl would send again what it can read again, when a kept connection ends without an answer
        handle.setopt(pycurl.READDATA, BytesIO(body))
        handle.setopt(pycurl.WRITEDATA, answer)
        self._multi.add_handle(handle)
        self._busy[handle] = number, answer

    def replies(self) -> Iterator[Reply]:
        """Go on with all that is under way, and give what has ended."""
        self._multi.perform()
        more = 1
        while more:
            more, answered, failed = self._multi.info_read()
            for handle in answered:
                yield self._end(handle, int(handle.getinfo(pycurl.RESPONSE_CODE)))
            for handle, _code, _why in failed:
                yield self._end(handle, None)

    def _end(self, handle: pycurl.Curl, status: int | None) -> Reply:
        number, answer = self._busy.pop(handle)
        self._multi.remove_handle(handle)
        self._free.append(handle)
        left, seconds = bool(handle.getinfo(pycurl.REQUEST_SIZE)), float(handle.getinfo(pycurl.TOTAL_TIME))
        return Reply(number, status, answer.getvalue(), left, seconds)

    def close(self) -> None:
        """Give up the connections, and what is still under way."""
        for handle in self._busy:
            self._multi.remove_handle(handle)
        for handle in (*self._busy, *self._free):
            handle.close()
        self._multi.close()


def _handle() -> pycurl.Curl:
    connect_s, read_s = TIMEOUT_S
    handle = pycurl.Curl()
    for option, value in {
        pycurl.POST: 1,
        pycurl.HTTPHEADER: HEADERS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.NOPROXY: "*",  # as `session_for` has it
        pycurl.NOSIGNAL: 1,
        pycurl.CAINFO: certifi.where(),  # whom `requests` trusts too, whatever the system has
        pycurl.CONNECTTIMEOUT: connect_s,
        pycurl.TIMEOUT: connect_s + read_s,
    }.items():
        handle.setopt(option, value)
    return handle


class Lines:
    """A line for each thread that sends; they are kept until nobody has used them for LINGER_S."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Line]] = []  # since when; the one used last is taken first

    @contextmanager
    def one(self) -> Iterator[Line]:
        """A line for the block alone; one that it breaks out of is not used again."""
        with self._lock:
            line = self._idle.pop()[1] if self._idle else Line()
        try:
            yield line
        except BaseException:
            line.close()
            raise
        with self._lock:
            self._idle.append((time.monotonic(), line))

    def rest(self, longest_s: float = LINGER_S) -> None:
        """Give up the connections that nobody has used for so long; whoever sends later opens others."""
        end = time.monotonic() - longest_s
        with self._lock:
            over = [line for since, line in self._idle if since <= end]
            self._idle = [(since, line) for since, line in self._idle if since > end]
        for line in over:
            line.close()
