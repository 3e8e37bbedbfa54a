"""Which grid an order belongs to, by poster, door, address or point, and so which organisation (`domain.md` §4.3)."""

import json
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from backend.core.bundle import Bundle
from backend.core.database import read_json
from backend.core.errors import invalid_field
from backend.core.geography import Point, distance_m, in_gcj02
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.people.places.codes import SCENE as PLACE_SCENE
from backend.service.grids.ground import address_line, holds, prefixes_of, tile_of, tile_rows_around
from backend.service.grids.models import Grid, GridTile
from backend.service.grids.reading import SCENE as DOOR_SCENE
from backend.service.grids.remembered import HomeGrid
from backend.service.join_codes.guessing import plain_code
from backend.service.orders.request import SubmitOrder

NEAREST_RINGS = (1, 4, 16)  # of tiles of two kilometres: neighbours first, thirty kilometres at most
_GRID = "g.id, g.name, o.id, o.code, o.name, o.path, o.kind"
_JOIN = "JOIN organization o ON o.id = g.organization_id WHERE g.closed_at IS NULL AND o.closed_on IS NULL"
_POSTER_ROWS = f"""
SELECT JSON_ARRAY('poster', {_GRID}) FROM grid_address a JOIN grid g ON g.id = a.grid_id {_JOIN} AND a.code = ?
"""  # noqa: S608 - our own words
_CENTRE_ROWS = """
SELECT JSON_ARRAY('centre', NULL, NULL, o.id, o.code, o.name, o.path, o.kind) FROM service_centre c
  JOIN organization o ON o.id = c.organization_id WHERE c.code = ? AND c.closed_at IS NULL AND o.closed_on IS NULL
"""
# what most orders need touches few tables: grids are told apart once something was found in one
_DOOR_ROWS = """
SELECT JSON_ARRAY('door', h.grid_id, h.id) FROM household_member m JOIN household h ON h.id = m.household_id
 WHERE m.account_id = ? AND m.current = 1
"""
# a door that its grid worker, or whoever keeps the grids, asks for
_ERRAND_ROWS = f"""
SELECT JSON_ARRAY('errand', {_GRID}, h.id, (SELECT COUNT(*) FROM grid_worker w
    WHERE w.grid_id = g.id AND w.account_id = ? AND w.since_on <= ? AND (w.until_on IS NULL OR w.until_on >= ?)))
  FROM household h JOIN grid g ON g.id = h.grid_id {_JOIN} AND h.public_id = ?
"""  # noqa: S608 - our own words
_POINT_ROWS = """
SELECT JSON_ARRAY('point', g.id, g.polygon) FROM grid_tile t JOIN grid g ON g.id = t.grid_id
 WHERE t.tile = ? AND g.closed_at IS NULL
"""
# a building anywhere, if the text begins with it
_PREFIX_ROWS = """
SELECT JSON_ARRAY('address', a.grid_id, a.line) FROM grid_address a WHERE a.line IN ({})
"""
_ELSEWHERE_ROWS = f"SELECT JSON_ARRAY({_GRID}) FROM grid g {_JOIN} AND g.id IN ({{}})"  # noqa: S608 - our own words
SOME = 4  # numbers are looked up by so many at a time, so that few texts of the statement come about


class Ground(NamedTuple):
    """A grid (or none) and the organisation that it belongs to, as columns of the organisation."""

    grid_id: int | None
    grid_name: str | None
    organization: tuple[Any, ...]


class Route(NamedTuple):
    """Where an order belongs: its grid if it lies in one, whose door it is about, and whether it lies astray."""

    ground: Ground | None
    household_id: int | None
    unrouted: bool


class _Finds(NamedTuple):
    """The open grids that have to do with an order: where its address and point lie, from the surest to the least sure,
    and where its door is."""

    grids: dict[int, Ground]
    there: list[int]
    at_door: int | None


def routing_parts(body: SubmitOrder, account_id: int, today: str) -> tuple[list[str], list[Any]]:
    """The SELECTs that find candidates, for one bundle, and their values."""
    code = plain_code(body.scene or "")
    parts = [_DOOR_ROWS]
    values: list[Any] = [account_id]
    prefixes = prefixes_of(address_line(body.place.text)) if body.organization is None else []
    if prefixes:
        parts, values = [*parts, _PREFIX_ROWS.format(", ".join("?" * len(prefixes)))], [*values, *prefixes]
    point = point_of(body)
    if point is not None:
        parts, values = [*parts, _POINT_ROWS], [*values, tile_of(point)]
    if code:
        parts = [*parts, _POSTER_ROWS, _CENTRE_ROWS]
        values += [code.removeprefix(DOOR_SCENE), code.removeprefix(PLACE_SCENE)]
    if body.household:
        parts, values = [*parts, _ERRAND_ROWS], [*values, account_id, today, today, body.household]
    return parts, values


def point_of(body: SubmitOrder) -> Point | None:
    """Where help is needed, as Chinese maps show it; None without coordinates."""
    place = body.place
    if place.lat is None or place.lng is None:
        return None
    return in_gcj02((place.lat, place.lng), place.datum)


def find_route(
    body: SubmitOrder, bundle: Bundle, caller: Caller, home: Sequence[Any], at_home: Sequence[HomeGrid]
) -> Route:
    """By the door that its grid worker asks for, by the poster, by address or point (the own door decides between
    several), by the own door.

    Without any: the nearest grid's organisation, or none, and then the order lies astray; where the own community
    keeps no grids, nothing is astray. 422 for an unknown poster and for a door that the caller does not look after.
    `home` are the columns of the community that is named, or one's own, and when it was closed, `at_home` its grids.
    """
    if body.household is not None:
        *grid, household_id = _door_looked_after(body, bundle, caller)
        return Route(_ground(grid), household_id, unrouted=False)
    door = next(iter(bundle["door"]), None) if body.on_behalf_of is None else None
    finds = _finds(body, bundle, home, at_home, door)
    household_id = door[1] if door and door[0] in finds.grids else None
    found = [ground for ground in _candidates(body, bundle, finds) if _fits(ground, body.organization)]
    if found:
        return Route(found[0], household_id, unrouted=False)
    if body.organization is not None:
        return Route(None, household_id, unrouted=False)
    if home[0] is not None and not at_home:
        return Route(None, household_id, unrouted=False)
    point = point_of(body)
    return Route(_nearest(point) if point else None, household_id, unrouted=True)


def _finds(
    body: SubmitOrder, bundle: Bundle, home: Sequence[Any], at_home: Sequence[HomeGrid], door: list[Any] | None
) -> _Finds:
    text = address_line(body.place.text)
    named = [(grid.id, line) for grid in at_home for line in grid.lines if line in text]
    lines = sorted([*named, *bundle["address"]], key=lambda found: len(found[1]), reverse=True)
    point = point_of(body)
    around = [grid_id for grid_id, border in bundle["point"] if point and holds(json.loads(border), point)]
    there = [*(grid_id for grid_id, _ in lines), *around]
    at_door = door[0] if door else None
    *organization, closed_on = home
    own = at_home if closed_on is None else ()
    grids = {grid.id: Ground(grid.id, grid.name, tuple(organization)) for grid in own}
    return _Finds({**grids, **_elsewhere({*there, *([at_door] if door else ())} - grids.keys())}, there, at_door)


def _elsewhere(wanted: set[int]) -> dict[int, Ground]:
    """Those of these grids that are open, with their organisations."""
    if not wanted:
        return {}
    numbers = sorted(wanted)
    numbers += numbers[:1] * (-len(numbers) % SOME)
    rows = read_json(_ELSEWHERE_ROWS.format(", ".join("?" * len(numbers))), numbers)
    return {row[0]: _ground(row) for row in rows}


def _door_looked_after(body: SubmitOrder, bundle: Bundle, caller: Caller) -> list[Any]:
    for *row, works in bundle["errand"]:
        if (works or caller.may(Right.KEEP_GRIDS, row[5])) and _fits(_ground(row), body.organization):
            return row
    raise invalid_field("household", "unknown_household", "没有这一户，或不在您负责的网格里")


def _candidates(body: SubmitOrder, bundle: Bundle, finds: _Finds) -> Iterator[Ground]:
    """From the surest to the least sure."""
    posters = bundle["poster"] or bundle["centre"]
    if body.scene and not posters:
        raise invalid_field("scene", "unknown_scene", "没有找到这个码：可能已更换，请以现场张贴的最新二维码为准")
    yield from map(_ground, posters)
    there = [finds.grids[grid_id] for grid_id in finds.there if grid_id in finds.grids]
    door = finds.grids.get(finds.at_door) if finds.at_door else None
    if door and (not there or door in there):
        yield door
    yield from there
    if door:
        yield door


def _ground(row: list[Any]) -> Ground:
    return Ground(row[0], row[1], tuple(row[2:7]))


def _fits(ground: Ground, code: str | None) -> bool:
    return code is None or ground.organization[1] == code


def _nearest(point: Point) -> Ground | None:
    """The organisation of the nearest grid, looked for in ever wider rings; the grid itself does not hold the point."""
    for rings in NEAREST_RINGS:
        ranges = [GridTile.tile.between(first, last) for first, last in tile_rows_around(point, rings)]
        near = GridTile.select(GridTile.grid).where(reduce(or_, ranges))
        rows = (
            Grid.select(Grid, Organization)
            .join(Organization)
            .where(Grid.id.in_(near), Grid.closed_at.is_null(), Organization.closed_on.is_null())
        )
        grids = sorted(rows, key=lambda grid: distance_m((grid.lat or 0.0, grid.lng or 0.0), point))
        if grids:
            there = grids[0].organization
            return Ground(None, None, (there.id, there.code, there.name, there.path, there.kind))
    return None
