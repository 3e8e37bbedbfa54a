"""The first tables of lessons. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, BooleanField, CharField, DateField, ForeignKeyField, IntegerField, Model, TextField

from backend.core.database import JsonField, UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Media(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "media"

    class Member(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "member"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class LessonSeries(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        name = CharField(max_length=40)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "lesson_series"
            indexes = ((("organization", "name"), True),)

    db.create_tables([LessonSeries])

    class Lesson(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        title = CharField(max_length=60)
        lecturer = CharField(max_length=40)
        source = CharField(max_length=80)
        text = TextField()
        audio = ForeignKeyField(Media, on_delete="RESTRICT")
        poster = ForeignKeyField(Media, null=True, on_delete="RESTRICT")
        duration_s = IntegerField()
        series = ForeignKeyField(LessonSeries, null=True, on_delete="RESTRICT", index=False)
        issue = IntegerField(null=True)
        state = CharField(max_length=12)
        version = IntegerField(default=1)
        author = ForeignKeyField(Account, on_delete="RESTRICT")
        reviewer = ForeignKeyField(Account, null=True, on_delete="RESTRICT")
        publish_on = DateField()
        slot_on = DateField(null=True)
        publish_at = UtcDateTimeField(null=True)
        published_at = UtcDateTimeField(null=True)
        stand_in_at = UtcDateTimeField(null=True)
        created_at = UtcDateTimeField()
        changed_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "lesson"
            indexes = (
                (("organization", "slot_on"), True),
                (("series", "issue"), True),
                (("organization", "state", "publish_on"), False),
                (("state", "publish_at"), False),
            )

    db.create_tables([Lesson])

    class LessonListening(Model):
        id = BigAutoField()
        lesson = ForeignKeyField(Lesson, on_delete="CASCADE", index=False)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        parts = JsonField()
        nonces = JsonField()
        credit = IntegerField()
        listened = IntegerField(default=0)
        position = IntegerField(default=0)
        beats = IntegerField(default=0)
        plays = IntegerField(default=0)
        started_at = UtcDateTimeField()
        heartbeat_at = UtcDateTimeField()
        done_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "lesson_listening"
            indexes = ((("lesson", "account"), True),)

    db.create_tables([LessonListening])

    class LessonLog(Model):
        id = BigAutoField()
        lesson = ForeignKeyField(Lesson, on_delete="CASCADE")
        at = UtcDateTimeField()
        actor = ForeignKeyField(Account, null=True, on_delete="SET NULL")
        event = CharField(max_length=12)
        from_state = CharField(null=True, max_length=12)
        to_state = CharField(max_length=12)
        version = IntegerField()
        note = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "lesson_log"

    db.create_tables([LessonLog])

    class LessonVersion(Model):
        id = BigAutoField()
        lesson = ForeignKeyField(Lesson, on_delete="CASCADE", index=False)
        version = IntegerField()
        title = CharField(max_length=60)
        lecturer = CharField(max_length=40)
        source = CharField(max_length=80)
        text = TextField()
        audio = ForeignKeyField(Media, on_delete="RESTRICT")
        poster = ForeignKeyField(Media, null=True, on_delete="RESTRICT")
        made_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "lesson_version"
            indexes = ((("lesson", "version"), True),)

    db.create_tables([LessonVersion])

    class LessonViewing(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        lesson = ForeignKeyField(Lesson, on_delete="CASCADE")
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        held_at = UtcDateTimeField()
        place = CharField(max_length=80)
        keeper = ForeignKeyField(Account, on_delete="RESTRICT")
        created_at = UtcDateTimeField()
        voided_at = UtcDateTimeField(null=True)
        void_reason = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "lesson_viewing"
            indexes = ((("organization", "lesson"), False),)

    db.create_tables([LessonViewing])

    class LessonViewer(Model):
        id = BigAutoField()
        viewing = ForeignKeyField(LessonViewing, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")
        recorded = BooleanField()

        class Meta:
            database = db
            table_name = "lesson_viewer"
            indexes = ((("viewing", "member"), True),)

    db.create_tables([LessonViewer])


def down(migrator, db):
    for table in (
        "lesson_viewer",
        "lesson_viewing",
        "lesson_version",
        "lesson_log",
        "lesson_listening",
        "lesson",
        "lesson_series",
    ):
        db.execute_sql(f"DROP TABLE {table}")
