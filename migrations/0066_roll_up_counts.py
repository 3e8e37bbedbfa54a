"""A count is that of an organisation and all below it: what a province counted is read by its key, not added up."""

from collections import defaultdict

READ = """
SELECT t.measure, t.organization_id, t.day, t.amount, t.folded_at, o.path
  FROM tally_count t JOIN organization o ON o.id = t.organization_id
"""


def up(migrator, db):
    amounts, folded = defaultdict(int), {}
    for measure, _, day, amount, folded_at, path in db.execute_sql(READ).fetchall():
        for step in path.split(".")[:-1]:
            place = (measure, int(step), day)
            amounts[place] += amount
            folded[place] = max(folded_at, folded.get(place, folded_at))
    _rewrite(db, amounts, folded)


def down(migrator, db):
    amounts, folded = defaultdict(int), {}
    for measure, organization_id, day, amount, folded_at, path in db.execute_sql(READ).fetchall():
        amounts[measure, organization_id, day] += amount
        folded[measure, organization_id, day] = folded_at
        if len(steps := path.split(".")[:-1]) > 1:
            amounts[measure, int(steps[-2]), day] -= amount
    _rewrite(db, {place: amount for place, amount in amounts.items() if amount}, folded)


def _rewrite(db, amounts, folded):
    db.execute_sql("DELETE FROM tally_count")
    insert = "INSERT INTO tally_count (measure, organization_id, day, amount, folded_at) VALUES (?, ?, ?, ?, ?)"
    for (measure, organization_id, day), amount in sorted(amounts.items()):
        place = (measure, organization_id, day)
        db.execute_sql(insert.replace("?", db.param), (*place, amount, folded[place]))
