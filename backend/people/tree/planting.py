"""A new organisation in its place, and the pieces of its name by which it is found."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backend.core.database import delete_where, insert_rows, require_transaction
from backend.people.models import Organization
from backend.people.tree.models import OrganizationGram

GRAM_ROWS = 1_000  # in one statement


def plant(above: Organization | None, *, now: datetime, **columns: Any) -> Organization:
    """A new organisation below another, in the caller's unit of work; an IntegrityError says that its code is taken."""
    require_transaction("plant")
    # the path ends with the id, which only the insert gives: until then the code holds its place
    node: Organization = Organization.create(parent=above, path=columns["code"], created_at=now, **columns)
    node.path = f"{above.path if above else ''}{node.id}."
    node.save(only=[Organization.path])
    write_grams([(node.id, node.name)])
    return node


def write_grams(named: Iterable[tuple[int, str]]) -> None:
    """Make new organisations findable by their names."""
    rows = [(gram, number) for number, name in named for gram in sorted(grams_of(name, (1, 2)))]
    for start in range(0, len(rows), GRAM_ROWS):
        insert_rows(OrganizationGram, ("gram", "organization"), rows[start : start + GRAM_ROWS])


def rewrite_grams(number: int, name: str) -> None:
    """Make a renamed organisation findable by its new name, and no longer by the old one."""
    delete_where(OrganizationGram, OrganizationGram.organization == number)
    write_grams([(number, name)])


def grams_of(text: str, sizes: tuple[int, ...]) -> set[str]:
    """Neighbouring characters of a text, without regard to case."""
    folded = text.lower()
    return {folded[start : start + size] for size in sizes for start in range(len(folded) - size + 1)}
