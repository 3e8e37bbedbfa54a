"""A grid of the demo branch with its worker, two doors, a duty list and a team: who looks after which door."""

from datetime import datetime

from backend.core.clock import local_day
from backend.core.settings import Settings
from backend.demo.branch import acting
from backend.people.models import Member
from backend.people.permissions import Caller
from backend.service.grids import duty, households, service
from backend.service.grids.models import HouseholdFlag
from backend.service.grids.schemas import AddDuty, DutyTarget, KeepGrid, SetFlags
from backend.service.teams import profile
from backend.service.teams import service as teams
from backend.service.teams.schemas import KeepProfile, KeepTeam, Window

BRANCH = "DH-01-01"
GRID = KeepGrid(code="G3", name="第三网格", addresses=["大河社区三号楼", "三号楼", "四号楼", "五号楼"])
DOORS = {"三号楼二单元 301": "resident-li", "三号楼三单元 502": "resident-wang"}
WORKING_DAYS = range(1, 6)


def load_neighbourhood(settings: Settings, *, now: datetime) -> None:
    """As the secretary and those concerned would enter it."""
    today = local_day(now, settings.timezone)
    secretary, zhao, feng = (
        acting(user, settings, now=now) for user in ("secretary-sun", "member-zhao", "member-feng")
    )
    grid = service.make_grid(secretary, BRANCH, GRID, now=now).public_id
    service.add_worker(secretary, grid, _roster_id(zhao), today=today)
    for place, (door, user) in enumerate(DOORS.items()):
        household = households.add_household(zhao, grid, door, today=today, now=now)
        households.join_household(acting(user, settings, now=now), household.join_code, now=now)
        if place == 0:
            flags = SetFlags(flags=[HouseholdFlag.LONE_ELDER])
            households.set_flags(zhao, household.id, flags, today=today, now=now)
    team = KeepTeam(name="红马甲维修队", leader=_roster_id(zhao), skills=["plumbing", "appliances"])
    made = teams.make_team(secretary, BRANCH, team, today=today, now=now).public_id
    teams.add_member(secretary, made, _roster_id(feng), today=today, now=now)
    free = [Window(weekday=day, start="18:00", end="21:00") for day in WORKING_DAYS]
    profile.keep_profile(feng, KeepProfile(skills=["plumbing", "carrying"], free_hours=free), today=today)
    for day in WORKING_DAYS:
        row = AddDuty(weekday=day, start="08:00", end="18:00", target=DutyTarget(kind="member", id=_roster_id(zhao)))
        duty.add_duty(secretary, grid, row, today=today)


def _roster_id(caller: Caller) -> str:
    public_id: str = Member.get(Member.account == caller.account_id).public_id
    return public_id
