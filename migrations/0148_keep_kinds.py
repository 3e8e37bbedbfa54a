"""Kinds of service get versions and owners."""

from peewee import BigAutoField, BooleanField, CharField, ForeignKeyField, IntegerField, Model, MySQLDatabase

from backend.core.database import UtcDateTimeField


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

    organization = ForeignKeyField(Organization, Organization.id, null=True, on_delete="CASCADE", index=False)
    made_by = ForeignKeyField(Account, Account.id, null=True, on_delete="RESTRICT")
    migrator.migrate(
        migrator.drop_index("service_type", "servicetype_code"),
        migrator.add_column("service_type", "organization_id", organization),
        migrator.add_column("service_type", "version", IntegerField(default=1)),
        migrator.add_column("service_type", "fixed", BooleanField(default=False)),
        migrator.add_column("service_type", "made_at", UtcDateTimeField(null=True)),
        migrator.add_column("service_type", "made_by_id", made_by),
        migrator.add_column("service_type", "superseded_at", UtcDateTimeField(null=True)),
        migrator.add_index("service_type", ("code", "organization_id", "version"), True),
        migrator.add_index("service_type", ("organization_id", "code")),
    )


def down(migrator, db):
    # the earlier version knows one row a code: orders and rules go to the first
    for table in ("service_order", "timer_rule"):
        db.execute_sql(
            f"UPDATE {table} SET service_type_id = (SELECT MIN(b.id) FROM service_type a"  # noqa: S608
            f" JOIN service_type b ON b.code = a.code WHERE a.id = {table}.service_type_id)"
        )
    db.execute_sql(
        "DELETE FROM service_type WHERE id NOT IN"
        " (SELECT k.id FROM (SELECT MIN(t.id) AS id FROM service_type t GROUP BY t.code) k)"
    )
    if isinstance(db, MySQLDatabase):  # it holds on to the index
        migrator.migrate(
            migrator.drop_foreign_key_constraint("service_type", "organization_id"),
            migrator.drop_foreign_key_constraint("service_type", "made_by_id"),
        )
    migrator.migrate(
        migrator.drop_index("service_type", "service_type_organization_id_code"),
        migrator.drop_index("service_type", "service_type_code_organization_id_version"),
        migrator.drop_index("service_type", "service_type_made_by_id"),
    )
    for column in ("superseded_at", "made_by_id", "made_at", "fixed", "version", "organization_id"):
        migrator.migrate(migrator.drop_column("service_type", column))

    class ServiceType(Model):
        code = CharField(max_length=40, unique=True)

        class Meta:
            database = db
            table_name = "service_type"

    ServiceType._schema.create_indexes(safe=False)
