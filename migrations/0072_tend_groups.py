"""Groups may be muted, and may be customer groups of WeCom; the bot leaves a trace of its beats."""

from peewee import BigAutoField, BooleanField, CharField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("group_chat", "customer_group", BooleanField(default=False)),
        migrator.add_column("group_chat", "muted_until", UtcDateTimeField(null=True)),
    )

    class BotBeat(Model):
        id = BigAutoField()
        name = CharField(max_length=20, unique=True)
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "bot_beat"

    class BotSilence(Model):
        id = BigAutoField()
        since = UtcDateTimeField(unique=True)
        until = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "bot_silence"

    db.create_tables([BotBeat, BotSilence])


def down(migrator, db):
    for table in ("bot_silence", "bot_beat"):
        db.execute_sql(f"DROP TABLE {table}")
    migrator.migrate(
        migrator.drop_column("group_chat", "muted_until"),
        migrator.drop_column("group_chat", "customer_group"),
    )
