"""Rules of reminding, what organisations changed of them, and which runs took place."""

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Organization


class ReminderRule(Record):
    """One thing that the bot reminds of, as the installation has it.

    `offsets` are days before what is due (`3,1,0`; negative ones come after), empty for what is asked by `rhythm`
    alone; `at` is a local time. A slot that fell into down time is asked up to `late_days` later, and after that
    skipped. An `own_job` is asked by a job of its room: here it is listed, and switched.
    """

    id = pw.BigAutoField()
    code = pw.CharField(40, unique=True)
    position = pw.SmallIntegerField()
    label = pw.CharField(40)
    trigger = pw.CharField(120)
    audience = pw.CharField(60)
    channel = pw.CharField(60)
    offsets = pw.CharField(40)
    at = pw.CharField(5)
    rhythm = pw.CharField(30)
    stops = pw.CharField(120)
    escalation = pw.CharField(120)
    source = pw.CharField(200)
    own_job = pw.BooleanField()
    locked = pw.BooleanField()
    late_days = pw.SmallIntegerField(default=0)


class ReminderSetting(Record):
    """What one organisation changed of a rule; what is empty is as the rule has it.

    `deputy` gets it in the secretary's place; `snoozed_until` is the first day on which it speaks again.
    """

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, on_delete="CASCADE", index=False)
    organization_id: int
    rule = pw.CharField(40)
    enabled = pw.BooleanField(default=True)
    at = pw.CharField(5, null=True)
    offsets = pw.CharField(40, null=True)
    skip_on = pw.DateField(null=True)
    snoozed_until = pw.DateField(null=True)
    deputy = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL")
    deputy_id: int | None
    changed_at = UtcDateTimeField()

    class Meta:
        indexes = ((("organization", "rule"), True), (("rule", "organization"), False))


class ReminderRun(Record):
    """A run that took place: which rule, of which local day and time, and when it really was."""

    id = pw.BigAutoField()
    rule = pw.CharField(40)
    on = pw.DateField()
    at = pw.CharField(5)
    ran_at = UtcDateTimeField()
    told = pw.IntegerField()

    class Meta:
        indexes = ((("rule", "on", "at"), True), (("on",), False))


TABLES = (ReminderRule, ReminderSetting, ReminderRun)
