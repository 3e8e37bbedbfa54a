"""Seal and chain audit entries, say whose they are, and keep the head of the chain."""

from peewee import BigAutoField, BigIntegerField, FixedCharField, Model

COLUMNS = {
    "organization_id": BigIntegerField,
    "about_id": BigIntegerField,
    "seal": lambda null: FixedCharField(max_length=22, null=null),
    "position": BigIntegerField,
    "hash": lambda null: FixedCharField(max_length=64, null=null),
}
INDEXES = ((("position",), True), (("at",), False), (("about_id", "id"), False), (("actor_id", "id"), False))


def up(migrator, db):
    class AuditHead(Model):
        id = BigAutoField()
        position = BigIntegerField()
        hash = FixedCharField(max_length=64)
        mac = FixedCharField(max_length=22, null=True)
        unsealed_up_to = BigIntegerField()

        class Meta:
            database = db
            table_name = "audit_head"

    for name, field in COLUMNS.items():
        migrator.migrate(migrator.add_column("audit_entry", name, field(null=True)))
    for columns, unique in INDEXES:
        migrator.migrate(migrator.add_index("audit_entry", columns, unique))
    db.create_tables([AuditHead])
    last = db.execute_sql("SELECT MAX(id) FROM audit_entry").fetchone()[0] or 0
    AuditHead.create(position=0, hash="0" * 64, mac=None, unsealed_up_to=last)


def down(migrator, db):
    for columns, _unique in INDEXES:
        migrator.migrate(migrator.drop_index("audit_entry", "audit_entry_" + "_".join(columns)))
    for name in reversed(COLUMNS):
        migrator.migrate(migrator.drop_column("audit_entry", name))
    db.execute_sql("DROP TABLE audit_head")
