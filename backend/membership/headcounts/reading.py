"""How many members there are, as they were counted last."""

from datetime import date

from backend.people.models import Member
from backend.people.permissions import Caller
from backend.people.schemas import MemberCount
from backend.people.tree.members import readable_subtree
from backend.tally.counting import own_id, total

MEASURE = "members"
# a stock and no flow: all of it lies on one day, however often it changes
ALWAYS = date(2000, 1, 1)


def read_count(caller: Caller, code: str) -> MemberCount:
    """Home members here as of now, and here or below as they were counted within the last hour."""
    path = readable_subtree(caller, code)
    own = Member.select().where(Member.organization == own_id(path)).count()
    return MemberCount(own=own, below=total(MEASURE, path, first=ALWAYS, last=ALWAYS))
