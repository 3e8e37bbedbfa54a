"""Counting members: one pass over an index now and then, so that nobody who asks has to make it."""

from datetime import datetime

import peewee as pw

from backend.core.database import in_unit_of_work, rows_of
from backend.membership.headcounts.models import HeadCount
from backend.membership.headcounts.reading import ALWAYS, MEASURE
from backend.people.models import Member
from backend.tally import counting


def count_members(*, now: datetime) -> int:
    """Tell the tally by how much each organisation has grown or shrunk; returns how many had.

    Safe to run twice and on two machines: the number told last is changed where the difference is written.
    """
    actual = dict(rows_of(Member.select(Member.organization, pw.fn.COUNT(Member.id)).group_by(Member.organization)))
    known = dict(rows_of(HeadCount.select(HeadCount.organization, HeadCount.members)))
    changed = sorted(one for one in actual.keys() | known.keys() if actual.get(one, 0) != known.get(one, 0))
    return sum(_tell(one, known.get(one), actual.get(one, 0)) for one in changed)


def _tell(organization_id: int, known: int | None, actual: int) -> int:
    def work() -> int:
        if known is None:
            HeadCount.create(organization=organization_id, members=actual)
        else:
            same = (HeadCount.organization == organization_id) & (HeadCount.members == known)
            if not HeadCount.update(members=actual).where(same).execute():
                return 0
        counting.count(MEASURE, organization_id, day=ALWAYS, amount=actual - (known or 0))
        return 1

    try:
        return in_unit_of_work(work)
    except pw.IntegrityError:
        return 0  # another machine counted it for the first time
