"""The lines of a grid are read from an index: every order of a community with grids looks at all of them."""

from peewee import BigIntegerField, Model


def up(migrator, db):
    migrator.migrate(migrator.add_index("grid_address", ("grid_id", "line")))
    migrator.migrate(migrator.drop_index("grid_address", "gridaddress_grid_id"))


def down(migrator, db):
    class GridAddress(Model):
        grid_id = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "grid_address"

    GridAddress._schema.create_indexes(safe=False)
    migrator.migrate(migrator.drop_index("grid_address", "grid_address_grid_id_line"))
