"""Grids, the doors in them, and who is on duty for them."""

from enum import StrEnum
from typing import Any

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.people.models import Account, Organization
from backend.people.places.models import CODE_LENGTH
from backend.service.teams.models import Team


class HouseholdFlag(StrEnum):
    """What whoever comes to the door should know; kept sealed."""

    LONE_ELDER = "lone_elder"
    OLD_COUPLE = "old_couple"
    DISABLED = "disabled"
    LEFT_BEHIND_CHILD = "left_behind_child"
    HARDSHIP = "hardship"


class Grid(Record):
    """A part of a community (网格). `polygon` is a list of points in GCJ-02; `lat` and `lng` are its middle."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    code = pw.CharField(20)
    name = pw.CharField(40)
    polygon: Any = JsonField(null=True)
    lat = pw.DoubleField(null=True)
    lng = pw.DoubleField(null=True)
    created_at = UtcDateTimeField()
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("organization", "code"), True),)


class GridTile(Record):
    """A tile of the map that a grid's polygon touches: how a point finds the few grids that may hold it."""

    id = pw.BigAutoField()
    grid = pw.ForeignKeyField(Grid, on_delete="CASCADE")
    grid_id: int
    tile = pw.IntegerField()

    class Meta:
        indexes = ((("tile", "grid"), True),)


class GridAddress(Record):
    """A building or street of a grid: `text` as people write it, `line` as it is looked for, and its poster's code."""

    id = pw.BigAutoField()
    grid = pw.ForeignKeyField(Grid, on_delete="CASCADE", index=False)
    grid_id: int
    text = pw.CharField(80)
    line = pw.CharField(80, index=True)
    code = pw.CharField(CODE_LENGTH, unique=True)

    class Meta:
        indexes = ((("grid", "line"), False),)


class GridWorker(Record):
    """Somebody who looks after a grid (网格员, 楼栋长), with the term."""

    id = pw.BigAutoField()
    grid = pw.ForeignKeyField(Grid, on_delete="CASCADE", index=False)
    grid_id: int
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    since_on = pw.DateField()
    until_on = pw.DateField(null=True)

    class Meta:
        indexes = ((("grid", "account"), True),)


class Household(Record):
    """A door of a grid. `flags` are words of HouseholdFlag, sealed; the code lets whoever lives there join."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    grid = pw.ForeignKeyField(Grid, on_delete="RESTRICT", index=False)
    grid_id: int
    door = pw.CharField(60)
    flags = SealedField(null=True)
    join_code = pw.CharField(CODE_LENGTH, unique=True)
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("grid", "door"), True),)


class HouseholdMember(Record):
    """An account that lives behind a door. `current` is 1 or empty: nobody lives behind two doors at once."""

    id = pw.BigAutoField()
    household = pw.ForeignKeyField(Household, on_delete="CASCADE")
    household_id: int
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    current = pw.SmallIntegerField(null=True)
    added_by = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL", index=False)
    added_by_id: int | None
    joined_at = UtcDateTimeField()
    left_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("account", "current"), True),)


class DutySlot(Record):
    """Who is on duty for a grid: every week on a day (Monday is 1), or on one date; minutes of the local day."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    grid = pw.ForeignKeyField(Grid, on_delete="CASCADE")
    grid_id: int
    weekday = pw.SmallIntegerField(null=True)
    on = pw.DateField(null=True)
    start_minute = pw.SmallIntegerField()
    end_minute = pw.SmallIntegerField()
    account = pw.ForeignKeyField(Account, null=True, on_delete="CASCADE")
    account_id: int | None
    team = pw.ForeignKeyField(Team, null=True, on_delete="CASCADE")
    team_id: int | None


class DispatchPolicy(Record):
    """Whether a branch lets its duty lists dispatch by themselves."""

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
    organization_id: int
    auto_dispatch = pw.BooleanField()
    changed_by = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False)
    changed_at = UtcDateTimeField()


TABLES = (
    Grid,
    GridTile,
    GridAddress,
    GridWorker,
    Household,
    HouseholdMember,
    DutySlot,
    DispatchPolicy,
)
