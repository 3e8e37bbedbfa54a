"""The bot's own figures for Prometheus: what it asked of WeChat and WeCom, and how that ended."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

LOOPBACK = "127.0.0.1"


class PortBusy(Exception):
    """Somebody else listens where the figures are to be read."""


@contextmanager
def figures_on(port: int | None) -> Iterator[None]:
    """Answer `/metrics` on this port of the machine itself while the block runs; nowhere without a port."""
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, LOOPBACK)
    except OSError:
        raise PortBusy(str(port)) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
