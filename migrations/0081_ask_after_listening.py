"""One light question of a lesson with its answers, and the check of its words."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, SmallIntegerField

from backend.core.database import JsonField, UtcDateTimeField


def up(migrator, db):
    class Lesson(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "lesson"

    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class LessonAnswer(Model):
        id = BigAutoField()
        lesson = ForeignKeyField(Lesson, on_delete="CASCADE", index=False)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        choice = SmallIntegerField()
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "lesson_answer"
            indexes = ((("lesson", "account"), True),)

    migrator.migrate(
        migrator.add_column("lesson", "question", JsonField(null=True)),
        migrator.add_column("lesson_version", "question", JsonField(null=True)),
        migrator.add_column("lesson_version", "text_state", CharField(max_length=12, null=True)),
        migrator.add_column("lesson_version", "checks_left", SmallIntegerField(default=0)),
    )
    db.create_tables([LessonAnswer])


def down(migrator, db):
    db.execute_sql("DROP TABLE lesson_answer")
    migrator.migrate(
        migrator.drop_column("lesson_version", "checks_left"),
        migrator.drop_column("lesson_version", "text_state"),
        migrator.drop_column("lesson_version", "question"),
        migrator.drop_column("lesson", "question"),
    )
