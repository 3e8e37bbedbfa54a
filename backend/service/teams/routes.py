"""Teams and handlers over HTTP."""

from datetime import date

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.people.caller import current_caller
from backend.service.teams import profile, reading, service
from backend.service.teams.schemas import (
    AddTeamMember,
    AskAway,
    HandlerShape,
    JoinByCode,
    KeepProfile,
    KeepTeam,
    SkillShape,
    TeamDetail,
    TeamShape,
)
from backend.service.teams.skills import list_skills

bp = Blueprint("teams", __name__, url_prefix="/api/v1")


def _today() -> date:
    return local_day(now(), settings().timezone)


@bp.get("/skills")
@endpoint(returns=list[SkillShape])
def read_skills() -> list[SkillShape]:
    """The table of skills."""
    return list_skills()


@bp.get("/me/handler")
@endpoint(returns=HandlerShape)
def read_profile() -> HandlerShape:
    """Oneself as a handler."""
    return profile.read_profile(current_caller(), today=_today())


@bp.post("/me/handler")
@endpoint(body=KeepProfile, returns=HandlerShape)
def keep_profile(body: KeepProfile) -> HandlerShape:
    """Say what one can do and when."""
    return profile.keep_profile(current_caller(), body, today=_today())


@bp.post("/me/handler/away")
@endpoint(body=AskAway, returns=HandlerShape, status=201)
def ask_away(body: AskAway) -> HandlerShape:
    """Be away: nothing is dispatched to one on these days."""
    return profile.ask_away(current_caller(), body, today=_today())


@bp.delete("/me/handler/away/<away_id>")
@endpoint(returns=HandlerShape)
def come_back(away_id: str) -> HandlerShape:
    """Take back a leave."""
    return profile.come_back(current_caller(), away_id, today=_today())


@bp.get("/organizations/<code>/teams")
@endpoint(returns=list[TeamShape])
def list_teams(code: str) -> list[TeamShape]:
    """The teams of an organisation."""
    return reading.list_teams(current_caller(), code)


@bp.post("/organizations/<code>/teams")
@endpoint(body=KeepTeam, returns=TeamDetail, status=201)
def make_team(code: str, body: KeepTeam) -> TeamDetail:
    """A new team with its leader."""
    return _shown(service.make_team(current_caller(), code, body, today=_today(), now=now()).public_id)


@bp.get("/teams/<team_id>")
@endpoint(returns=TeamDetail)
def read_team(team_id: str) -> TeamDetail:
    """A team with its people."""
    return _shown(team_id)


@bp.post("/teams/<team_id>")
@endpoint(body=KeepTeam, returns=TeamDetail)
def change_team(team_id: str, body: KeepTeam) -> TeamDetail:
    """Change a team."""
    return _shown(service.change_team(current_caller(), team_id, body, today=_today(), now=now()).public_id)


@bp.post("/teams/<team_id>/close")
@endpoint(returns=TeamDetail)
def close_team(team_id: str) -> TeamDetail:
    """Close a team for good."""
    return _shown(service.close_team(current_caller(), team_id, now=now()).public_id)


@bp.post("/teams/<team_id>/renew-code")
@endpoint(returns=TeamDetail)
def renew_team_code(team_id: str) -> TeamDetail:
    """Replace the join code."""
    return _shown(service.renew_code(current_caller(), team_id).public_id)


@bp.post("/teams/<team_id>/members")
@endpoint(body=AddTeamMember, returns=TeamDetail, status=201)
def add_team_member(team_id: str, body: AddTeamMember) -> TeamDetail:
    """Add somebody whom the branch may order work to."""
    return _shown(service.add_member(current_caller(), team_id, body.person, today=_today(), now=now()).public_id)


@bp.post("/teams/<team_id>/members/<person_id>/confirm")
@endpoint(returns=TeamDetail)
def confirm_team_member(team_id: str, person_id: str) -> TeamDetail:
    """Take in somebody who has asked."""
    return _shown(service.confirm_member(current_caller(), team_id, person_id, now=now()).public_id)


@bp.delete("/teams/<team_id>/members/<person_id>")
@endpoint()
def remove_team_member(team_id: str, person_id: str) -> None:
    """Out of the team, or turned down; anybody may take himself out."""
    service.remove_member(current_caller(), team_id, person_id, now=now())


@bp.post("/me/teams")
@endpoint(body=JoinByCode, returns=HandlerShape, status=201)
def ask_to_join(body: JoinByCode) -> HandlerShape:
    """Ask by code to be taken into a team."""
    service.ask_to_join(current_caller(), body.code, now=now())
    return profile.read_profile(current_caller(), today=_today())


def _shown(team_id: str) -> TeamDetail:
    return reading.read_team(current_caller(), team_id, today=_today())
