"""What the rooms hold of a person, declared table by table: how it is exported, and what an erasure does to it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import peewee as pw

from backend.core.crypto import Sealed, opened
from backend.people.models import Member

# how a row that another one points to is called, first come first served
_NAMES = ("name", "title", "number", "text", "public_id")


@dataclass(frozen=True)
class Fate:
    """What an erasure does: `blanked` columns get these values; without `kept_for` (the ground) rows are deleted."""

    kept_for: str | None = None
    blanked: Mapping[str, Any] = field(default_factory=dict)


DELETED = Fate()


@dataclass(frozen=True)
class Held:
    """Rows that `by`, a foreign key, leads from to an account or a member, in one step or over `through`.

    `label` says in Chinese what they are; `columns` are exported as they are, sealed ones opened.
    """

    label: str
    by: Any
    fate: Fate
    columns: tuple[str, ...] = ()
    through: Any = None


@dataclass(frozen=True)
class Whose:
    """A person as tables know him; 0 where there is no member."""

    account_id: int
    member_id: int


def person_of(account_id: int) -> Whose:
    """The account and the member that it belongs to."""
    member = Member.select(Member.id).where(Member.account == account_id).scalar()
    return Whose(account_id, member or 0)


def exporter(held: Iterable[Held]) -> Callable[[int], dict[str, Any]]:
    """A room's export, made of what it declares: rows by table."""
    named = [one for one in held if one.columns]

    def export(account_id: int) -> dict[str, Any]:
        whose = person_of(account_id)
        return {_key(one): _rows(one, whose) for one in named}

    return export


def table_labels(held: Iterable[Held]) -> dict[str, str]:
    """What the parts of an export are called in Chinese."""
    return {_key(one): one.label for one in held}


def _key(held: Held) -> str:
    return f"{held.by.model._meta.table_name}.{held.by.name}"


def _rows(held: Held, whose: Whose) -> list[dict[str, Any]]:
    table, mine = held.by.model, condition(held, whose)
    fields = [table._meta.fields[name] for name in held.columns]
    rows = list(table.select(*fields).where(mine).order_by(table._meta.primary_key).dicts())
    for one in fields:
        if isinstance(one, pw.ForeignKeyField):
            names = _names(one, mine)
            rows = [{**row, one.name: names.get(row[one.name])} for row in rows]
    return [{name: opened(cell) if isinstance(cell, Sealed) else cell for name, cell in row.items()} for row in rows]


def _names(key: pw.ForeignKeyField, mine: pw.Expression) -> dict[Any, str]:
    """What those rows are called that a foreign key points to, in one statement."""
    known = key.rel_model._meta
    name = next(known.fields[name] for name in _NAMES if name in known.fields)
    rows = key.rel_model.select(known.primary_key, name).where(known.primary_key.in_(key.model.select(key).where(mine)))
    return dict(rows.tuples())


def condition(held: Held, whose: Whose) -> pw.Expression:
    """Which rows of the table are this person's."""
    last = held.through or held.by
    wanted = whose.member_id if last.rel_model is Member else whose.account_id
    if held.through is None:
        return held.by == wanted  # type: ignore[no-any-return]
    between = held.through.model
    return held.by.in_(between.select(between._meta.primary_key).where(held.through == wanted))  # type: ignore[no-any-return]


def erase_held(held: Held, whose: Whose) -> int:
    """Delete or blank this person's rows, inside a unit of work; returns how many."""
    table, mine = held.by.model, condition(held, whose)
    if held.fate.kept_for is None:
        return int(table.delete().where(mine).execute())
    return int(table.update(**held.fate.blanked).where(mine).execute()) if held.fate.blanked else 0
