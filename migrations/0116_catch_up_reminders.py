"""Whether a reminder that fell into down time is still spoken of, and for how many days."""

from peewee import SmallIntegerField

LATE_DAYS = {
    3: (
        "assembly_missing",
        "committee_missing",
        "cell_missing",
        "party_day_missing",
        "yearly_missing",
        "minutes_missing",
        "task_due",
        "weekly_digest",
        "study_gap",
        "statement_due",
        "pack_unread",
        "dues_own",
    ),
    2: ("requests_waiting",),
}


def up(migrator, db):
    migrator.migrate(migrator.add_column("reminder_rule", "late_days", SmallIntegerField(default=0)))
    for days, codes in LATE_DAYS.items():
        marks = ", ".join([db.param] * len(codes))
        db.execute_sql(f"UPDATE reminder_rule SET late_days = {days} WHERE code IN ({marks})", codes)  # noqa: S608 - figures of ours


def down(migrator, db):
    migrator.migrate(migrator.drop_column("reminder_rule", "late_days"))
