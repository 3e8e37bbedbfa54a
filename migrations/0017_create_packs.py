"""The first tables of packs. Frozen copies of the models: they do not follow later changes."""

from peewee import (
    BigAutoField,
    CharField,
    DateField,
    FixedCharField,
    ForeignKeyField,
    Model,
    SmallIntegerField,
    TextField,
)

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Activity(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "activity"

    class Media(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "media"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class ContentPack(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        month = FixedCharField(max_length=7)
        title = CharField(max_length=60)
        opener = ForeignKeyField(Account, on_delete="RESTRICT")
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "content_pack"
            indexes = ((("organization", "month"), True),)

    db.create_tables([ContentPack])

    class PackCategory(Model):
        id = BigAutoField()
        code = CharField(unique=True, max_length=24)
        label = CharField(max_length=20)
        position = SmallIntegerField()
        source = CharField(max_length=80)

        class Meta:
            database = db
            table_name = "pack_category"

    db.create_tables([PackCategory])

    class PackItem(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        pack = ForeignKeyField(ContentPack, on_delete="CASCADE", index=False)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        category = ForeignKeyField(PackCategory, on_delete="RESTRICT")
        kind = CharField(max_length=12)
        title = CharField(max_length=60)
        source = CharField(max_length=80)
        text = TextField(null=True)
        url = CharField(null=True, max_length=300)
        media = ForeignKeyField(Media, null=True, on_delete="RESTRICT")
        author = ForeignKeyField(Account, on_delete="RESTRICT")
        created_at = UtcDateTimeField()
        published_at = UtcDateTimeField(null=True)
        withdrawn_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "pack_item"
            indexes = ((("pack", "organization"), False),)

    db.create_tables([PackItem])

    class PackReceipt(Model):
        id = BigAutoField()
        pack = ForeignKeyField(ContentPack, on_delete="CASCADE", index=False)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        account = ForeignKeyField(Account, on_delete="RESTRICT")
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "pack_receipt"
            indexes = ((("pack", "organization"), True),)

    db.create_tables([PackReceipt])

    class PackUse(Model):
        id = BigAutoField()
        item = ForeignKeyField(PackItem, on_delete="CASCADE", index=False)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        used_on = DateField()
        activity = ForeignKeyField(Activity, null=True, on_delete="SET NULL")
        account = ForeignKeyField(Account, on_delete="RESTRICT")
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "pack_use"
            indexes = ((("item", "organization", "used_on"), True),)

    db.create_tables([PackUse])


def down(migrator, db):
    for table in ("pack_use", "pack_receipt", "pack_item", "pack_category", "content_pack"):
        db.execute_sql(f"DROP TABLE {table}")
