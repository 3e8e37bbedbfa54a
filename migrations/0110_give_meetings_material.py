"""What meetings study of a pack, and the order of a layer's items."""

from peewee import BigAutoField, ForeignKeyField, Model, SmallIntegerField


def up(migrator, db):
    class Activity(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "activity"

    class PackItem(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "pack_item"

    class PackMaterial(Model):
        id = BigAutoField()
        activity = ForeignKeyField(Activity, on_delete="CASCADE", index=False)
        item = ForeignKeyField(PackItem, on_delete="CASCADE")
        position = SmallIntegerField()

        class Meta:
            database = db
            table_name = "pack_material"
            indexes = ((("activity", "item"), True),)

    migrator.migrate(migrator.add_column("pack_item", "position", SmallIntegerField(default=0)))
    db.create_tables([PackMaterial])


def down(migrator, db):
    db.execute_sql("DROP TABLE pack_material")
    migrator.migrate(migrator.drop_column("pack_item", "position"))
