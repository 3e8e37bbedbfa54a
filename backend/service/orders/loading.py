"""One order with everything that decides about it, in one statement."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backend.core.crypto import Sealed
from backend.core.database import UtcDateTimeField, database
from backend.core.errors import NotFound
from backend.people.models import Account
from backend.people.permissions import HANDLER_ROLES, Caller
from backend.service.models import Moderation, ServiceOrder
from backend.service.orders.workflow import State
from backend.service.timers.rules import Claimant

TARGET_MEMBER, TARGET_TEAM, TARGET_POOL = "member", "team", "pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it was when it was read; phones stay sealed until somebody opens them on purpose.

    `caller_name` is the caller's name on the roster, `assists` whether he was added as a co-handler, `joined`
    whether he takes part in the life of the organisation as host, residential or allied member (home
    members are known without asking).
    """

    id: int
    number: str
    state: State
    priority: str
    service_type_id: int
    organization_id: int
    requester_id: int
    title: str
    description: str
    place_text: str
    lat: float | None
    lng: float | None
    datum: str | None
    contact_name: Sealed | str | None
    contact_phone: Sealed | str | None
    beneficiary_name: Sealed | str | None
    beneficiary_phone: Sealed | str | None
    beneficiary_relation: str | None
    due_at: datetime | None
    created_at: datetime
    organization_code: str
    organization_name: str
    organization_path: str
    type_code: str
    type_name: str
    needs_evidence: bool
    hours: Decimal
    requester_name: str
    requester_phone: Sealed | None
    state_before: State | None = None
    version: int = 1
    resolution: str | None = None
    moderation: Moderation = Moderation.PENDING
    target_kind: str | None = None
    target_id: int | None = None
    handler_id: int | None = None
    parent_id: int | None = None
    merged_count: int = 0
    request_kind: str | None = None
    request_until: datetime | None = None
    hold_count: int = 0
    extension_count: int = 0
    follow_up_tries: int = 0
    appealed: bool = False
    ruled: bool = False
    hold_until: datetime | None = None
    urged_at: datetime | None = None
    urge_count: int = 0
    return_count: int = 0
    reopen_count: int = 0
    supervised_level: int = 0
    returned_at: datetime | None = None
    dispatched_at: datetime | None = None
    claimed_at: datetime | None = None
    contacted_at: datetime | None = None
    completed_at: datetime | None = None
    closed_at: datetime | None = None
    handler_name: str | None = None
    handler_public_id: str | None = None
    handler_member_id: int | None = None
    caller_name: str | None = None
    parent_number: str | None = None
    assists: bool = False
    joined: bool = False

    @property
    def claimant(self) -> Claimant:
        """Of whom the timer rules are asked."""
        return Claimant(self.service_type_id, self.organization_path, self.priority)


# columns of other tables, by the name that the snapshot gives them; {mark} stands for a parameter
_JOINED = {
    "organization_code": "o.code",
    "organization_name": "o.name",
    "organization_path": "o.path",
    "type_code": "t.code",
    "type_name": "t.name",
    "needs_evidence": "t.needs_evidence",
    "hours": "t.hours",
    "requester_name": "r.display_name",
    "requester_phone": "r.phone",
    "handler_name": "COALESCE(m.name, h.display_name)",
    "handler_public_id": "h.public_id",
    "handler_member_id": "m.id",
    "caller_name": "(SELECT c.name FROM member c WHERE c.id = {mark})",
    "parent_number": "(SELECT p.number FROM service_order p WHERE p.id = s.parent_id)",
    "assists": """EXISTS (SELECT 1 FROM order_cohandler k WHERE k.order_id = s.id AND k.account_id = {mark})""",
    "joined": """EXISTS (SELECT 1 FROM membership j
        WHERE j.organization_id = s.organization_id AND j.member_id = {mark}
          AND j.since_on <= {mark} AND (j.until_on IS NULL OR j.until_on >= {mark}))""",
}
_OWN = tuple(name for name in Order.__dataclass_fields__ if name not in _JOINED)
_NAMES = (*_OWN, *_JOINED)

# written out, since every step of an order runs it
_ORDER_SQL = f"""
SELECT {", ".join("s." + name for name in _OWN)}, {", ".join(_JOINED.values())}
  FROM service_order s
  JOIN organization o ON o.id = s.organization_id
  JOIN service_type t ON t.id = s.service_type_id
  JOIN account r ON r.id = s.requester_id
  LEFT JOIN account h ON h.id = s.handler_id
  LEFT JOIN member m ON m.account_id = s.handler_id
 WHERE s.{{column}} = {{mark}}
"""  # noqa: S608 (put together from the constants above)

Reader = Callable[[Any], Any]
_FIELDS = ServiceOrder._meta.fields


def _reader(name: str) -> Reader | None:
    """How a cell becomes a value; None where the driver gives the value itself."""
    special: dict[str, Reader] = {
        "state": State,
        "state_before": lambda cell: State(cell) if cell else None,
        "moderation": Moderation,
        "needs_evidence": bool,
        "joined": bool,
        "assists": bool,
        "appealed": bool,
        "ruled": bool,
        "hours": lambda cell: Decimal(str(cell)),
        "requester_phone": Account.phone.python_value,
    }
    sealed = name.startswith(("contact_", "beneficiary_")) and name != "beneficiary_relation"
    if name in special:
        return special[name]
    if (sealed and name != "contacted_at") or isinstance(_FIELDS.get(name), UtcDateTimeField):
        return _FIELDS[name].python_value  # type: ignore[no-any-return]
    return None


_READERS = tuple((name, _reader(name)) for name in _NAMES)


def read_order(number: str, *, caller: Caller, today: date) -> Order:
    """The order with this number, as far as it depends on who looks; raises NotFound."""
    return _read("number", number, (caller.member_id or 0, caller.account_id), today)


def read_order_by_id(order_id: int, *, today: date) -> Order:
    """The order with this id; raises NotFound."""
    return _read("id", order_id, (0, 0), today)


def _read(column: str, value: str | int, whose: tuple[int, int], today: date) -> Order:
    sql = _ORDER_SQL.format(mark=database.obj.param, column=column)
    day, (member, account) = today.isoformat(), whose
    row = database.execute_sql(sql, (member, account, member, day, day, value)).fetchone()
    if row is None:
        raise order_not_found()
    cells = zip(_READERS, row, strict=True)
    return Order(**{name: read(cell) if read else cell for (name, read), cell in cells})


def order_not_found() -> NotFound:
    """There is none, or it does not concern the caller: the two look the same."""
    return NotFound("order_not_found", "没有这张工单，或您无权查看")


def takes_part(caller: Caller, order: Order) -> bool:
    """Whether the branch may order work to the caller: its members, those it hosts, and its volunteers."""
    return (
        caller.branch_id == order.organization_id or order.joined or caller.holds(HANDLER_ROLES, order.organization_id)
    )
