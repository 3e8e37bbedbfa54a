"""Many rows in one statement that costs Python next to nothing for each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import peewee as pw

from backend.core.database import among, database, supports_skip_locked
from backend.core.statements import insert_of, literal, named, written


def insert_for_each(
    model: type[pw.Model], key: str, ids: Collection[int], shared: Mapping[str, Any], labels: Mapping[str, str]
) -> None:
    """INSERT of a row for each of these rows of the table that `key` refers to; what is there already stays.

    `shared` is what all rows have in common, `labels` gives columns that get a word and the id (`account:7`). The
    other columns have their defaults. Who is gone by now gets none.
    """
    if not ids:
        return
    mark, mysql = database.obj.param, supports_skip_locked()
    fields = model._meta.combined
    rest = {name: value for name, value in _defaults(model).items() if name not in shared}
    columns = ", ".join(named(fields[name], mark) for name in (key, *labels, *shared, *rest))
    joined = [f"CONCAT('{word}', id)" if mysql else f"'{word}' || id" for word in labels.values()]
    values = ", ".join(["id", *joined, *[mark] * len(shared), *map(literal, rest.values())])
    ways = insert_of(model, tuple(shared), mark)[1]
    database.execute_sql(
        f"INSERT {'' if mysql else 'OR '}IGNORE INTO {model._meta.table_name} ({columns})"  # noqa: S608 - our own names
        f" SELECT {values} FROM {fields[key].rel_model._meta.table_name} WHERE id IN {among(ids).sql} ORDER BY id",
        written(ways, shared.values()),
    )


def add_to_rows(
    model: type[pw.Model], key: Sequence[str], amount: str, latest: str, rows: Iterable[Sequence[Any]]
) -> None:
    """Add amounts to the rows with these keys, or begin them; `latest` is overwritten.

    Each of `rows` has the values of `key`, then amount and latest.
    """
    names, mark = (*key, amount, latest), database.obj.param
    sql, ways = insert_of(model, names, mark)
    values = [written(ways, row) for row in rows]
    if not values:
        return
    head, _, marks = sql.rpartition(" VALUES ")
    grown, stamped, *keys = (named(model._meta.combined[name], mark) for name in (amount, latest, *key))
    if supports_skip_locked():
        fresh, otherwise = "VALUES({})", "ON DUPLICATE KEY UPDATE"
    else:
        fresh, otherwise = "excluded.{}", f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET"
    database.execute_sql(
        f"{head} VALUES {', '.join([marks] * len(values))} {otherwise}"
        f" {grown} = {model._meta.table_name}.{grown} + {fresh.format(grown)}, {stamped} = {fresh.format(stamped)}",
        [one for row in values for one in row],
    )


def _defaults(model: type[pw.Model]) -> dict[str, Any]:
    return {field.name: value for field, value in model._meta.defaults.items()}
