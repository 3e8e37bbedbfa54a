"""Counting members: one pass over an index now and then, so that nobody who asks has to make it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import peewee as pw

from backend.core.database import in_unit_of_work, rows_of
from backend.membership.away.directions import direction_of
from backend.membership.away.models import MemberFlow
from backend.membership.away.workflow import FlowState
from backend.membership.headcounts.models import HeadCount
from backend.membership.headcounts.reading import ALWAYS, MEASURE
from backend.people.models import Member
from backend.tally import counting

Place = tuple[int, str]


def count_members(*, now: datetime) -> int:
    """Tell the tally by how much each count has grown or shrunk, at home and away; returns how many had.

    Safe to run twice and on two machines: the number told last is changed where the difference is written.
    """
    actual = {**_at_home(), **_away()}
    known: dict[Place, int] = {
        (place, measure): members
        for place, measure, members in rows_of(
            HeadCount.select(HeadCount.organization, HeadCount.measure, HeadCount.members)
        )
    }
    changed = sorted(one for one in actual.keys() | known.keys() if actual.get(one, 0) != known.get(one, 0))
    return sum(_tell(one, known.get(one), actual.get(one, 0)) for one in changed)


def _at_home() -> dict[Place, int]:
    rows = rows_of(Member.select(Member.organization, pw.fn.COUNT(Member.id)).group_by(Member.organization))
    return {(place, MEASURE): members for place, members in rows}


def _away() -> Mapping[Place, int]:
    """Stays in force by the direction that their destination names, at the home branch."""
    told = (MemberFlow.home, MemberFlow.destination, MemberFlow.abroad)
    found: Counter[Place] = Counter()
    stays = MemberFlow.select(*told, pw.fn.COUNT(MemberFlow.id)).where(
        MemberFlow.in_force == 1, MemberFlow.state != FlowState.PLANNED
    )
    for place, destination, abroad, members in rows_of(stays.group_by(*told)):
        found[place, direction_of(destination, abroad=bool(abroad)).measure] += members
    return found


def _tell(place: Place, known: int | None, actual: int) -> int:
    organization_id, measure = place

    def work() -> int:
        if known is None:
            HeadCount.create(organization=organization_id, measure=measure, members=actual)
        else:
            this = (HeadCount.organization == organization_id) & (HeadCount.measure == measure)
            if not HeadCount.update(members=actual).where(this, HeadCount.members == known).execute():
                return 0
        counting.count(measure, organization_id, day=ALWAYS, amount=actual - (known or 0))
        return 1

    try:
        return in_unit_of_work(work)
    except pw.IntegrityError:
        return 0  # another machine counted it for the first time
