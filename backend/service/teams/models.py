"""Skills, what people say of themselves as handlers, and teams."""

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Organization
from backend.people.places.models import CODE_LENGTH


class Skill(Record):
    """Something that people can do for others; a word of one small table, so that it can be looked for."""

    id = pw.BigAutoField()
    code = pw.CharField(40, unique=True)
    name = pw.CharField(40)
    sort = pw.IntegerField(default=0)


class HandlerProfile(Record):
    """How much somebody takes on at a time; who has none takes what the rule says."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, unique=True, on_delete="CASCADE")
    account_id: int
    max_load = pw.SmallIntegerField()


class HandlerSkill(Record):
    """A skill of a person."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    skill = pw.ForeignKeyField(Skill, on_delete="CASCADE")
    skill_id: int

    class Meta:
        indexes = ((("account", "skill"), True),)


class FreeHours(Record):
    """A window of the week in which somebody can help; minutes of the local day, Monday is 1."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    weekday = pw.SmallIntegerField()
    start_minute = pw.SmallIntegerField()
    end_minute = pw.SmallIntegerField()

    class Meta:
        indexes = ((("account", "weekday"), False),)


class Absence(Record):
    """Days on which somebody is away and gets no orders; why is his own business."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    from_on = pw.DateField()
    until_on = pw.DateField()

    class Meta:
        indexes = ((("account", "until_on"), False),)


class Team(Record):
    """A team of an organisation (志愿服务队). Whoever asks with `join_code` is confirmed by leader or branch."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    name = pw.CharField(40)
    leader = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL")
    leader_id: int | None
    max_load = pw.SmallIntegerField()
    join_code = pw.CharField(CODE_LENGTH, unique=True)
    created_at = UtcDateTimeField()
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("organization", "name"), True),)


class TeamSkill(Record):
    """A skill of a team."""

    id = pw.BigAutoField()
    team = pw.ForeignKeyField(Team, on_delete="CASCADE", index=False)
    team_id: int
    skill = pw.ForeignKeyField(Skill, on_delete="CASCADE")
    skill_id: int

    class Meta:
        indexes = ((("team", "skill"), True),)


class TeamMember(Record):
    """Somebody of a team: asked, confirmed, gone. Members of the branch, volunteers, students."""

    id = pw.BigAutoField()
    team = pw.ForeignKeyField(Team, on_delete="CASCADE", index=False)
    team_id: int
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    asked_at = UtcDateTimeField()
    confirmed_at = UtcDateTimeField(null=True)
    left_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("team", "account"), True), (("left_at",), False))


TABLES = (Skill, HandlerProfile, HandlerSkill, FreeHours, Absence, Team, TeamSkill, TeamMember)
