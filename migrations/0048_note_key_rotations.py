"""How far each table has come in a change of keys."""

from peewee import BigAutoField, BigIntegerField, CharField, FixedCharField, Model


def up(migrator, db):
    class KeyRotation(Model):
        id = BigAutoField()
        name = CharField(max_length=64, unique=True)
        target = FixedCharField(max_length=32)
        done_up_to = BigIntegerField()
        changed = BigIntegerField()

        class Meta:
            database = db
            table_name = "key_rotation"

    db.create_tables([KeyRotation])


def down(migrator, db):
    db.execute_sql("DROP TABLE key_rotation")
