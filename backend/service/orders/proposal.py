"""The dispatcher's proposal: up to three people or teams, each with its reasons in words; nobody is ranked further."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from backend.core.database import rows_of
from backend.core.errors import Forbidden
from backend.core.geography import distance_m
from backend.people.permissions import Caller
from backend.service.grids.duty import on_duty
from backend.service.grids.models import Grid
from backend.service.models import ServiceType
from backend.service.orders.candidates import Person, find_persons, sharing_door
from backend.service.orders.capacity import limits, loads, team_loads
from backend.service.orders.engine import legal_rule
from backend.service.orders.loading import Order, read_case
from backend.service.orders.shapes import ProposalShape, Proposed, ProposedTarget
from backend.service.orders.standing import must_see, standing_of
from backend.service.orders.targets import FOR_TEAMS
from backend.service.orders.workflow import Action, State
from backend.service.teams.models import HandlerSkill, Team, TeamMember, TeamSkill
from backend.service.teams.reading import away_on
from backend.service.teams.skills import skills_of
from backend.service.teams.windows import MINUTES_OF_HOUR, WEEKDAYS, text_of
from backend.tally.rules import Rule

MOST_PROPOSED = 3
_OWN = "本系统建议"
# what speaks for somebody, in points; who had fewer orders lately goes first among equals
FOR_SKILL = Rule(4, "分", _OWN)
FOR_DUTY = Rule(3, "分", _OWN)
FOR_GRID = Rule(3, "分", _OWN)
FOR_NEARNESS = Rule(((1_000, 2, "住得近（约1公里内）"), (3_000, 1, "住得不远（约3公里内）")), "米、分", _OWN)
FOR_FREE_NOW = Rule(2, "分", _OWN)
FOR_FREE_SOON = Rule(1, "分", _OWN)
AGAINST_EACH_IN_HAND = Rule(1, "分", _OWN)
SOON_DAYS = 2


@dataclass(frozen=True)
class Scored:
    """A candidate with what speaks for it; `lately` decides between equals."""

    points: int
    lately: int
    shown: Proposed


@dataclass(frozen=True)
class Setting:
    """What the candidates are weighed against."""

    order: Order
    grid: Grid | None
    wanted: frozenset[str]
    on_duty: frozenset[int]
    teams_on_duty: frozenset[int]
    local: datetime


def propose(number: str, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> ProposalShape:
    """For whoever dispatches this order; 409 where it cannot be dispatched, 403 and 404 as for the dispatch."""
    order = read_case(number, caller=caller, timezone=timezone, now=now).order
    standing = standing_of(caller, order)
    must_see(standing)
    action = Action.DISPATCH if order.state is State.ACCEPTED else Action.TRANSFER
    if not legal_rule(order, action).actors & standing.actors:
        raise Forbidden()
    return ProposalShape(action=action, candidates=candidates_for(order, timezone=timezone, now=now))


def candidates_for(order: Order, *, timezone: ZoneInfo, now: datetime) -> list[Proposed]:
    """The three for whom most speaks, without whoever it lies with or was sent to now."""
    setting = _setting(order, timezone, now)
    persons = find_persons(order, today=setting.local.date(), now=now)
    persons.pop(order.target_id or 0, None)
    scored = [*_weigh_persons(setting, persons), *_weigh_teams(setting, persons)]
    best = sorted(scored, key=lambda one: (-one.points, one.lately, one.shown.target.id))[:MOST_PROPOSED]
    return [one.shown for one in best]


def _setting(order: Order, timezone: ZoneInfo, now: datetime) -> Setting:
    duty = on_duty(order.grid_id, timezone=timezone, now=now) if order.grid_id else []
    skills = ServiceType.select(ServiceType.skills).where(ServiceType.id == order.service_type_id).scalar()
    return Setting(
        order=order,
        grid=Grid.get_by_id(order.grid_id) if order.grid_id else None,
        wanted=frozenset(skills or ()),
        on_duty=frozenset(slot.account_id for slot in duty if slot.account_id is not None),
        teams_on_duty=frozenset(slot.team_id for slot in duty if slot.team_id is not None),
        local=now.astimezone(timezone),
    )


def _weigh_persons(setting: Setting, persons: dict[int, Person]) -> list[Scored]:
    held, most = loads(persons), limits(persons)
    out = away_on(persons, setting.local.date()) | sharing_door(setting.order)
    skills = skills_of(HandlerSkill, "account", persons)
    scored = []
    for one in persons.values():
        load = held[one.account_id]
        if one.account_id in out or load >= most[one.account_id]:
            continue
        fitting = [skill.name for skill in skills[one.account_id] if skill.code in setting.wanted]
        points, reasons = _for_person(setting, one, fitting, load)
        shown = Proposed(target=_target("member", one.id), name=one.name, reasons=reasons)
        scored.append(Scored(points, one.lately, shown))
    return scored


def _for_person(setting: Setting, one: Person, skills: list[str], load: int) -> tuple[int, list[str]]:
    """Points and reasons: skill, duty, nearness, free hours, load, fairness."""
    weighed = [
        (FOR_SKILL.value, f"会{'、'.join(skills)}") if skills else (0, None),
        (FOR_DUTY.value, "正在这个网格值班") if one.account_id in setting.on_duty else (0, None),
        _nearness(setting, one),
        _freedom(setting.local, one.windows),
        (-AGAINST_EACH_IN_HAND.value * load, f"手上有{load}件" if load else "手上没有任务"),
        (0, f"近30天接过{one.lately}件" if one.lately else "近30天没有接过单"),
    ]
    return sum(points for points, _ in weighed), [reason for _, reason in weighed if reason]


def _nearness(setting: Setting, one: Person) -> tuple[int, str | None]:
    """In bands between grids, never exact, and never of a door."""
    grid, home = setting.grid, one.home
    if grid is None:
        return 0, None
    if grid.id in one.looks_after:
        return FOR_GRID.value, "是这个网格的网格员"
    if home is None:
        return 0, None
    if home.id == grid.id:
        return FOR_GRID.value, "就住在这个网格"
    if grid.lat is None or grid.lng is None or home.lat is None or home.lng is None:
        return 0, None
    apart = distance_m((grid.lat, grid.lng), (home.lat, home.lng))
    return next(((points, words) for limit, points, words in FOR_NEARNESS.value if apart <= limit), (0, None))


def _freedom(local: datetime, windows: list[tuple[int, int, int]]) -> tuple[int, str | None]:
    """Free now, or within two days; nothing is said of who has said nothing."""
    minute = local.hour * MINUTES_OF_HOUR + local.minute
    for ahead in range(SOON_DAYS + 1):
        weekday = (local + timedelta(days=ahead)).isoweekday()
        starts = sorted((start, end) for day, start, end in windows if day == weekday)
        for start, end in starts:
            if ahead == 0 and start <= minute < end:
                return FOR_FREE_NOW.value, "现在有空"
            if ahead or start > minute:
                day = ("今天", "明天", WEEKDAYS[weekday])[ahead]
                return FOR_FREE_SOON.value, f"{day}{text_of(start)}起有空"
    return 0, None


def _weigh_teams(setting: Setting, persons: dict[int, Person]) -> list[Scored]:
    """Teams that can take it with somebody who is there; a person of the team counts even if he is no candidate."""
    if setting.order.takers not in FOR_TEAMS:
        return []
    teams = {team.id: team for team in _open_teams(setting.order.organization_id)}
    teams.pop(setting.order.team_id or 0, None)
    people = _people_of(list(teams))
    away = away_on({one for ids in people.values() for one in ids}, setting.local.date())
    skills, held = skills_of(TeamSkill, "team", teams), team_loads(teams)
    scored = []
    for team in teams.values():
        there = [one for one in people[team.id] if one not in away]
        if not there or held[team.id] >= team.max_load:
            continue
        free = sum(_is_free(setting.local, persons.get(one)) for one in there)
        fitting = [skill.name for skill in skills[team.id] if skill.code in setting.wanted]
        scored.append(_for_team(setting, team, fitting, (len(there), free, held[team.id])))
    return scored


def _for_team(setting: Setting, team: Team, skills: list[str], counts: tuple[int, int, int]) -> Scored:
    there, free, load = counts
    weighed = [
        (FOR_SKILL.value, f"擅长{'、'.join(skills)}") if skills else (0, None),
        (FOR_DUTY.value, "正在这个网格值班") if team.id in setting.teams_on_duty else (0, None),
        (FOR_FREE_SOON.value if free else 0, f"{there}名队员在岗" + (f"，{free}人现在有空" if free else "")),
        (-AGAINST_EACH_IN_HAND.value * load, f"队里有{load}件在办" if load else "队里没有在办的任务"),
    ]
    reasons = [reason for _, reason in weighed if reason]
    shown = Proposed(target=_target("team", team.public_id), name=team.name, reasons=reasons)
    return Scored(sum(points for points, _ in weighed), load, shown)


def _is_free(local: datetime, one: Person | None) -> bool:
    return one is not None and _freedom(local, one.windows)[0] == FOR_FREE_NOW.value


def _open_teams(organization_id: int) -> "Any":
    return Team.select().where(Team.organization == organization_id, Team.closed_at.is_null())


def _people_of(team_ids: list[int]) -> dict[int, list[int]]:
    rows = rows_of(
        TeamMember.select(TeamMember.team, TeamMember.account).where(
            TeamMember.team.in_(team_ids), TeamMember.confirmed_at.is_null(False), TeamMember.left_at.is_null()
        )
    )
    found: dict[int, list[int]] = defaultdict(list)
    for team_id, account_id in rows:
        found[team_id].append(account_id)
    return found


def _target(kind: Literal["member", "team"], public_id: str) -> ProposedTarget:
    return ProposedTarget(kind=kind, id=public_id)
