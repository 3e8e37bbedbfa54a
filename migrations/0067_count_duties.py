"""Count the duties that were written before duties were counted; the bot folds them up the tree."""

WAIVED = {
    "临时党支部一般不发展、处分党员，不换届选举，不要求召开党员大会": "no_election",
    "党员在组织关系所在党支部参加民主评议": "at_home",
    "没有正式党员": "no_full",
    "正式党员不足 7 名，不设支部委员会": "no_committee",
    "没有党小组": "no_cells",
}
OWED = """
SELECT kind, organization_id, starts_on, COUNT(*),
       CASE WHEN state = 'met' THEN 'duty_met'
            WHEN activity_id IS NOT NULL THEN 'duty_late'
            ELSE 'duty_open' END AS part
  FROM duty WHERE state <> 'waived' GROUP BY kind, organization_id, starts_on, part
"""
NOT_OWED = """
SELECT kind, organization_id, starts_on, COUNT(*), waived_for
  FROM duty WHERE state = 'waived' GROUP BY kind, organization_id, starts_on, waived_for
"""


def up(migrator, db):
    rows = [(f"{part}:{kind}", *where, amount) for kind, *where, amount, part in db.execute_sql(OWED).fetchall()]
    rows += [
        (f"waived:{kind}:{WAIVED[reason]}", *where, amount)
        for kind, *where, amount, reason in db.execute_sql(NOT_OWED).fetchall()
    ]
    insert = "INSERT INTO tally_delta (measure, organization_id, day, amount) VALUES (?, ?, ?, ?)"
    for row in rows:
        db.execute_sql(insert.replace("?", db.param), row)


def down(migrator, db):
    for kind in ("duty_open:%", "duty_met:%", "duty_late:%", "waived:%"):
        db.execute_sql("DELETE FROM tally_delta WHERE measure LIKE ?".replace("?", db.param), (kind,))
        db.execute_sql("DELETE FROM tally_count WHERE measure LIKE ?".replace("?", db.param), (kind,))
