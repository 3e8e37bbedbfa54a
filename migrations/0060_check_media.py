"""The check of pictures and sound. What was in use before had been looked at by a person and stays as it was."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, MySQLDatabase

NEW = ("organization_id", "moderation")
INDEXES = (("organization_id", "moderation", "id"), ("moderation", "attached_at"))


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    organization = ForeignKeyField(Organization, field=Organization.id, null=True, on_delete="RESTRICT", index=False)
    migrator.migrate(
        migrator.add_column("media", "organization_id", organization),
        migrator.add_column("media", "moderation", CharField(max_length=12, default="pending")),
        *(migrator.add_index("media", columns) for columns in INDEXES),
    )
    db.execute_sql("UPDATE media SET moderation = 'passed' WHERE attached_at IS NOT NULL")


def down(migrator, db):
    if isinstance(db, MySQLDatabase):  # it holds on to the index
        migrator.migrate(migrator.drop_foreign_key_constraint("media", "organization_id"))
    migrator.migrate(
        migrator.drop_index("media", "media_moderation_attached_at"),
        migrator.drop_index("media", "media_organization_id_moderation_id"),
        *(migrator.drop_column("media", name) for name in reversed(NEW)),
    )
