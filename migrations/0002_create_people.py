"""The first tables of people. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, DateField, FixedCharField, ForeignKeyField, Model

from backend.core.crypto import SealedField
from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()
        code = CharField(unique=True, max_length=40)
        name = CharField(max_length=80)
        kind = CharField(max_length=24)
        parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        path = CharField(unique=True, max_length=190)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "organization"

    db.create_tables([Organization])

    class Account(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        display_name = CharField(max_length=40)
        phone = SealedField(null=True)
        phone_index = CharField(index=True, null=True, max_length=32)
        organization = ForeignKeyField(Organization, null=True, on_delete="RESTRICT")
        last_seen_at = UtcDateTimeField(null=True)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "account"

    db.create_tables([Account])

    class AccessToken(Model):
        id = BigAutoField()
        digest = FixedCharField(unique=True, max_length=64)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        channel = CharField(max_length=16)
        created_at = UtcDateTimeField()
        expires_at = UtcDateTimeField(index=True)
        revoked_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "access_token"

    db.create_tables([AccessToken])

    class Member(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        name = CharField(max_length=40)
        status = CharField(max_length=16)
        account = ForeignKeyField(Account, unique=True, null=True, on_delete="SET NULL")
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        joined_on = DateField(null=True)
        identity = SealedField(null=True)
        identity_index = CharField(unique=True, null=True, max_length=32)
        identity_tail_index = CharField(null=True, max_length=32)
        phone = SealedField(null=True)
        phone_index = CharField(index=True, null=True, max_length=32)
        name_pinyin = CharField(null=True, max_length=160)
        name_initials = CharField(null=True, max_length=40)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "member"

    db.create_tables([Member])

    class Membership(Model):
        id = BigAutoField()
        member = ForeignKeyField(Member, on_delete="CASCADE")
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        kind = CharField(max_length=16)
        since_on = DateField()
        until_on = DateField(null=True)

        class Meta:
            database = db
            table_name = "membership"
            indexes = ((("organization", "member", "kind"), True),)

    db.create_tables([Membership])

    class OrganizationPost(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        role = CharField(max_length=24)
        starts_on = DateField()
        ends_on = DateField(null=True)

        class Meta:
            database = db
            table_name = "organization_post"
            indexes = ((("organization", "role", "account"), True),)

    db.create_tables([OrganizationPost])

    class WeChatIdentity(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        appid = CharField(max_length=32)
        openid = CharField(max_length=64)
        unionid = CharField(index=True, null=True, max_length=64)
        session_key = SealedField(null=True)
        visited_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "wechat_identity"
            indexes = ((("appid", "openid"), True),)

    db.create_tables([WeChatIdentity])


def down(migrator, db):
    for table in (
        "wechat_identity",
        "organization_post",
        "membership",
        "member",
        "access_token",
        "account",
        "organization",
    ):
        db.execute_sql(f"DROP TABLE {table}")
