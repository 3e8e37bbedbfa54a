"""How many SQL statements a request runs, besides BEGIN and COMMIT: counted in this process, as peewee logs them."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import click

from backend.app import create_app
from backend.core.settings import load_settings
from bench.load import Request

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class _Counter(logging.Handler):
    """Counts the statements that pass."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """One statement."""
        if isinstance(record.msg, tuple):  # (statement, values); the pool's own chatter is plain text
            self.count += not record.msg[0].startswith(FRAME)


@contextmanager
def counted() -> Iterator[_Counter]:
    """Counts the statements that run inside the block."""
    logger, counter = logging.getLogger("peewee"), _Counter(logging.DEBUG)
    before = logger.level
    logger.addHandler(counter)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield counter
    finally:
        logger.removeHandler(counter)
        logger.setLevel(before)
        logger.propagate = True


def report_statements(environ: dict[str, str], requests: dict[str, Request]) -> None:
    """Print the count for each request, which must be one that succeeds."""
    client = create_app(load_settings(environ)).test_client(use_cookies=False)
    for name, request in requests.items():
        head, _, body = request.raw.decode().partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        with counted() as counter:
            answer = client.open(start.split()[1], method=start.split()[0], headers=headers, data=body)
        if answer.status_code not in {200, 201}:
            raise click.ClickException(f"{name}: {json.dumps(answer.get_json(), ensure_ascii=False)}")
        click.echo(f"  statements of one {name}: {counter.count}")
