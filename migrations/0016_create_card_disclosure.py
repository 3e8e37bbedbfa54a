"""What holders of a study card allow to be shown. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Member(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "member"

    class CardDisclosure(Model):
        id = BigAutoField()
        member = ForeignKeyField(Member, unique=True, on_delete="CASCADE")
        shows = CharField(max_length=40)
        changed_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "card_disclosure"

    db.create_tables([CardDisclosure])


def down(migrator, db):
    db.execute_sql("DROP TABLE card_disclosure")
