"""The first tables of media. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, FixedCharField, ForeignKeyField, IntegerField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Media(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        uploader = ForeignKeyField(Account, null=True, on_delete="SET NULL", index=False)
        kind = CharField(max_length=12)
        content_type = CharField(max_length=40)
        file_name = CharField(unique=True, max_length=40)
        size = IntegerField()
        sha256 = FixedCharField(max_length=64)
        duration_ms = IntegerField(null=True)
        width = IntegerField(null=True)
        height = IntegerField(null=True)
        created_at = UtcDateTimeField()
        attached_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "media"
            indexes = ((("uploader", "sha256"), False), (("attached_at", "created_at"), False))

    db.create_tables([Media])

    class MediaUpload(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        uploader = ForeignKeyField(Account, on_delete="CASCADE")
        draft_name = CharField(max_length=40)
        size = IntegerField()
        received = IntegerField(default=0)
        media = ForeignKeyField(Media, null=True, on_delete="CASCADE")
        created_at = UtcDateTimeField(index=True)

        class Meta:
            database = db
            table_name = "media_upload"

    db.create_tables([MediaUpload])


def down(migrator, db):
    for table in ("media_upload", "media"):
        db.execute_sql(f"DROP TABLE {table}")
