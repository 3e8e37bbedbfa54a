"""Join codes, teams, grids. Frozen copies of the models: they do not follow later changes."""

from peewee import (
    BigAutoField,
    BooleanField,
    CharField,
    DateField,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
)

from backend.core.crypto import SealedField
from backend.core.database import JsonField, UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class WrongJoinCode(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        at = UtcDateTimeField(index=True)

        class Meta:
            database = db
            table_name = "wrong_join_code"
            indexes = ((("account", "at"), False),)

    class Skill(Model):
        id = BigAutoField()
        code = CharField(unique=True, max_length=40)
        name = CharField(max_length=40)
        sort = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "skill"

    class HandlerProfile(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, unique=True, on_delete="CASCADE")
        max_load = SmallIntegerField()

        class Meta:
            database = db
            table_name = "handler_profile"

    class HandlerSkill(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        skill = ForeignKeyField(Skill, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "handler_skill"
            indexes = ((("account", "skill"), True),)

    class FreeHours(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        weekday = SmallIntegerField()
        start_minute = SmallIntegerField()
        end_minute = SmallIntegerField()

        class Meta:
            database = db
            table_name = "free_hours"
            indexes = ((("account", "weekday"), False),)

    class Absence(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        from_on = DateField()
        until_on = DateField()

        class Meta:
            database = db
            table_name = "absence"
            indexes = ((("account", "until_on"), False),)

    class Team(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        name = CharField(max_length=40)
        leader = ForeignKeyField(Account, null=True, on_delete="SET NULL")
        max_load = SmallIntegerField()
        join_code = CharField(unique=True, max_length=8)
        created_at = UtcDateTimeField()
        closed_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "team"
            indexes = ((("organization", "name"), True),)

    class TeamSkill(Model):
        id = BigAutoField()
        team = ForeignKeyField(Team, on_delete="CASCADE", index=False)
        skill = ForeignKeyField(Skill, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "team_skill"
            indexes = ((("team", "skill"), True),)

    class TeamMember(Model):
        id = BigAutoField()
        team = ForeignKeyField(Team, on_delete="CASCADE", index=False)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        asked_at = UtcDateTimeField()
        confirmed_at = UtcDateTimeField(null=True)
        left_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "team_member"
            indexes = ((("team", "account"), True),)

    class Grid(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        code = CharField(max_length=20)
        name = CharField(max_length=40)
        polygon = JsonField(null=True)
        lat = DoubleField(null=True)
        lng = DoubleField(null=True)
        created_at = UtcDateTimeField()
        closed_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "grid"
            indexes = ((("organization", "code"), True),)

    class GridTile(Model):
        id = BigAutoField()
        grid = ForeignKeyField(Grid, on_delete="CASCADE")
        tile = IntegerField()

        class Meta:
            database = db
            table_name = "grid_tile"
            indexes = ((("tile", "grid"), True),)

    class GridAddress(Model):
        id = BigAutoField()
        grid = ForeignKeyField(Grid, on_delete="CASCADE")
        text = CharField(max_length=80)
        line = CharField(index=True, max_length=80)
        code = CharField(unique=True, max_length=8)

        class Meta:
            database = db
            table_name = "grid_address"

    class GridWorker(Model):
        id = BigAutoField()
        grid = ForeignKeyField(Grid, on_delete="CASCADE", index=False)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        since_on = DateField()
        until_on = DateField(null=True)

        class Meta:
            database = db
            table_name = "grid_worker"
            indexes = ((("grid", "account"), True),)

    class Household(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        grid = ForeignKeyField(Grid, on_delete="RESTRICT", index=False)
        door = CharField(max_length=60)
        flags = SealedField(null=True)
        join_code = CharField(unique=True, max_length=8)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "household"
            indexes = ((("grid", "door"), True),)

    class HouseholdMember(Model):
        id = BigAutoField()
        household = ForeignKeyField(Household, on_delete="CASCADE")
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        current = SmallIntegerField(null=True)
        added_by = ForeignKeyField(Account, null=True, on_delete="SET NULL", index=False)
        joined_at = UtcDateTimeField()
        left_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "household_member"
            indexes = ((("account", "current"), True),)

    class DutySlot(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        grid = ForeignKeyField(Grid, on_delete="CASCADE")
        weekday = SmallIntegerField(null=True)
        on = DateField(null=True)
        start_minute = SmallIntegerField()
        end_minute = SmallIntegerField()
        account = ForeignKeyField(Account, null=True, on_delete="CASCADE")
        team = ForeignKeyField(Team, null=True, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "duty_slot"

    class DispatchPolicy(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
        auto_dispatch = BooleanField()
        changed_by = ForeignKeyField(Account, on_delete="RESTRICT", index=False)
        changed_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "dispatch_policy"

    db.create_tables(
        [
            WrongJoinCode,
            Skill,
            HandlerProfile,
            HandlerSkill,
            FreeHours,
            Absence,
            Team,
            TeamSkill,
            TeamMember,
            Grid,
            GridTile,
            GridAddress,
            GridWorker,
            Household,
            HouseholdMember,
            DutySlot,
            DispatchPolicy,
        ]
    )


def down(migrator, db):
    for table in (
        "dispatch_policy",
        "duty_slot",
        "household_member",
        "household",
        "grid_worker",
        "grid_address",
        "grid_tile",
        "grid",
        "team_member",
        "team_skill",
        "team",
        "absence",
        "free_hours",
        "handler_skill",
        "handler_profile",
        "skill",
        "wrong_join_code",
    ):
        db.execute_sql(f"DROP TABLE {table}")
