"""Doors: added, joined by code or through the grid worker, left; what to know of them, sealed."""

from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.core import audit
from backend.core.crypto import mask_phone, new_public_id, opened
from backend.core.database import in_unit_of_work, rows_of, update_exactly_one
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.core.pages import Page, cursor_number, page_by_id
from backend.messaging import outbox
from backend.people.identity import phone_index
from backend.people.models import Account, Organization
from backend.people.permissions import Caller
from backend.people.places.codes import new_place_code
from backend.service.grids.models import Grid, Household, HouseholdFlag, HouseholdMember
from backend.service.grids.schemas import (
    AddHouseholdMember,
    FlagShape,
    HouseholdDetail,
    HouseholdMemberShape,
    HouseholdQuery,
    HouseholdShape,
    SetFlags,
)
from backend.service.grids.service import grid_of_doors
from backend.service.join_codes.guessing import find_by_code

MOBILE_DIGITS = 11
FLAG_LABELS = {
    HouseholdFlag.LONE_ELDER: "独居老人",
    HouseholdFlag.OLD_COUPLE: "高龄夫妇",
    HouseholdFlag.DISABLED: "残疾人家庭",
    HouseholdFlag.LEFT_BEHIND_CHILD: "留守儿童",
    HouseholdFlag.HARDSHIP: "困难家庭",
}


def list_households(caller: Caller, grid_id: str, query: HouseholdQuery, *, today: date) -> Page[HouseholdShape]:
    """The doors of a grid with their codes, for its worker and the branch's dispatchers; no flags in lists."""
    grid = grid_of_doors(caller, grid_id, today=today)
    rows = Household.select().where(Household.grid == grid.id).order_by(Household.id)
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(Household.id > after)
    if query.q:
        rows = rows.where(Household.door.contains(query.q))
    found, cursor = page_by_id(list(rows.limit(query.limit + 1)), query.limit)
    counts = _counts([one.id for one in found])
    return Page([_shape(one, counts.get(one.id, 0)) for one in found], cursor)


def _counts(ids: list[int]) -> dict[int, int]:
    rows: pw.ModelSelect[Any] = (
        HouseholdMember.select(HouseholdMember.household, pw.fn.COUNT(HouseholdMember.id))
        .where(HouseholdMember.household.in_(ids), HouseholdMember.current == 1)
        .group_by(HouseholdMember.household)
    )
    return dict(rows_of(rows))


def _shape(household: Household, members: int) -> HouseholdShape:
    return HouseholdShape(id=household.public_id, door=household.door, join_code=household.join_code, members=members)


def add_household(caller: Caller, grid_id: str, door: str, *, today: date, now: datetime) -> HouseholdShape:
    """A new door with its code; 409 for a door that the grid has."""
    grid = grid_of_doors(caller, grid_id, today=today)
    if grid.closed_at is not None:
        raise Conflict("grid_closed", "这个网格已经停用")
    row = {"public_id": new_public_id(), "grid": grid, "door": door, "join_code": new_place_code(), "created_at": now}
    try:
        household = in_unit_of_work(lambda: Household.create(**row))
    except pw.IntegrityError:
        raise Conflict("door_taken", "这个网格已有同样的门牌") from None
    return _shape(household, 0)


def read_household(caller: Caller, public_id: str, *, today: date, now: datetime) -> HouseholdDetail:
    """A door with its people and what to know of it; that it was read is logged."""
    household = household_to_keep(caller, public_id, today=today)
    if household.flags is not None:
        audit.record(
            "household.flags_opened",
            audit.Subject(f"household:{household.public_id}", household.grid.organization_id),
            actor_id=caller.account_id,
            purpose="上门服务或安排探访",
            now=now,
        )
    people = _people(household.id)
    return HouseholdDetail(
        **_shape(household, len(people)).model_dump(),
        grid=household.grid.public_id,
        grid_name=household.grid.name,
        flags=[FlagShape(code=flag, label=FLAG_LABELS[flag]) for flag in flags_of(household)],
        people=people,
    )


def flags_of(household: Household) -> list[HouseholdFlag]:
    """What to know of a household, opened; whoever shows it logs that."""
    return [HouseholdFlag(word) for word in (opened(household.flags) or "").split(",") if word]


def _people(household_id: int) -> list[HouseholdMemberShape]:
    rows = (
        HouseholdMember.select(HouseholdMember, Account)
        .join(Account, on=(HouseholdMember.account == Account.id))
        .where(HouseholdMember.household == household_id, HouseholdMember.current == 1)
        .order_by(HouseholdMember.id)
    )
    return [
        HouseholdMemberShape(
            id=row.account.public_id,
            name=row.account.display_name,
            phone=mask_phone(phone) if (phone := opened(row.account.phone)) else None,
            joined_at=row.joined_at,
            by_code=row.added_by_id is None,
        )
        for row in rows
    ]


def set_flags(caller: Caller, public_id: str, body: SetFlags, *, today: date, now: datetime) -> HouseholdDetail:
    """What whoever comes to the door should know, sealed."""
    household = household_to_keep(caller, public_id, today=today)
    words = ",".join(flag for flag in HouseholdFlag if flag in body.flags)
    in_unit_of_work(lambda: Household.update(flags=words or None).where(Household.id == household.id).execute())
    return read_household(caller, public_id, today=today, now=now)


def renew_code(caller: Caller, public_id: str, *, today: date) -> HouseholdShape:
    """Another join code; who has joined stays."""
    household = household_to_keep(caller, public_id, today=today)
    in_unit_of_work(lambda: Household.update(join_code=new_place_code()).where(Household.id == household.id).execute())
    return _shape(find_household(public_id), _counts([household.id]).get(household.id, 0))


def add_member(
    caller: Caller, public_id: str, body: AddHouseholdMember, *, today: date, now: datetime
) -> HouseholdShape:
    """Somebody who lives there, by the phone of his account; he is told, and may leave. 422 for an unknown phone."""
    household = household_to_keep(caller, public_id, today=today)
    phone = body.phone[-MOBILE_DIGITS:]
    account_id: int | None = Account.select(Account.id).where(Account.phone_index == phone_index(phone)).scalar()
    if account_id is None:
        sentence = "这个手机号还没有在小程序登录并授权，请让住户登录后再加，或把口令告诉他"
        raise invalid_field("phone", "no_such_account", sentence)
    _settle(household, account_id, caller.account_id, now)
    return _shape(household, _counts([household.id])[household.id])


def join_household(caller: Caller, typed: str, *, now: datetime) -> None:
    """Move in by code, out of the former door if there was one; 404 for a wrong code, 429 after five."""
    household = find_by_code(caller.account_id, typed, _household_of_code, now=now)
    _settle(household, caller.account_id, None, now)


def _household_of_code(code: str) -> Household | None:
    found: Household | None = (
        Household.select(Household, Grid)
        .join(Grid)
        .where(Household.join_code == code, Grid.closed_at.is_null())
        .first()
    )
    return found


def _settle(household: Household, account_id: int, added_by: int | None, now: datetime) -> None:
    try:
        in_unit_of_work(lambda: _move_in(household, account_id, added_by, now))
    except pw.IntegrityError:  # the same account moves in somewhere at the same moment
        raise Conflict("household_conflict", "正在登记住户，请稍后再看") from None


def _move_in(household: Household, account_id: int, added_by: int | None, now: datetime) -> None:
    here = (HouseholdMember.household == household.id) & (HouseholdMember.account == account_id)
    if HouseholdMember.select(HouseholdMember.id).where(here, HouseholdMember.current == 1).exists():
        return
    _move_out(account_id, now)
    HouseholdMember.create(household=household, account=account_id, current=1, added_by=added_by, joined_at=now)
    at_home = Account.update(organization=household.grid.organization_id)
    at_home.where(Account.id == account_id, Account.organization.is_null()).execute()
    if added_by is not None:
        outbox.enqueue(
            "household.added",
            {"door": household.door, "grid": household.grid.name},
            key=f"household-added:{household.id}:{account_id}:{now.isoformat()}",
            organization_id=household.grid.organization_id,
            people={"member": [account_id]},
            now=now,
        )


def _move_out(account_id: int, now: datetime) -> int:
    living = HouseholdMember.update(current=None, left_at=now).where(
        HouseholdMember.account == account_id, HouseholdMember.current == 1
    )
    return int(living.execute())


def leave_household(caller: Caller, *, now: datetime) -> None:
    """Move out; 409 for whoever has joined none."""
    if not in_unit_of_work(lambda: _move_out(caller.account_id, now)):
        raise Conflict("no_household", "您还没有加入住户")


def remove_member(caller: Caller, public_id: str, person: str, *, today: date, now: datetime) -> None:
    """Somebody does not live there (any more); 404 when he does not."""
    household = household_to_keep(caller, public_id, today=today)
    account_id: int | None = Account.select(Account.id).where(Account.public_id == person).scalar()
    living = HouseholdMember.update(current=None, left_at=now).where(
        HouseholdMember.household == household.id, HouseholdMember.account == account_id, HouseholdMember.current == 1
    )
    gone = lambda: NotFound("not_in_household", "这一户没有这个人")  # noqa: E731 - one sentence
    in_unit_of_work(lambda: update_exactly_one(living, lost=gone))


def household_to_keep(caller: Caller, public_id: str, *, today: date) -> Household:
    """A door whose grid the caller works in, or whose branch's grids he keeps."""
    household = find_household(public_id)
    grid_of_doors(caller, household.grid.public_id, today=today)
    return household


def find_household(public_id: str) -> Household:
    """The household with its grid and organisation; raises NotFound."""
    household: Household | None = (
        Household.select(Household, Grid, Organization)
        .join(Grid)
        .join(Organization)
        .where(Household.public_id == public_id)
        .first()
    )
    if household is None:
        raise NotFound()
    return household


def household_of(account_id: int) -> HouseholdMember | None:
    """Where an account lives, with door, grid and organisation."""
    row: HouseholdMember | None = (
        HouseholdMember.select(HouseholdMember, Household, Grid, Organization)
        .join(Household)
        .join(Grid)
        .join(Organization)
        .where(HouseholdMember.account == account_id, HouseholdMember.current == 1)
        .first()
    )
    return row
