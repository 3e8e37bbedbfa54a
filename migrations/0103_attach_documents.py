"""Documents with minutes; the names of their types are longer than those of pictures."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, SmallIntegerField


def up(migrator, db):
    class Minutes(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "minutes"

    class Media(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "media"

    class MinutesDocument(Model):
        id = BigAutoField()
        minutes = ForeignKeyField(Minutes, on_delete="CASCADE", index=False)
        media = ForeignKeyField(Media, on_delete="RESTRICT")
        position = SmallIntegerField()
        name = CharField(max_length=60)

        class Meta:
            database = db
            table_name = "minutes_document"
            indexes = ((("minutes", "position"), True),)

    db.create_tables([MinutesDocument])
    migrator.migrate(migrator.alter_column_type("media", "content_type", CharField(max_length=100)))


def down(migrator, db):
    db.execute_sql("DROP TABLE minutes_document")
    db.execute_sql("UPDATE media SET content_type = SUBSTR(content_type, 1, 40)")
    migrator.migrate(migrator.alter_column_type("media", "content_type", CharField(max_length=40)))
