"""Duty lists: who looks after a grid when."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.crypto import new_public_id
from backend.core.database import delete_where, in_unit_of_work
from backend.core.errors import NotFound, invalid_field
from backend.people.permissions import Caller
from backend.service.grids.models import DutySlot
from backend.service.grids.reading import grid_in_sight
from backend.service.grids.schemas import AddDuty, DutyShape
from backend.service.grids.service import grid_to_keep
from backend.service.teams.models import Team
from backend.service.teams.persons import find_person, names_of
from backend.service.teams.windows import MINUTES_OF_HOUR, minute_of, text_of


def list_duty(caller: Caller, grid_id: str, *, today: date) -> list[DutyShape]:
    """The duty list of a grid: weekly rows by day and hour, then dates that are not over."""
    grid = grid_in_sight(caller, grid_id, today=today)
    coming = DutySlot.on.is_null() | (DutySlot.on >= today)
    rows = list(
        DutySlot.select(DutySlot, Team)
        .join(Team, pw.JOIN.LEFT_OUTER)
        .where(DutySlot.grid == grid.id, coming)
        .order_by(DutySlot.on, DutySlot.weekday, DutySlot.start_minute, DutySlot.id)
    )
    names = names_of({row.account_id for row in rows if row.account_id is not None})
    return [_shape(row, names) for row in rows]


def _shape(row: DutySlot, names: dict[int, tuple[str, str]]) -> DutyShape:
    whole = {
        "id": row.public_id,
        "weekday": row.weekday,
        "on": row.on,
        "start": text_of(row.start_minute),
        "end": text_of(row.end_minute),
    }
    if row.account_id is None:
        assert row.team is not None
        return DutyShape(**whole, kind="team", target=row.team.public_id, name=row.team.name)
    public_id, name = names[row.account_id]
    return DutyShape(**whole, kind="member", target=public_id, name=name)


def add_duty(caller: Caller, grid_id: str, body: AddDuty, *, today: date) -> None:
    """A row of the list; 422 for a date that is over and for whom the branch may not order work to."""
    grid = grid_to_keep(caller, grid_id)
    if body.on is not None and body.on < today:
        raise invalid_field("on", "in_the_past", "日期已经过去，请另选一天")
    row: dict[str, Any] = {
        "public_id": new_public_id(),
        "grid": grid,
        "weekday": body.weekday,
        "on": body.on,
        "start_minute": minute_of(body.start),
        "end_minute": minute_of(body.end),
    }
    if body.target.kind == "team":
        row["team"] = team_of(grid.organization_id, body.target.id, field="target.id")
    else:
        row["account"] = find_person(grid.organization_id, body.target.id, today=today, field="target.id")
    in_unit_of_work(lambda: DutySlot.create(**row))


def team_of(organization_id: int, public_id: str, *, field: str) -> int:
    """The id of an open team of this organisation; 422 otherwise."""
    found: int | None = (
        Team.select(Team.id)
        .where(Team.public_id == public_id, Team.organization == organization_id, Team.closed_at.is_null())
        .scalar()
    )
    if found is None:
        raise invalid_field(field, "unknown_team", "本支部没有这个服务队，请重新选择")
    return found


def drop_duty(caller: Caller, grid_id: str, duty_id: str) -> None:
    """Take a row off the list; 404 when the grid has none with this id."""
    grid = grid_to_keep(caller, grid_id)
    mine = (DutySlot.grid == grid.id) & (DutySlot.public_id == duty_id)
    if not in_unit_of_work(lambda: delete_where(DutySlot, mine)):
        raise NotFound()


def on_duty(grid_id: int, *, timezone: ZoneInfo, now: datetime) -> list[DutySlot]:
    """Who is on duty for a grid at an instant: rows for this date before weekly ones, persons before teams."""
    rows = DutySlot.select().where(DutySlot.grid == grid_id, _now_on(timezone, now))
    return sorted(rows, key=lambda row: (row.on is None, row.account_id is None, row.id))


def grids_on_duty(*, timezone: ZoneInfo, now: datetime) -> "pw.ModelSelect[DutySlot]":
    """The grids that somebody is on duty for at an instant, as a subquery."""
    return DutySlot.select(DutySlot.grid).where(_now_on(timezone, now))


def _now_on(timezone: ZoneInfo, now: datetime) -> pw.Expression:
    local = now.astimezone(timezone)
    minute = local.hour * MINUTES_OF_HOUR + local.minute
    today = (DutySlot.on == local.date()) | (DutySlot.weekday == local.isoweekday())
    within: pw.Expression = today & (DutySlot.start_minute <= minute) & (DutySlot.end_minute > minute)
    return within
