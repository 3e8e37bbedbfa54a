"""Oneself as a handler: skills, free hours, leave, and the teams one is in."""

from collections.abc import Iterable
from datetime import date, timedelta

from backend.core.crypto import new_public_id
from backend.core.database import delete_where, in_unit_of_work, require_transaction
from backend.core.errors import NotFound, invalid_field
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller
from backend.service.teams.models import Absence, FreeHours, HandlerProfile, HandlerSkill, Team, TeamMember
from backend.service.teams.rules import FARTHEST_LEAVE_DAYS, PERSONS_LOAD
from backend.service.teams.schemas import (
    AskAway,
    AwayShape,
    HandlerShape,
    KeepProfile,
    OwnTeam,
    TeamBrief,
    Window,
    WindowShape,
)
from backend.service.teams.skills import set_skills, skills_of
from backend.service.teams.windows import minute_of, text_of


def read_profile(caller: Caller, *, today: date) -> HandlerShape:
    """What one has said of oneself; leave that is over is not shown."""
    account_id = caller.account_id
    kept: HandlerProfile | None = HandlerProfile.get_or_none(HandlerProfile.account == account_id)
    return HandlerShape(
        skills=skills_of(HandlerSkill, "account", [account_id])[account_id],
        free_hours=windows_of([account_id])[account_id],
        max_load=kept.max_load if kept else PERSONS_LOAD.value,
        away=_away(account_id, today),
        teams=_teams(account_id),
    )


def windows_of(account_ids: Iterable[int]) -> dict[int, list[WindowShape]]:
    """The free hours of several people, in one statement."""
    found: dict[int, list[WindowShape]] = {one: [] for one in account_ids}
    rows = FreeHours.select().where(FreeHours.account.in_(list(found)))
    for row in rows.order_by(FreeHours.weekday, FreeHours.start_minute):
        window = WindowShape(weekday=row.weekday, start=text_of(row.start_minute), end=text_of(row.end_minute))
        found[row.account_id].append(window)
    return found


def _away(account_id: int, today: date) -> list[AwayShape]:
    rows = Absence.select().where(Absence.account == account_id, Absence.until_on >= today).order_by(Absence.from_on)
    return [AwayShape(id=row.public_id, from_on=row.from_on, until_on=row.until_on) for row in rows]


def _teams(account_id: int) -> list[OwnTeam]:
    rows = (
        TeamMember.select(TeamMember, Team, Organization)
        .join(Team)
        .join(Organization)
        .where(TeamMember.account == account_id, TeamMember.left_at.is_null(), Team.closed_at.is_null())
        .order_by(TeamMember.id)
    )
    return [
        OwnTeam(
            team=TeamBrief(id=row.team.public_id, name=row.team.name, organization=brief(row.team.organization)),
            leads=row.team.leader_id == account_id,
            confirmed=row.confirmed_at is not None,
        )
        for row in rows
    ]


def keep_profile(caller: Caller, body: KeepProfile, *, today: date) -> HandlerShape:
    """Say anew what one can do and when; 422 for an unknown skill."""
    in_unit_of_work(lambda: write_profile(caller.account_id, body))
    return read_profile(caller, today=today)


def write_profile(account_id: int, body: KeepProfile) -> None:
    """The same in the caller's unit of work."""
    require_transaction("write_profile")
    owner = {"account": account_id}
    delete_where(HandlerProfile, HandlerProfile.account == account_id)
    HandlerProfile.create(**owner, max_load=body.max_load)
    set_skills(HandlerSkill, owner, body.skills)
    delete_where(FreeHours, FreeHours.account == account_id)
    if body.free_hours:
        FreeHours.insert_many([owner | _window_row(one) for one in body.free_hours]).execute()


def _window_row(window: Window) -> dict[str, int]:
    start, end = minute_of(window.start), minute_of(window.end)
    return {"weekday": window.weekday, "start_minute": start, "end_minute": end}


def ask_away(caller: Caller, body: AskAway, *, today: date) -> HandlerShape:
    """Be away on these days: nothing is dispatched to one; what is in hand stays."""
    if body.until_on < today or body.until_on > today + timedelta(days=FARTHEST_LEAVE_DAYS.value):
        raise invalid_field("until_on", "bad_leave", "结束日期须在今天以后的一年之内")
    row = {"public_id": new_public_id(), "account": caller.account_id}
    in_unit_of_work(lambda: Absence.create(**row, from_on=body.from_on, until_on=body.until_on))
    return read_profile(caller, today=today)


def come_back(caller: Caller, public_id: str, *, today: date) -> HandlerShape:
    """Take back a leave; 404 when there is none of one's own with this id."""
    mine = (Absence.public_id == public_id) & (Absence.account == caller.account_id)
    if not in_unit_of_work(lambda: delete_where(Absence, mine)):
        raise NotFound()
    return read_profile(caller, today=today)
