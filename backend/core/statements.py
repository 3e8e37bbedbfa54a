"""The texts of INSERT and UPDATE by column name, and how their values are written: worked out once, used every time."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import peewee as pw


class Found(NamedTuple):
    """A column whose value is looked up by the statement that writes it; NULL when it is gone.

    `query` has one `?`, whose value goes there as it is.
    """

    column: str
    query: str


class Way(NamedTuple):
    """How the values of a column are written: those of a type as they are, the others as the field says."""

    as_it_is: type | None
    write: Callable[[Any], Any]


_AS_IT_IS = Way(None, lambda value: value)


def written(ways: Sequence[Way], values: Iterable[Any]) -> list[Any]:
    """Values as they are stored."""
    pairs = zip(ways, values, strict=True)
    return [value if value is None or type(value) is way.as_it_is else way.write(value) for way, value in pairs]


def _way_of(field: pw.Field) -> Way:
    kept = field
    while isinstance(kept, pw.ForeignKeyField):
        kept = kept.rel_field
    if type(kept).db_value is pw.Field.db_value:
        for kind, column in ((str, pw._StringField), (int, pw.IntegerField), (bool, pw.BooleanField)):
            if isinstance(kept, column):
                return Way(kind, field.db_value)
    return Way(None, field.db_value)


def named(field: pw.Field, mark: str) -> str:
    """The column in the quotes of a dialect, told by its marks."""
    quote = "`" if mark == "%s" else '"'
    return f"{quote}{field.column_name}{quote}"


@cache
def update_of(
    model: type[pw.Model], names: tuple[str, ...], keys: tuple[str, ...], mark: str
) -> tuple[str, tuple[Way, ...]]:
    """UPDATE of the rows with these keys, and how each value is written."""
    changed, known = ([model._meta.combined[name] for name in some] for some in (names, keys))
    assigned = ", ".join(f"{named(field, mark)} = {mark}" for field in changed)
    condition = " AND ".join(f"{named(field, mark)} = {mark}" for field in known)
    sql = f"UPDATE {model._meta.table_name} SET {assigned} WHERE {condition}"  # noqa: S608 - names of our own columns
    return sql, tuple(_way_of(field) for field in (*changed, *known))


def literal(value: str | int) -> str:
    """A default of ours, a number or a plain word, as SQL."""
    return f"'{value}'" if isinstance(value, str) else str(int(value))


@cache
def insert_of(
    model: type[pw.Model], names: tuple[str, ...], mark: str, found: Found | None = None, *, filled: bool = False
) -> tuple[str, tuple[Way, ...]]:
    """The statement and how each value is written, worked out once per set of columns and dialect.

    `filled`: the other columns that have a default get it, as part of the text.
    """
    fields = [model._meta.combined[name] for name in names]
    given = {field.name for field in fields}  # by name: fields are compared in SQL
    rest = [(field, value) for field, value in model._meta.defaults.items() if filled and field.name not in given]
    columns = ", ".join(named(field, mark) for field in [*fields, *(field for field, _ in rest)])
    ways = {found.column: f"({found.query.replace('?', mark)})"} if found else {}
    marks = ", ".join([*(ways.get(name, mark) for name in names), *(literal(value) for _, value in rest)])
    sql = f"INSERT INTO {model._meta.table_name} ({columns}) VALUES ({marks})"  # noqa: S608 - names of our own columns
    known = {found.column: _AS_IT_IS} if found else {}
    return sql, tuple(known.get(name) or _way_of(field) for name, field in zip(names, fields, strict=True))
