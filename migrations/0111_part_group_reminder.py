"""A Party day is spoken of to members by one rule and to the group by another, which comes with the first rows."""

MEMBERS = ("应到党员", "站内信、服务通知")
BOTH = ("应到党员、支部群", "站内信、服务通知、群消息")
CHANGE = "UPDATE reminder_rule SET audience = {mark}, channel = {mark} WHERE code = 'party_day'"


def up(migrator, db):
    db.execute_sql(CHANGE.format(mark=db.param), MEMBERS)


def down(migrator, db):
    db.execute_sql(CHANGE.format(mark=db.param), BOTH)
    db.execute_sql("DELETE FROM reminder_rule WHERE code = 'party_day_group'")
