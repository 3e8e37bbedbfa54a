"""What is read at every step and changes a few times a year: asked once, and remembered by every process.

Whoever writes such rows draws a new token in the same unit of work (`changed`). Whoever reads them has read the token
with something that is asked anyway (`TOKEN`), and what was remembered under another one is asked again. The token is
read in one statement with the rows, so that none is ever kept under a token that it does not belong to.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import peewee as pw

from backend.core.bundle import read_bundle
from backend.core.database import Record, database, require_transaction

MOST_REMEMBERED = 1_000
# for a statement that is asked anyway: the cell, NULL where nothing was ever written, and where it is from
TOKEN = "v.token"  # noqa: S105 - no secret
FROM_TOKEN = "LEFT JOIN reference_version v ON v.id = 1"  # noqa: S105 - no secret
_TOKEN_ROWS = "SELECT JSON_ARRAY('token', v.token) FROM reference_version v WHERE v.id = 1"  # noqa: S105 - no secret


class ReferenceVersion(Record):
    """One row: the token under which reference data is remembered. Drawn, not counted: a restored database, or another
    one, never holds other rows under a token that somebody remembers."""

    id = pw.SmallIntegerField(primary_key=True)
    token = pw.CharField(16)


TABLES = (ReferenceVersion,)


class Question(NamedTuple):
    """A SELECT of reference rows: the word that begins each, its `?`, and what is made of the rows (never None)."""

    word: str
    part: str
    values: tuple[Any, ...]
    read: Callable[[list[list[Any]]], Any]


@dataclass(frozen=True)
class _Memory:
    """Answers of one database under one token."""

    database: Any
    token: str | None
    answers: dict[Question, Any]


class _Remembered:
    """What this process knows; read without waiting, written by one thread at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._memory = _Memory(None, None, {})

    def find(self, token: str | None, questions: tuple[Question, ...]) -> list[Any] | None:
        """The answers, if all of them are known under this token."""
        memory = self._memory
        if token is None or memory.token != token or memory.database is not database.obj:
            return None
        found = [memory.answers.get(question) for question in questions]
        return None if None in found else found

    def keep(self, token: str, answers: Iterable[tuple[Question, Any]]) -> None:
        """Remember them; what belongs to another token, and what is too much, is forgotten."""
        with self._lock:
            memory = self._memory
            alike = memory.token == token and memory.database is database.obj
            if not alike or len(memory.answers) >= MOST_REMEMBERED:
                memory = self._memory = _Memory(database.obj, token, {})
            memory.answers.update(answers)


_remembered = _Remembered()


def changed() -> None:
    """Reference rows are written in this unit of work: with it ends what every process remembers of them."""
    require_transaction("reference.changed")
    ReferenceVersion.insert(id=1, token=secrets.token_hex(8)).on_conflict_replace().execute()


def ask(token: str | None, *questions: Question) -> list[Any]:
    """The answers, from memory where the token (as it was just read) allows it, else in one statement.

    What they are must not be changed: the next to ask gets the same.
    """
    known = _remembered.find(token, questions)
    if known is not None:
        return known
    bundle = read_bundle(
        (_TOKEN_ROWS, *(question.part for question in questions)),
        [value for question in questions for value in question.values],
    )
    answers = [question.read(bundle[question.word]) for question in questions]
    if bundle["token"]:
        _remembered.keep(bundle["token"][0][0], zip(questions, answers, strict=True))
    return answers
