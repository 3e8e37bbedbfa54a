"""Grids, households and duty lists over HTTP."""

from datetime import date

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller
from backend.service.grids import duty, households, reading, service
from backend.service.grids.schemas import (
    AddDuty,
    AddHousehold,
    AddHouseholdMember,
    AddWorker,
    DutyShape,
    GridDetail,
    GridShape,
    HouseholdDetail,
    HouseholdQuery,
    HouseholdShape,
    KeepGrid,
    MyHousehold,
    PolicyShape,
    PosterShape,
    SetFlags,
    SetPolicy,
)
from backend.service.teams.schemas import JoinByCode

bp = Blueprint("grids", __name__, url_prefix="/api/v1")


def _today() -> date:
    return local_day(now(), settings().timezone)


@bp.get("/organizations/<code>/grids")
@endpoint(returns=list[GridShape])
def list_grids(code: str) -> list[GridShape]:
    """The grids of an organisation."""
    return reading.list_grids(current_caller(), code, today=_today())


@bp.get("/me/grids")
@endpoint(returns=list[GridShape])
def list_own_grids() -> list[GridShape]:
    """The grids that one looks after."""
    return reading.own_grids(current_caller(), today=_today())


@bp.post("/organizations/<code>/grids")
@endpoint(body=KeepGrid, returns=GridDetail, status=201)
def make_grid(code: str, body: KeepGrid) -> GridDetail:
    """A new grid."""
    return _shown(service.make_grid(current_caller(), code, body, now=now()).public_id)


@bp.get("/grids/<grid_id>")
@endpoint(returns=GridDetail)
def read_grid(grid_id: str) -> GridDetail:
    """A grid with its border and buildings."""
    return _shown(grid_id)


@bp.post("/grids/<grid_id>")
@endpoint(body=KeepGrid, returns=GridDetail)
def change_grid(grid_id: str, body: KeepGrid) -> GridDetail:
    """Change a grid; addresses that stay keep their posters."""
    return _shown(service.change_grid(current_caller(), grid_id, body).public_id)


@bp.post("/grids/<grid_id>/close")
@endpoint(returns=GridDetail)
def close_grid(grid_id: str) -> GridDetail:
    """Close a grid for good."""
    return _shown(service.close_grid(current_caller(), grid_id, now=now()).public_id)


@bp.post("/grids/<grid_id>/workers")
@endpoint(body=AddWorker, returns=GridDetail, status=201)
def add_grid_worker(grid_id: str, body: AddWorker) -> GridDetail:
    """Say who looks after the grid."""
    return _shown(service.add_worker(current_caller(), grid_id, body.person, today=_today()).public_id)


@bp.delete("/grids/<grid_id>/workers/<person_id>")
@endpoint()
def end_grid_worker(grid_id: str, person_id: str) -> None:
    """Somebody looks after the grid no more."""
    service.end_worker(current_caller(), grid_id, person_id, today=_today())


@bp.get("/grids/<grid_id>/households")
@endpoint(query=HouseholdQuery, returns=Page[HouseholdShape])
def list_households(grid_id: str, query: HouseholdQuery) -> Page[HouseholdShape]:
    """The doors of a grid."""
    return households.list_households(current_caller(), grid_id, query, today=_today())


@bp.post("/grids/<grid_id>/households")
@endpoint(body=AddHousehold, returns=HouseholdShape, status=201)
def add_household(grid_id: str, body: AddHousehold) -> HouseholdShape:
    """Add a door."""
    return households.add_household(current_caller(), grid_id, body.door, today=_today(), now=now())


@bp.get("/households/<household_id>")
@endpoint(returns=HouseholdDetail)
def read_household(household_id: str) -> HouseholdDetail:
    """A door with its people and what to know of it; reading is logged."""
    return households.read_household(current_caller(), household_id, today=_today(), now=now())


@bp.post("/households/<household_id>/flags")
@endpoint(body=SetFlags, returns=HouseholdDetail)
def set_household_flags(household_id: str, body: SetFlags) -> HouseholdDetail:
    """Say what whoever comes to the door should know."""
    return households.set_flags(current_caller(), household_id, body, today=_today(), now=now())


@bp.post("/households/<household_id>/renew-code")
@endpoint(returns=HouseholdShape)
def renew_household_code(household_id: str) -> HouseholdShape:
    """Replace the join code."""
    return households.renew_code(current_caller(), household_id, today=_today())


@bp.post("/households/<household_id>/members")
@endpoint(body=AddHouseholdMember, returns=HouseholdShape, status=201)
def add_household_member(household_id: str, body: AddHouseholdMember) -> HouseholdShape:
    """Add somebody who lives there; he is told."""
    return households.add_member(current_caller(), household_id, body, today=_today(), now=now())


@bp.delete("/households/<household_id>/members/<person_id>")
@endpoint()
def remove_household_member(household_id: str, person_id: str) -> None:
    """Somebody does not live there."""
    households.remove_member(current_caller(), household_id, person_id, today=_today(), now=now())


@bp.get("/me/household")
@endpoint(returns=MyHousehold)
def read_own_household() -> MyHousehold:
    """The door that one lives behind."""
    return reading.read_own_household(current_caller(), today=_today())


@bp.post("/me/household")
@endpoint(body=JoinByCode, returns=MyHousehold)
def join_household(body: JoinByCode) -> MyHousehold:
    """Move in by the household's code."""
    households.join_household(current_caller(), body.code, now=now())
    return reading.read_own_household(current_caller(), today=_today())


@bp.delete("/me/household")
@endpoint()
def leave_household() -> None:
    """Move out."""
    households.leave_household(current_caller(), now=now())


@bp.get("/grids/<grid_id>/duty")
@endpoint(returns=list[DutyShape])
def list_duty(grid_id: str) -> list[DutyShape]:
    """Who is on duty for a grid."""
    return duty.list_duty(current_caller(), grid_id, today=_today())


@bp.post("/grids/<grid_id>/duty")
@endpoint(body=AddDuty, returns=list[DutyShape], status=201)
def add_duty(grid_id: str, body: AddDuty) -> list[DutyShape]:
    """Add a row to the duty list."""
    duty.add_duty(current_caller(), grid_id, body, today=_today())
    return duty.list_duty(current_caller(), grid_id, today=_today())


@bp.delete("/grids/<grid_id>/duty/<duty_id>")
@endpoint()
def drop_duty(grid_id: str, duty_id: str) -> None:
    """Take a row off the duty list."""
    duty.drop_duty(current_caller(), grid_id, duty_id)


@bp.get("/organizations/<code>/dispatch-policy")
@endpoint(returns=PolicyShape)
def read_policy(code: str) -> PolicyShape:
    """Whether the duty lists dispatch by themselves."""
    return PolicyShape(auto_dispatch=service.read_policy(current_caller(), code))


@bp.post("/organizations/<code>/dispatch-policy")
@endpoint(body=SetPolicy, returns=PolicyShape)
def set_policy(code: str, body: SetPolicy) -> PolicyShape:
    """Let the duty lists dispatch by themselves, or no longer; the secretary decides."""
    service.set_policy(current_caller(), code, auto_dispatch=body.auto_dispatch, now=now())
    return PolicyShape(auto_dispatch=body.auto_dispatch)


@bp.get("/poster-codes/<poster_code>")
@endpoint(returns=PosterShape)
def look_up_poster(poster_code: str) -> PosterShape:
    """What the code on a building's poster stands for."""
    return reading.look_up_poster(poster_code)


def _shown(grid_id: str) -> GridDetail:
    return reading.read_grid(current_caller(), grid_id, today=_today())
