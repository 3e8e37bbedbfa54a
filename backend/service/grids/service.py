"""Grids made, changed and closed; who looks after them."""

from collections.abc import Callable
from datetime import date, datetime

import peewee as pw

from backend.core import reference
from backend.core.crypto import new_public_id
from backend.core.database import delete_where, in_unit_of_work, rows_of, update_exactly_one
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.core.geography import Point, in_gcj02
from backend.people.access import find_organization, require
from backend.people.models import Account, Organization, OrganizationKind
from backend.people.permissions import Caller, Right
from backend.people.places.codes import new_place_code
from backend.service.grids.ground import address_line, middle_of, tiles_under
from backend.service.grids.models import DispatchPolicy, Grid, GridAddress, GridTile, GridWorker, Household
from backend.service.grids.schemas import KeepGrid
from backend.service.teams.persons import find_person

# whose dispatchers take orders, and which therefore may have grids
TAKES_ORDERS = (
    OrganizationKind.BRANCH,
    OrganizationKind.GENERAL_BRANCH,
    OrganizationKind.JOINT_BRANCH,
    OrganizationKind.TEMPORARY_BRANCH,
    OrganizationKind.FLOATING_BRANCH,
)
COORDINATE_DIGITS = 5  # about a metre


def make_grid(caller: Caller, code: str, body: KeepGrid, *, now: datetime) -> Grid:
    """A new grid; 409 for a code that is taken, 422 for an organisation that takes no orders itself."""
    organization = find_organization(code)
    require(caller, Right.KEEP_GRIDS, organization)
    if organization.kind not in TAKES_ORDERS:
        raise invalid_field("organization", "takes_no_orders", "网格只设在直接受理诉求的支部")

    def work() -> Grid:
        grid: Grid = Grid.create(
            public_id=new_public_id(), organization=organization, code=body.code, name=body.name, created_at=now
        )
        _draw(grid.id, body)
        reference.changed()
        return grid

    return _unless_taken(work)


def change_grid(caller: Caller, public_id: str, body: KeepGrid) -> Grid:
    """Another name, border or list of addresses; addresses that stay keep the codes of their posters."""
    grid = grid_to_keep(caller, public_id)

    def work() -> Grid:
        Grid.update(code=body.code, name=body.name).where(Grid.id == grid.id).execute()
        _draw(grid.id, body)
        reference.changed()
        return find_grid(public_id)

    return _unless_taken(work)


def _unless_taken(work: Callable[[], Grid]) -> Grid:
    try:
        return in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("grid_code_taken", "已有这个编号的网格，请换一个编号") from None


def _draw(grid_id: int, body: KeepGrid) -> None:
    border = [_rounded(in_gcj02((one.lat, one.lng), body.datum)) for one in body.polygon or []]
    middle = middle_of(border) if border else (None, None)
    Grid.update(polygon=border or None, lat=middle[0], lng=middle[1]).where(Grid.id == grid_id).execute()
    delete_where(GridTile, GridTile.grid == grid_id)
    if border:
        GridTile.insert_many([{"grid": grid_id, "tile": tile} for tile in tiles_under(border)]).execute()
    _list_addresses(grid_id, body.addresses)


def _rounded(point: Point) -> Point:
    return round(point[0], COORDINATE_DIGITS), round(point[1], COORDINATE_DIGITS)


def _list_addresses(grid_id: int, texts: list[str]) -> None:
    wanted = {line: text for text in texts if (line := address_line(text))}
    known = {line for (line,) in rows_of(GridAddress.select(GridAddress.line).where(GridAddress.grid == grid_id))}
    gone = known - set(wanted)
    if gone:
        delete_where(GridAddress, (GridAddress.grid == grid_id) & GridAddress.line.in_(list(gone)))
    fresh = [
        {"grid": grid_id, "text": text, "line": line, "code": new_place_code()}
        for line, text in wanted.items()
        if line not in known
    ]
    if fresh:
        GridAddress.insert_many(fresh).execute()


def close_grid(caller: Caller, public_id: str, *, now: datetime) -> Grid:
    """A grid that is no more: nothing is routed to it, its households and orders stay as they are."""
    grid = grid_to_keep(caller, public_id)
    still = Grid.update(closed_at=now).where(Grid.id == grid.id, Grid.closed_at.is_null())

    def work() -> None:
        update_exactly_one(still, lost=_closed)
        reference.changed()

    in_unit_of_work(work)
    return find_grid(public_id)


def add_worker(caller: Caller, public_id: str, person: str, *, today: date) -> Grid:
    """Who looks after the grid from today: one of its members, volunteers or grid workers; 422 for anybody else."""
    grid = grid_to_keep(caller, public_id)
    account_id = find_person(grid.organization_id, person, today=today, field="person")

    def work() -> None:
        delete_where(GridWorker, (GridWorker.grid == grid.id) & (GridWorker.account == account_id))
        GridWorker.create(grid=grid, account=account_id, since_on=today)

    in_unit_of_work(work)
    return grid


def end_worker(caller: Caller, public_id: str, person: str, *, today: date) -> None:
    """He looks after it no more, from today; 404 when he does not."""
    grid = grid_to_keep(caller, public_id)
    account_id: int | None = Account.select(Account.id).where(Account.public_id == person).scalar()
    mine = (GridWorker.grid == grid.id) & (GridWorker.account == account_id) & worker_in_office(today)
    # terms end with the day before; one that began today never was
    ending = GridWorker.update(until_on=_day_before(today)).where(mine)
    in_unit_of_work(lambda: update_exactly_one(ending, lost=lambda: NotFound("not_a_worker", "他不是这个网格的网格员")))


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def worker_in_office(today: date) -> pw.Expression:
    """Workers whose term covers a local day."""
    return (GridWorker.since_on <= today) & (GridWorker.until_on.is_null() | (GridWorker.until_on >= today))


def find_grid(public_id: str) -> Grid:
    """The grid with its organisation, open or closed; raises NotFound."""
    grid: Grid | None = Grid.select(Grid, Organization).join(Organization).where(Grid.public_id == public_id).first()
    if grid is None:
        raise NotFound()
    return grid


def grid_to_keep(caller: Caller, public_id: str) -> Grid:
    """An open grid of an organisation whose grids the caller keeps."""
    grid = find_grid(public_id)
    require(caller, Right.KEEP_GRIDS, grid.organization)
    if grid.closed_at is not None:
        raise _closed()
    return grid


def works_in(caller: Caller, grid: Grid, *, today: date) -> bool:
    """Whether the caller looks after this grid."""
    mine = (GridWorker.grid == grid.id) & (GridWorker.account == caller.account_id) & worker_in_office(today)
    return bool(GridWorker.select(GridWorker.id).where(mine).exists())


def grid_of_doors(caller: Caller, public_id: str, *, today: date) -> Grid:
    """A grid whose households the caller may see: its worker, or who keeps the grids of the branch."""
    grid = find_grid(public_id)
    if not works_in(caller, grid, today=today):
        require(caller, Right.KEEP_GRIDS, grid.organization)
    return grid


def set_policy(caller: Caller, code: str, *, auto_dispatch: bool, now: datetime) -> None:
    """Let duty lists dispatch by themselves, or no longer; the secretary decides."""
    organization = find_organization(code)
    require(caller, Right.DECIDE_ORDERS, organization)

    def work() -> None:
        delete_where(DispatchPolicy, DispatchPolicy.organization == organization.id)
        DispatchPolicy.create(
            organization=organization, auto_dispatch=auto_dispatch, changed_by=caller.account_id, changed_at=now
        )

    in_unit_of_work(work)


def read_policy(caller: Caller, code: str) -> bool:
    """Whether the duty lists of a branch dispatch by themselves."""
    organization = find_organization(code)
    require(caller, Right.SEE_ORDERS, organization)
    return dispatches_by_itself(organization.id)


def dispatches_by_itself(organization_id: int) -> bool:
    """The same for whoever needs no permission: the bot."""
    on: bool | None = (
        DispatchPolicy.select(DispatchPolicy.auto_dispatch)
        .where(DispatchPolicy.organization == organization_id)
        .scalar()
    )
    return bool(on)


def household_count(grid_ids: list[int]) -> dict[int, int]:
    """How many doors each of these grids has."""
    rows = Household.select(Household.grid, pw.fn.COUNT(Household.id)).where(Household.grid.in_(grid_ids))
    return dict(rows_of(rows.group_by(Household.grid)))


def _closed() -> Conflict:
    return Conflict("grid_closed", "这个网格已经停用")
