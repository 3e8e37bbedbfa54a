"""Which rows of a roster are members already: by identity number, else by name within the branch."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from backend.core.crypto import mask_name
from backend.people.identity import identity_indexes, mask_identity, phone_index
from backend.people.models import Member
from backend.people.roster.checking import Fault, RosterRow
from backend.people.roster.columns import Column

LOOKED_UP_AT_ONCE = 1_000


@dataclass(frozen=True)
class Known:
    """A member as he stands on the roster."""

    id: int
    name: str
    organization_id: int
    identity_index: str | None
    phone_index: str | None
    status: str
    joined_on: date | None


@dataclass(frozen=True)
class Plan:
    """What is to be done; nothing of it is done yet."""

    to_create: list[RosterRow] = field(default_factory=list)
    to_change: list[tuple[int, RosterRow]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    same: list[int] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        """How many rows say what is known."""
        return len(self.same)


def plan_rows(rows: Sequence[RosterRow]) -> Plan:
    """Sort the rows into new, changed, unchanged and impossible."""
    wanted = {row.number: identity_indexes(row.identity) if row.identity else () for row in rows}
    by_identity = {one.identity_index: one for one in _with_identity(one for some in wanted.values() for one in some)}
    by_name = defaultdict[tuple[str, int], list[Known]](list)
    for one in _of_branches({row.organization_id for row in rows}):
        by_name[one.name, one.organization_id].append(one)
    plan = Plan()
    taken: set[int] = set()
    for row in rows:
        known = next((by_identity[index] for index in wanted[row.number] if index in by_identity), None)
        _place(row, known, by_name[row.name, row.organization_id], plan, taken)
    return plan


def _place(row: RosterRow, known: Known | None, namesakes: list[Known], plan: Plan, taken: set[int]) -> None:
    """Namesakes with another identity number are other persons."""
    if known is None:
        alike = [one for one in namesakes if row.identity_index is None or one.identity_index is None]
        if len(alike) > 1:
            message = "名册里有多位同名党员，请补充身份号码"
            plan.faults.append(Fault(row.number, Column.NAME, mask_name(row.name), message))
            return
        known = alike[0] if alike else None
    elif known.organization_id != row.organization_id:
        message = "这个身份号码已登记在另一个党组织，请核对，或先办理组织关系转接"
        plan.faults.append(Fault(row.number, Column.IDENTITY, mask_identity(row.identity or ""), message))
        return
    if known is None:
        plan.to_create.append(row)
    elif known.id in taken:
        message = "名册里同名的一位没有身份号码，分不清是哪一行，请先单独导入其中一行"
        plan.faults.append(Fault(row.number, Column.NAME, mask_name(row.name), message))
    else:
        taken.add(known.id)
        _compare(row, known, plan)


def _compare(row: RosterRow, known: Known, plan: Plan) -> None:
    differs = (
        row.name != known.name
        or row.status != known.status
        or (row.joined_on or known.joined_on) != known.joined_on
        or (row.identity_index or known.identity_index) != known.identity_index
        or (row.phone is not None and phone_index(row.phone) != known.phone_index)
    )
    if differs:
        plan.to_change.append((known.id, row))
    else:
        plan.same.append(known.id)


def _with_identity(indexes: Iterable[str | None]) -> Iterable[Known]:
    wanted = [index for index in indexes if index]
    for start in range(0, len(wanted), LOOKED_UP_AT_ONCE):
        yield from _known(Member.identity_index.in_(wanted[start : start + LOOKED_UP_AT_ONCE]))


def _of_branches(ids: Iterable[int]) -> Iterable[Known]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), LOOKED_UP_AT_ONCE):
        yield from _known(Member.organization.in_(wanted[start : start + LOOKED_UP_AT_ONCE]))


def _known(condition: object) -> Iterable[Known]:
    columns = ("id", "name", "organization", "identity_index", "phone_index", "status", "joined_on")
    rows = Member.select(*(getattr(Member, name) for name in columns)).where(condition).tuples()
    return (Known(*row) for row in rows.iterator())
