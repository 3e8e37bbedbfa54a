"""The floor: the same jobs by hand, one statement each, no checks, no envelope; and a bare hello beside it.

Served by the same server as the product, over the same database.
"""

import os
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

from backend.core.crypto import digest

app = Flask("floor")
_local = threading.local()

CHECK_IN = """
INSERT INTO floor_check_in (activity_id, member_id, nonce, occurred_at)
SELECT a.id, m.id, {0}, {0} FROM access_token t
  JOIN member m ON m.account_id = t.account_id
  JOIN activity a ON a.public_id = {0}
 WHERE t.digest = {0}
"""
ORDER = """
INSERT INTO floor_order (requester_id, title, description, place, state)
SELECT t.account_id, {0}, {0}, {0}, 'submitted' FROM access_token t WHERE t.digest = {0}
"""
CLAIM = """
UPDATE service_order SET state = 'claimed', version = version + 1,
       handler_id = (SELECT account_id FROM access_token WHERE digest = {0})
 WHERE number = {0} AND state = 'dispatched'
"""


def _execute() -> tuple[Callable[[str, tuple[Any, ...]], int], str]:
    """One autocommitting connection a thread, durable like the product's."""
    url = os.environ["DATABASE_URL"]
    if not hasattr(_local, "connection"):
        _local.connection = _mysql(url) if url.startswith("mysql") else _sqlite(url)
    connection = _local.connection

    def execute(sql: str, values: tuple[Any, ...]) -> int:
        cursor = connection.cursor()
        cursor.execute(sql, values)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    return execute, "%s" if url.startswith("mysql") else "?"


def _mysql(url: str) -> Any:
    import pymysql

    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.path[1:],
        autocommit=True,
        ssl_disabled=True,
    )


def _sqlite(url: str) -> Any:
    import sqlite3

    connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)
    for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=1"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _do(sql: str, *values: Any) -> Response:
    execute, mark = _execute()
    changed = execute(sql.format(mark), values)
    return Response('{"code": "ok"}', 201 if changed == 1 else 409, mimetype="application/json")


def _token() -> str:
    return digest(request.headers["Authorization"][7:])


@app.get("/hello")
def hello() -> str:
    """What the server and Flask cost by themselves."""
    return "hello"


@app.post("/floor/check-in")
def check_in() -> Response:
    """A check-in in one statement."""
    body = request.get_json()
    activity = body["code"].partition(".")[0]
    return _do(CHECK_IN, body["nonce"], body["occurred_at"], activity, _token())


@app.post("/floor/order")
def submit() -> Response:
    """An order in one statement."""
    body = request.get_json()
    return _do(ORDER, body["title"], body["description"], body["place"]["text"], _token())


@app.post("/floor/claim/<number>")
def claim(number: str) -> Response:
    """A claim in one statement."""
    return _do(CLAIM, _token(), number)
