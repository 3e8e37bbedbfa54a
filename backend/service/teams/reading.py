"""Teams as their branch, their leader and their people see them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import peewee as pw

from backend.core.database import rows_of
from backend.core.errors import NotFound
from backend.people.access import find_organization, require
from backend.people.permissions import Caller, Right
from backend.service.models import OrderTeamCredit
from backend.service.teams.models import Absence, Team, TeamMember, TeamSkill
from backend.service.teams.persons import names_of
from backend.service.teams.schemas import TeamDetail, TeamMemberShape, TeamShape
from backend.service.teams.service import belongs, find_team
from backend.service.teams.skills import skills_of
from backend.service.teams.windows import MINUTES_OF_HOUR


def list_teams(caller: Caller, code: str) -> list[TeamShape]:
    """The open teams of an organisation; a branch has a handful, so there are no pages."""
    organization = find_organization(code)
    require(caller, Right.SEE_MEMBERS, organization)
    teams = list(
        Team.select().where(Team.organization == organization.id, Team.closed_at.is_null()).order_by(Team.name)
    )
    return _shapes(teams)


def read_team(caller: Caller, public_id: str, *, today: date) -> TeamDetail:
    """A team with its people; 404 for whom it does not concern."""
    team = find_team(public_id)
    keeps = team.leader_id == caller.account_id or caller.may(Right.KEEP_GRIDS, team.organization.path)
    sees = keeps or caller.may(Right.SEE_MEMBERS, team.organization.path)
    if not sees and not belongs(caller.account_id, team.id):
        raise NotFound()
    (shape,) = _shapes([team])
    return TeamDetail(**shape.model_dump(), people=_people(team, today), join_code=team.join_code if keeps else None)


def _shapes(teams: list[Team]) -> list[TeamShape]:
    ids = [team.id for team in teams]
    skills, counts = skills_of(TeamSkill, "team", ids), _counts(ids)
    served = _served(ids)
    names = names_of({team.leader_id for team in teams if team.leader_id is not None})
    return [
        TeamShape(
            id=team.public_id,
            name=team.name,
            leader=names[team.leader_id][1] if team.leader_id is not None else None,
            skills=skills[team.id],
            max_load=team.max_load,
            members=counts.get((team.id, True), 0),
            waiting=counts.get((team.id, False), 0),
            orders=served.get(team.id, (0, 0))[0],
            hours=served.get(team.id, (0, 0))[1] / MINUTES_OF_HOUR,
        )
        for team in teams
    ]


def _counts(team_ids: Iterable[int]) -> dict[tuple[int, bool], int]:
    confirmed = TeamMember.confirmed_at.is_null(False)
    rows: pw.ModelSelect[Any] = (
        TeamMember.select(TeamMember.team, confirmed, pw.fn.COUNT(TeamMember.id))
        .where(TeamMember.team.in_(list(team_ids)), TeamMember.left_at.is_null())
        .group_by(TeamMember.team, confirmed)
    )
    return {(team_id, bool(sure)): count for team_id, sure, count in rows_of(rows)}


def _served(team_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """How many orders, and minutes, each team has been credited with."""
    rows: pw.ModelSelect[Any] = (
        OrderTeamCredit.select(
            OrderTeamCredit.team, pw.fn.COUNT(OrderTeamCredit.id), pw.fn.SUM(OrderTeamCredit.minutes)
        )
        .where(OrderTeamCredit.team.in_(list(team_ids)), OrderTeamCredit.voided_at.is_null())
        .group_by(OrderTeamCredit.team)
    )
    return {team_id: (orders, int(minutes)) for team_id, orders, minutes in rows_of(rows)}


def _people(team: Team, today: date) -> list[TeamMemberShape]:
    rows = list(
        TeamMember.select().where(TeamMember.team == team.id, TeamMember.left_at.is_null()).order_by(TeamMember.id)
    )
    ids = {row.account_id for row in rows}
    names, away = names_of(ids), away_on(ids, today)
    return [
        TeamMemberShape(
            id=names[row.account_id][0],
            name=names[row.account_id][1],
            confirmed=row.confirmed_at is not None,
            leads=row.account_id == team.leader_id,
            away=row.account_id in away,
        )
        for row in rows
    ]


def away_on(account_ids: Iterable[int], day: date) -> set[int]:
    """Which of these are on leave on a local day."""
    rows: pw.ModelSelect[Any] = Absence.select(Absence.account).where(
        Absence.account.in_(list(account_ids)), Absence.from_on <= day, Absence.until_on >= day
    )
    return {account_id for (account_id,) in rows_of(rows)}
