"""Values on their short way into a statement: written as the field would write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import peewee as pw
import pytest

from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.core.statements import insert_of, written


class Size(StrEnum):
    """An enumeration as the models use them."""

    LARGE = "large"


class Parcel(Record):
    """A table with a column of every kind that the models have."""

    id = pw.BigAutoField()
    name = pw.CharField(20)
    text = pw.TextField()
    count = pw.SmallIntegerField()
    weight = pw.DecimalField()
    breadth = pw.DoubleField()
    fragile = pw.BooleanField()
    day = pw.DateField()
    at = UtcDateTimeField()
    facts = JsonField()
    inside: Any = pw.ForeignKeyField("self")


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
VALUES = ["x", "", Size.LARGE, 7, True, False, Decimal("2.5"), 1.5, date(2026, 11, 23), NOON, {"a": "字"}, None]


@pytest.mark.parametrize("field", Parcel._meta.sorted_fields, ids=lambda field: field.name)
def test_a_value_is_written_as_its_field_writes_it(field: pw.Field) -> None:
    _, ways = insert_of(Parcel, (field.column_name,), "?")
    for value in VALUES:
        try:
            wanted = field.db_value(value)
        except (AttributeError, TypeError, ValueError) as error:
            with pytest.raises(type(error)):
                written(ways, [value])
        else:
            (found,) = written(ways, [value])
            assert (found, type(found)) == (wanted, type(wanted))


def test_a_row_may_be_filled_with_its_defaults() -> None:
    class Jar(pw.Model):
        id = pw.AutoField()
        name = pw.CharField()
        word = pw.CharField(default="open")
        full = pw.BooleanField(default=False)
        size = pw.IntegerField(default=3)

    sql, ways = insert_of(Jar, ("name", "size"), "?", filled=True)
    assert sql == 'INSERT INTO jar ("name", "size", "word", "full") VALUES (?, ?, \'open\', 0)'
    assert len(ways) == 2
