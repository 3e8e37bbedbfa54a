"""How many members are away and in which direction, of an organisation and all below it."""

from typing import NamedTuple

from backend.membership.away.directions import ALL, Direction
from backend.membership.directions.drawing import Drawing, draw
from backend.membership.directions.models import FlowMap
from backend.membership.headcounts.reading import ALWAYS
from backend.people.access import require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.tally import counting

FEW = 3  # fewer than this many could be told apart by whoever knows the branch


class Bound(NamedTuple):
    """How many went there; cities only where some were named. `words` hides a number that is too small."""

    direction: Direction
    members: int
    words: str


class Directions(NamedTuple):
    """All that is known of where members went, and it drawn if there is a map."""

    total: int
    provinces: list[Bound]
    cities: list[Bound]
    drawing: Drawing | None
    licence: str | None


def read_directions(caller: Caller, organization: Organization) -> Directions:
    """Stays in force as they were counted within the last hour; one statement, whatever the tree.

    Numbers below `FEW` are told in words to those who may not see the members away themselves.
    """
    require(caller, Right.SEE_NUMBERS, organization)
    exact = caller.reaches_below(Right.SEE_FLOATING, organization.path)
    found = counting.totals([one.measure for one in ALL], organization.path, first=ALWAYS, last=ALWAYS)
    cities = [Bound(one, found[one.measure], "") for one in ALL if one.city and found[one.measure]]
    provinces = [
        Bound(one, sum(found[each.measure] for each in ALL if each.province == one.province), "")
        for one in ALL
        if not one.city
    ]
    there = [_told(one, exact) for one in provinces if one.members]
    in_cities = [_told(one, exact) for one in cities]
    kept = _nearest_map(organization)
    return Directions(
        sum(one.members for one in there),
        there,
        in_cities,
        _drawn(kept, [*there, *in_cities]) if kept and there else None,
        kept.licence if kept else None,
    )


def _told(bound: Bound, exact: bool) -> Bound:
    return bound._replace(words=f"{bound.members} 人" if exact or bound.members >= FEW else f"不足 {FEW} 人")


def _nearest_map(organization: Organization) -> FlowMap | None:
    """The organisation's own map, else that of the nearest above it."""
    ids = counting.ids_of(organization.path)
    kept = {row.organization_id: row for row in FlowMap.select().where(FlowMap.organization.in_(ids))}
    return next((kept[number] for number in reversed(ids) if number in kept), None)


def _drawn(kept: FlowMap, bounds: list[Bound]) -> Drawing:
    """Cities where the map knows cities, and provinces where it knows those."""
    names = {bound.direction.city or bound.direction.province: bound for bound in bounds}
    counts = {name: bound.members for name, bound in names.items()}
    drawing = draw(kept.areas, kept.home, counts, {name: bound.words for name, bound in names.items()})
    seen = {names[dot.name].direction.province for dot in drawing.dots}
    missing = [bound.direction.province for bound in bounds if not bound.direction.city]
    return drawing._replace(unplaced=[province for province in missing if province not in seen])
