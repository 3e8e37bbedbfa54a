"""A day off may be one county's own: calendar days get the organisation that declared them."""

from peewee import BigAutoField, DateField, ForeignKeyField, Model, MySQLDatabase


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    organization = ForeignKeyField(Organization, Organization.id, null=True, on_delete="CASCADE", index=False)
    migrator.migrate(
        migrator.drop_index("calendar_day", "calendarday_on"),
        migrator.add_index("calendar_day", ("on",)),
        migrator.add_column("calendar_day", "organization_id", organization),
        migrator.add_index("calendar_day", ("organization_id", "on"), True),
    )


def down(migrator, db):
    db.execute_sql("DELETE FROM calendar_day WHERE organization_id IS NOT NULL")
    if isinstance(db, MySQLDatabase):  # it holds on to the index
        migrator.migrate(migrator.drop_foreign_key_constraint("calendar_day", "organization_id"))
    migrator.migrate(
        migrator.drop_index("calendar_day", "calendar_day_organization_id_on"),
        migrator.drop_column("calendar_day", "organization_id"),
        migrator.drop_index("calendar_day", "calendar_day_on"),
    )

    class CalendarDay(Model):
        on = DateField(unique=True)

        class Meta:
            database = db
            table_name = "calendar_day"

    CalendarDay._schema.create_indexes(safe=False)
