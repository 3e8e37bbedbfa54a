"""Surveys: questions, who has answered, what was answered, and the counters between them."""

from peewee import (
    BigAutoField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
)

from backend.core.database import JsonField, UtcDateTimeField


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

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

    class Survey(Model):
        id = BigAutoField()
        public_id = CharField(max_length=20, unique=True)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        title = CharField(max_length=60)
        purpose = CharField(max_length=200)
        anonymous = BooleanField()
        quota_percent = SmallIntegerField()
        questions = JsonField()
        state = CharField(max_length=8)
        opens_at = UtcDateTimeField()
        closes_at = UtcDateTimeField(index=True)
        author = ForeignKeyField(Account, on_delete="RESTRICT")
        created_at = UtcDateTimeField()
        opened_at = UtcDateTimeField(null=True)
        closed_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "survey"
            indexes = ((("organization", "state"), False),)

    class SurveyParticipation(Model):
        id = BigAutoField()
        survey = ForeignKeyField(Survey, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")
        nonce = CharField(max_length=40)
        answered_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "survey_participation"
            indexes = ((("survey", "member"), True),)

    class SurveySheet(Model):
        id = BigAutoField()
        survey = ForeignKeyField(Survey, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")
        answers = JsonField()
        cells = JsonField()
        saved_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "survey_sheet"
            indexes = ((("survey", "member"), True),)

    class SurveyDraft(Model):
        id = BigAutoField()
        survey = ForeignKeyField(Survey, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")
        answers = JsonField()
        saved_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "survey_draft"
            indexes = ((("survey", "member"), True),)

    class SurveyText(Model):
        id = BigAutoField()
        survey = ForeignKeyField(Survey, on_delete="CASCADE", index=False)
        question = SmallIntegerField()
        text = CharField(max_length=500)
        sheet = ForeignKeyField(SurveySheet, null=True, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "survey_text"
            indexes = ((("survey", "question"), False),)

    class SurveyCount(Model):
        id = BigAutoField()
        survey = ForeignKeyField(Survey, on_delete="CASCADE", index=False)
        cell = CharField(max_length=32)
        slot = IntegerField()
        amount = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "survey_count"
            indexes = ((("survey", "cell", "slot"), True),)

    db.create_tables([Survey, SurveyParticipation, SurveySheet, SurveyDraft, SurveyText, SurveyCount])


def down(migrator, db):
    for table in ("count", "text", "draft", "sheet", "participation"):
        db.execute_sql(f"DROP TABLE survey_{table}")
    db.execute_sql("DROP TABLE survey")
