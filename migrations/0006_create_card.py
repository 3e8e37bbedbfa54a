"""The first tables of card. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, DecimalField, ForeignKeyField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
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

    class CardDisclosure(Model):
        id = BigAutoField()
        member = ForeignKeyField(Member, unique=True, on_delete="CASCADE")
        shows = CharField(max_length=40)
        changed_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "card_disclosure"

    db.create_tables([CardDisclosure])

    class StudyCard(Model):
        id = BigAutoField()
        number = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, unique=True, on_delete="CASCADE")
        issued_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "study_card"

    db.create_tables([StudyCard])

    class StudyRecord(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, on_delete="CASCADE", index=False)
        at = UtcDateTimeField()
        place = CharField(max_length=80)
        content = CharField(max_length=80)
        kind = CharField(max_length=32)
        hours = DecimalField(max_digits=5, decimal_places=2, default=0)
        reflection = CharField(null=True, max_length=1000)
        source = CharField(max_length=40)
        confirmed_by = ForeignKeyField(Organization, null=True, on_delete="RESTRICT")
        created_at = UtcDateTimeField()
        voided_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "study_record"
            indexes = ((("member", "source"), True), (("member", "at"), False))

    db.create_tables([StudyRecord])


def down(migrator, db):
    for table in ("study_record", "study_card", "card_disclosure"):
        db.execute_sql(f"DROP TABLE {table}")
