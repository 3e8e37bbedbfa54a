"""The first tables of reviews. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, DateField, DecimalField, ForeignKeyField, IntegerField, Model

from backend.core.database import LongTextField, UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

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

    class StudyReview(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, on_delete="CASCADE", index=False)
        kind = CharField(max_length=8)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        first_on = DateField()
        last_on = DateField()
        text = LongTextField()
        entries = IntegerField()
        hours = DecimalField(max_digits=6, decimal_places=2)
        state = CharField(max_length=12)
        version = IntegerField()
        grade = CharField(null=True, max_length=20)
        appraisal = LongTextField(null=True)
        appraised_by = ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "study_review"
            indexes = ((("member", "kind", "first_on", "organization"), True),)

    db.create_tables([StudyReview])

    class StudyReviewStep(Model):
        id = BigAutoField()
        review = ForeignKeyField(StudyReview, on_delete="CASCADE")
        event = CharField(max_length=12)
        at = UtcDateTimeField()
        actor = ForeignKeyField(Account, on_delete="RESTRICT", index=False)

        class Meta:
            database = db
            table_name = "study_review_step"

    db.create_tables([StudyReviewStep])


def down(migrator, db):
    for table in ("study_review_step", "study_review"):
        db.execute_sql(f"DROP TABLE {table}")
