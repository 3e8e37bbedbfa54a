"""Teams made, changed and closed; people added, asking, confirmed and leaving."""

from collections.abc import Callable
from datetime import date, datetime

import peewee as pw

from backend.core.crypto import mask_name, new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.messaging import outbox
from backend.people.access import find_organization, require
from backend.people.models import Account, Organization
from backend.people.permissions import Caller, Right
from backend.people.places.codes import new_place_code
from backend.service.join_codes.guessing import find_by_code
from backend.service.teams.models import Team, TeamMember, TeamSkill
from backend.service.teams.persons import find_person
from backend.service.teams.schemas import KeepTeam
from backend.service.teams.skills import set_skills


def make_team(caller: Caller, code: str, body: KeepTeam, *, today: date, now: datetime) -> Team:
    """A new team with its leader; 409 when the organisation has one of that name, 422 for an unknown leader."""
    organization = find_organization(code)
    require(caller, Right.KEEP_GRIDS, organization)
    leader_id = find_person(organization.id, body.leader, today=today, field="leader")

    def work() -> Team:
        team: Team = Team.create(
            public_id=new_public_id(),
            organization=organization,
            name=body.name,
            leader=leader_id,
            max_load=body.max_load,
            join_code=new_place_code(),
            created_at=now,
        )
        set_skills(TeamSkill, {"team": team.id}, body.skills)
        _enlist(team, leader_id, now)
        return team

    return _unless_taken(work)


def change_team(caller: Caller, public_id: str, body: KeepTeam, *, today: date, now: datetime) -> Team:
    """Another name, leader, load or other skills; 409 for a name that is taken."""
    team = team_to_keep(caller, public_id)
    leader_id = find_person(team.organization_id, body.leader, today=today, field="leader")

    def work() -> Team:
        Team.update(name=body.name, leader=leader_id, max_load=body.max_load).where(Team.id == team.id).execute()
        set_skills(TeamSkill, {"team": team.id}, body.skills)
        _enlist(team, leader_id, now)
        return find_team(public_id)

    return _unless_taken(work)


def _unless_taken(work: Callable[[], Team]) -> Team:
    try:
        return in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("team_name_taken", "已有同名的服务队，请换一个名称") from None


def close_team(caller: Caller, public_id: str, *, now: datetime) -> Team:
    """No more orders for this team; its history stays. Only the branch closes, not the leader."""
    team = find_team(public_id)
    require(caller, Right.KEEP_GRIDS, team.organization)
    still = Team.update(closed_at=now).where(Team.id == team.id, Team.closed_at.is_null())
    in_unit_of_work(lambda: update_exactly_one(still, lost=_closed))
    return find_team(public_id)


def renew_code(caller: Caller, public_id: str) -> Team:
    """Another join code; the old one opens nothing from now on."""
    team = team_to_keep(caller, public_id)
    in_unit_of_work(lambda: Team.update(join_code=new_place_code()).where(Team.id == team.id).execute())
    return find_team(public_id)


def add_member(caller: Caller, public_id: str, person: str, *, today: date, now: datetime) -> Team:
    """Somebody whom the branch may order work to, confirmed at once; 422 for anybody else."""
    team = team_to_keep(caller, public_id)
    account_id = find_person(team.organization_id, person, today=today, field="person")
    in_unit_of_work(lambda: _enlist(team, account_id, now))
    return team


def ask_to_join(caller: Caller, typed: str, *, now: datetime) -> None:
    """Ask by code to be taken in, a student for example; the leader is told. Asked twice is asked once."""
    team = find_by_code(caller.account_id, typed, _team_of_code, now=now)

    def work() -> None:
        row: TeamMember | None = TeamMember.get_or_none(
            TeamMember.team == team.id, TeamMember.account == caller.account_id
        )
        if row is not None and row.left_at is None:
            return
        if row is None:
            row = TeamMember.create(team=team, account=caller.account_id, asked_at=now)
        else:
            changes = {"asked_at": now, "confirmed_at": None, "left_at": None}
            TeamMember.update(changes).where(TeamMember.id == row.id).execute()
        facts = {"id": team.public_id, "team": team.name, "name": mask_name(caller.display_name)}
        outbox.enqueue(
            "team.join_asked",
            facts,
            key=f"team-join:{row.id}:{now.isoformat()}",
            organization_id=team.organization_id,
            people={"organizer": [team.leader_id]},
            now=now,
        )

    in_unit_of_work(work)


def confirm_member(caller: Caller, public_id: str, person: str, *, now: datetime) -> Team:
    """Take in who has asked; he is told. 404 when nobody of that id waits."""
    team = team_to_keep(caller, public_id)
    account_id = _account(person)

    def work() -> None:
        waiting = TeamMember.update(confirmed_at=now).where(
            TeamMember.team == team.id,
            TeamMember.account == account_id,
            TeamMember.confirmed_at.is_null(),
            TeamMember.left_at.is_null(),
        )
        update_exactly_one(waiting, lost=_not_there)
        _tell_joined(team, account_id, now)

    in_unit_of_work(work)
    return team


def remove_member(caller: Caller, public_id: str, person: str, *, now: datetime) -> None:
    """Out of the team, or turned down: by leader or branch, or by himself. 404 when he is not in it."""
    team = find_team(public_id) if person == caller.public_id else team_to_keep(caller, public_id)
    account_id = _account(person)
    still_in = TeamMember.update(left_at=now).where(
        TeamMember.team == team.id, TeamMember.account == account_id, TeamMember.left_at.is_null()
    )

    def work() -> None:
        update_exactly_one(still_in, lost=_not_there)
        Team.update(leader=None).where(Team.id == team.id, Team.leader == account_id).execute()

    in_unit_of_work(work)


def find_team(public_id: str) -> Team:
    """The team with its organisation, open or closed; raises NotFound."""
    team: Team | None = Team.select(Team, Organization).join(Organization).where(Team.public_id == public_id).first()
    if team is None:
        raise NotFound()
    return team


def team_to_keep(caller: Caller, public_id: str) -> Team:
    """An open team that the caller leads or whose branch he acts for."""
    team = find_team(public_id)
    if team.leader_id != caller.account_id:
        _require_in_sight(caller, team)
    if team.closed_at is not None:
        raise _closed()
    return team


def _require_in_sight(caller: Caller, team: Team) -> None:
    try:
        require(caller, Right.KEEP_GRIDS, team.organization)
    except NotFound:
        if belongs(caller.account_id, team.id):
            raise Forbidden() from None
        raise


def belongs(account_id: int, team_id: int) -> bool:
    """Whether somebody is, or has asked to be, in a team."""
    mine = (TeamMember.team == team_id) & (TeamMember.account == account_id) & TeamMember.left_at.is_null()
    return bool(TeamMember.select(TeamMember.id).where(mine).exists())


def _team_of_code(code: str) -> Team | None:
    team: Team | None = Team.get_or_none(Team.join_code == code, Team.closed_at.is_null())
    return team


def _account(public_id: str) -> int:
    account_id: int | None = Account.select(Account.id).where(Account.public_id == public_id).scalar()
    if account_id is None:
        raise _not_there()
    return account_id


def _enlist(team: Team, account_id: int, now: datetime) -> None:
    """Into the team, confirmed; whoever is in it already stays as he is."""
    row: TeamMember | None = TeamMember.get_or_none(TeamMember.team == team.id, TeamMember.account == account_id)
    if row is not None and row.left_at is None and row.confirmed_at is not None:
        return
    if row is None:
        TeamMember.create(team=team, account=account_id, asked_at=now, confirmed_at=now)
    else:
        TeamMember.update(confirmed_at=now, left_at=None).where(TeamMember.id == row.id).execute()
    _tell_joined(team, account_id, now)


def _tell_joined(team: Team, account_id: int, now: datetime) -> None:
    outbox.enqueue(
        "team.joined",
        {"id": team.public_id, "team": team.name, "organization": team.organization.name},
        key=f"team-joined:{team.id}:{account_id}:{now.isoformat()}",
        organization_id=team.organization_id,
        people={"member": [account_id]},
        now=now,
    )


def _not_there() -> NotFound:
    return NotFound("not_in_team", "服务队里没有这个人")


def _closed() -> Conflict:
    return Conflict("team_closed", "这个服务队已经停用")
