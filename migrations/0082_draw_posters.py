"""Lessons that wait for a poster; the gateway splits long texts, so their pieces are not counted here."""

from peewee import SmallIntegerField

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    migrator.migrate(
        migrator.drop_column("lesson_version", "checks_left"),
        migrator.add_column("lesson", "poster_due_at", UtcDateTimeField(null=True)),
        migrator.add_index("lesson", ("poster_due_at",)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("lesson", "lesson_poster_due_at"),
        migrator.drop_column("lesson", "poster_due_at"),
        migrator.add_column("lesson_version", "checks_left", SmallIntegerField(default=0)),
    )
