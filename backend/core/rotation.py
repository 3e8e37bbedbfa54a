"""Bringing every sealed value and blind index to the keys of today while everybody goes on working.

Rows are taken in the order of their ids, a batch in a unit of work. Each is changed only as it was read: what
somebody writes meanwhile stays and is looked at again. How far each table has come is a row, so that a rotation
that was killed goes on from there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee as pw

from backend.core.crypto import Sealed, SealedField, keyring
from backend.core.database import Record, in_unit_of_work

BATCH = 200
MOST_PASSES = 3


class KeyRotation(Record):
    """How far a table has come towards the keys that `target` is a digest of."""

    id = pw.BigAutoField()
    name = pw.CharField(64, unique=True)
    target = pw.FixedCharField(32)
    done_up_to = pw.BigIntegerField()
    changed = pw.BigIntegerField()


@dataclass(frozen=True)
class Outcome:
    """What became of one table; `left` were written with older keys meanwhile: run it again."""

    table: str
    changed: int
    left: int


Say = Callable[[str], None]


def sealed_tables(tables: Iterable[type[Record]]) -> list[type[Record]]:
    """The tables that hold sealed values."""
    return [table for table in tables if sealed_fields(table)]


def sealed_fields(table: type[Record]) -> list[SealedField]:
    """The sealed columns of a table."""
    return [field for field in table._meta.sorted_fields if isinstance(field, SealedField)]


def rotate(tables: Iterable[type[Record]], say: Say) -> list[Outcome]:
    """Bring all tables to the keys of today, telling how far it has come; a second run finds nothing to do."""
    return [_rotate_table(table, say) for table in sealed_tables(tables)]


def count_stale(table: type[Record]) -> int:
    """How many values of a table are not sealed with the key of today."""
    return sum(
        table.select()
        .where(field.is_null(False), pw.fn.HEX(pw.fn.SUBSTR(field, 1, 1)) != f"{keyring.current:02X}")
        .count()
        for field in sealed_fields(table)
    )


def _rotate_table(table: type[Record], say: Say) -> Outcome:
    name, changed, left = table._meta.table_name, 0, 0
    for _ in range(MOST_PASSES):
        state = _state_of(name)
        last = table.select(pw.fn.MAX(table._meta.primary_key)).scalar() or 0
        while state.done_up_to < last:
            _rotate_batch(table, state)
            say(f"{name}：{state.done_up_to}/{last}，已重新加密 {state.changed} 行")
        changed += state.changed
        in_unit_of_work(KeyRotation.delete().where(KeyRotation.name == name).execute)
        left = count_stale(table)
        if not left:
            break
    return Outcome(name, changed, left)


def _state_of(name: str) -> KeyRotation:
    target = keyring.target()
    state: KeyRotation | None = KeyRotation.get_or_none(KeyRotation.name == name)
    if state is None:
        state = KeyRotation.create(name=name, target=target, done_up_to=0, changed=0)
    elif state.target != target:
        state.target, state.done_up_to, state.changed = target, 0, 0
        state.save()
    return state


def _rotate_batch(table: type[Record], state: KeyRotation) -> None:
    """Some rows and the note of how far it has come, in one unit of work: both live or die together."""
    key = table._meta.primary_key
    fields = sealed_fields(table)

    def work() -> tuple[int, int]:
        rows = table.select().where(key > state.done_up_to).order_by(key).limit(BATCH)
        found: list[Any] = list(rows)
        changed = sum(_rotate_row(table, row, fields) for row in found)
        done = found[-1].get_id() if found else state.done_up_to
        KeyRotation.update(done_up_to=done, changed=state.changed + changed).where(KeyRotation.id == state.id).execute()
        return done, changed

    done, changed = in_unit_of_work(work)
    state.done_up_to, state.changed = done, state.changed + changed


def _rotate_row(table: type[Record], row: Any, fields: Sequence[SealedField]) -> bool:
    """Whether a row was behind and is no more; False too when somebody was faster: he wrote with his own keys."""
    changes: dict[str, Any] = {}
    unchanged = table._meta.primary_key == row.get_id()
    for field in fields:
        value = getattr(row, field.name)
        unchanged &= field.is_null() if value is None else field == value
        if isinstance(value, Sealed):
            changes |= _changes_of(row, field, value)
    return bool(changes and table.update(**changes).where(unchanged).execute())


def _changes_of(row: Any, field: SealedField, value: Sealed) -> dict[str, Any]:
    resealed = {field.name: value.open()} if value.raw[0] != keyring.current else {}
    plain = value.open() if field.indexed_by else ""
    indexes = {name: index(plain) for name, index in field.indexed_by.items()}
    return resealed | {name: index for name, index in indexes.items() if getattr(row, name) != index}


TABLES = (KeyRotation,)
