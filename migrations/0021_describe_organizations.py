"""What an organisation is beside its name, what happened to it, and how it and its members are found by name."""

from peewee import (
    BigAutoField,
    CharField,
    CompositeKey,
    DateField,
    ForeignKeyField,
    Model,
    SmallIntegerField,
    chunked,
)

from backend.core.crypto import SealedField
from backend.core.database import JsonField, UtcDateTimeField

COLUMNS = {
    "level": lambda: CharField(null=True, max_length=12),
    "sector": lambda: CharField(null=True, max_length=24),
    "division": lambda: CharField(null=True, max_length=12),
    "units": lambda: SmallIntegerField(null=True),
    "contact_name": lambda: SealedField(null=True),
    "contact_phone": lambda: SealedField(null=True),
    "closed_on": lambda: DateField(null=True),
}
NAMES = ("name", "name_pinyin", "name_initials")
BATCH = 300


def up(migrator, db):
    migrator.migrate(*(migrator.add_column("organization", name, field()) for name, field in COLUMNS.items()))
    migrator.migrate(*(migrator.add_index("member", ("organization_id", name)) for name in NAMES))
    migrator.migrate(migrator.drop_index("member", "member_organization_id"))

    class Organization(Model):
        id = BigAutoField()
        name = CharField(max_length=80)

        class Meta:
            database = db
            table_name = "organization"

    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class OrganizationChange(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        kind = CharField(max_length=12)
        before = JsonField(null=True)
        after = JsonField(null=True)
        account = ForeignKeyField(Account, null=True, on_delete="SET NULL")
        reason = CharField(null=True, max_length=200)
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "organization_change"
            indexes = ((("organization", "id"), False),)

    class OrganizationGram(Model):
        gram = CharField(max_length=2)
        organization = ForeignKeyField(Organization, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "organization_gram"
            primary_key = CompositeKey("gram", "organization")

    db.create_tables([OrganizationChange, OrganizationGram])
    for row in Organization.select():
        grams = sorted({row.name[start : start + size] for size in (1, 2) for start in range(len(row.name) - size + 1)})
        for batch in chunked([(gram, row.id) for gram in grams], BATCH):
            OrganizationGram.insert_many(batch, [OrganizationGram.gram, OrganizationGram.organization]).execute()


def down(migrator, db):
    for table in ("organization_gram", "organization_change"):
        db.execute_sql(f"DROP TABLE {table}")
    # MySQL tells keys in the order of their making: the one on phones comes last again
    migrator.migrate(migrator.drop_index("member", "member_phone_index"))
    migrator.migrate(*(migrator.add_index("member", (name,)) for name in ("organization_id", "phone_index")))
    migrator.migrate(*(migrator.drop_index("member", f"member_organization_id_{name}") for name in NAMES))
    migrator.migrate(*(migrator.drop_column("organization", name) for name in reversed(COLUMNS)))
