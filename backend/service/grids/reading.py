"""Grids as branch, grid worker and resident see them."""

from collections import defaultdict
from datetime import date

import peewee as pw

from backend.core.database import rows_of
from backend.core.errors import NotFound
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.grids.households import household_of
from backend.service.grids.models import Grid, GridAddress, GridWorker
from backend.service.grids.schemas import (
    AddressShape,
    CornerShape,
    GridDetail,
    GridShape,
    MyHousehold,
    OwnHousehold,
    PosterShape,
    WorkerShape,
)
from backend.service.grids.service import find_grid, household_count, worker_in_office, works_in
from backend.service.join_codes.guessing import plain_code
from backend.service.teams.persons import names_of

SCENE = "door."  # with the code: 13 of the 32 characters that a mini program code carries


def list_grids(caller: Caller, code: str, *, today: date) -> list[GridShape]:
    """The open grids of an organisation; a community has a few dozen at most, so there are no pages."""
    organization = find_organization(code)
    require(caller, Right.SEE_MEMBERS, organization)
    rows = _grids().where(Grid.organization == organization.id, Grid.closed_at.is_null()).order_by(Grid.code)
    return _shapes(list(rows), today)


def own_grids(caller: Caller, *, today: date) -> list[GridShape]:
    """The grids that one looks after."""
    mine = GridWorker.select(GridWorker.grid).where(GridWorker.account == caller.account_id, worker_in_office(today))
    return _shapes(list(_grids().where(Grid.id.in_(mine), Grid.closed_at.is_null()).order_by(Grid.id)), today)


def read_grid(caller: Caller, public_id: str, *, today: date) -> GridDetail:
    """A grid with its border, its buildings and the codes of their posters."""
    grid = grid_in_sight(caller, public_id, today=today)
    (shape,) = _shapes([grid], today)
    addresses = GridAddress.select().where(GridAddress.grid == grid.id).order_by(GridAddress.id)
    return GridDetail(
        **shape.model_dump(),
        polygon=[CornerShape(lat=lat, lng=lng) for lat, lng in grid.polygon or []],
        addresses=[AddressShape(text=one.text, code=one.code, scene=SCENE + one.code) for one in addresses],
    )


def grid_in_sight(caller: Caller, public_id: str, *, today: date) -> Grid:
    """A grid that the caller looks after, or whose organisation's people he sees."""
    grid = find_grid(public_id)
    if not works_in(caller, grid, today=today):
        require(caller, Right.SEE_MEMBERS, grid.organization)
    return grid


def _grids() -> "pw.ModelSelect[Grid]":
    return Grid.select(Grid, Organization).join(Organization)


def _shapes(grids: list[Grid], today: date) -> list[GridShape]:
    ids = [grid.id for grid in grids]
    workers, doors = _workers(ids, today), household_count(ids)
    return [
        GridShape(
            id=grid.public_id,
            code=grid.code,
            name=grid.name,
            organization=brief(grid.organization),
            workers=workers[grid.id],
            households=doors.get(grid.id, 0),
        )
        for grid in grids
    ]


def _workers(grid_ids: list[int], today: date) -> dict[int, list[WorkerShape]]:
    rows = rows_of(
        GridWorker.select(GridWorker.grid, GridWorker.account)
        .where(GridWorker.grid.in_(grid_ids), worker_in_office(today))
        .order_by(GridWorker.id)
    )
    names = names_of({account_id for _, account_id in rows})
    found: dict[int, list[WorkerShape]] = defaultdict(list)
    for grid_id, account_id in rows:
        public_id, name = names[account_id]
        found[grid_id].append(WorkerShape(id=public_id, name=name))
    return found


def read_own_household(caller: Caller, *, today: date) -> MyHousehold:
    """The door that one lives behind, and who looks after it."""
    row = household_of(caller.account_id)
    if row is None:
        return MyHousehold(household=None)
    household, grid = row.household, row.household.grid
    return MyHousehold(
        household=OwnHousehold(
            id=household.public_id,
            door=household.door,
            grid=grid.public_id,
            grid_name=grid.name,
            organization=brief(grid.organization),
            workers=_workers([grid.id], today)[grid.id],
            joined_at=row.joined_at,
        )
    )


def look_up_poster(typed: str) -> PosterShape:
    """What the code on a building's poster stands for; 404 for a code that is none of ours."""
    code = plain_code(typed).removeprefix(SCENE)
    row: GridAddress | None = (
        GridAddress.select(GridAddress, Grid, Organization)
        .join(Grid)
        .join(Organization)
        .where(GridAddress.code == code, Grid.closed_at.is_null())
        .first()
    )
    if row is None:
        raise NotFound("poster_not_found", "没有找到这个楼栋码：可能已更换，请以楼栋张贴的最新二维码为准")
    grid = row.grid
    return PosterShape(organization=brief(grid.organization), grid=grid.public_id, grid_name=grid.name, place=row.text)
