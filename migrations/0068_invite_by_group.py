"""Activities at places with a code on the wall; tags by which a branch calls its members together."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, MySQLDatabase


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class Member(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "member"

    class ServiceCentre(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "service_centre"

    class MemberTag(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")
        tag = CharField(max_length=20)

        class Meta:
            database = db
            table_name = "member_tag"
            indexes = ((("organization", "tag", "member"), True),)

    db.create_tables([MemberTag])
    centre = ForeignKeyField(ServiceCentre, ServiceCentre.id, null=True, on_delete="RESTRICT", index=False)
    migrator.migrate(
        migrator.add_column("activity", "service_centre_id", centre),
        migrator.add_index("activity", ("service_centre_id", "starts_at")),
    )


def down(migrator, db):
    if isinstance(db, MySQLDatabase):  # it holds on to the index
        migrator.migrate(migrator.drop_foreign_key_constraint("activity", "service_centre_id"))
    migrator.migrate(
        migrator.drop_index("activity", "activity_service_centre_id_starts_at"),
        migrator.drop_column("activity", "service_centre_id"),
    )
    db.execute_sql("DROP TABLE member_tag")
