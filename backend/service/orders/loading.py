"""One order with its clocks, its log and everything that decides about it, in one statement; for whoever comes from
outside of its branch, and for a team's, in two."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from backend.core.bundle import read_bundle
from backend.core.clock import local_day
from backend.core.crypto import Sealed, SealedField
from backend.core.database import from_stored, read_json
from backend.core.errors import NotFound
from backend.core.reference import FROM_TOKEN, TOKEN, ask
from backend.media.models import MediaKind, MediaState
from backend.people.models import Account, Role
from backend.people.permissions import HANDLER_ROLES, Caller
from backend.service.catalogue.kinds import Takers
from backend.service.catalogue.remembered import kind_with_id
from backend.service.models import Moderation, ServiceOrder
from backend.service.orders.log import LOG_ROWS, LogEntry, entries_of_rows
from backend.service.orders.workflow import STATES, State
from backend.service.timers.clocks import CLOCK_ROWS, Clocks, clocks_of_rows
from backend.service.timers.rules import Claimant, rules_on
from backend.workdays.calendar import Declarations, declared_days

TARGET_MEMBER, TARGET_TEAM, TARGET_POOL = "member", "team", "pool"


class Order(NamedTuple):
    """An order as it was when it was read; phones stay sealed until somebody opens them on purpose. A tuple: with so
    many fields a frozen dataclass takes ten times as long to make and twenty times as long to change.

    `caller_name` is the caller's name on the roster, `assists` whether he was added as a co-handler, `joined`
    whether he takes part in the life of the organisation as host, residential or allied member (home
    members are known without asking), `enlisted` whether he is in a team of the organisation (not asked of its home
    members), `in_team` and `leads_team` what he is to the team that the order was dispatched to, `shares_door` whether
    he lives where the order is about or its requester lives.
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
    proxy_consent: str | None
    call_owed_at: datetime | None
    voice_since: datetime | None
    due_at: datetime | None
    created_at: datetime
    organization_code: str
    organization_name: str
    organization_path: str
    type_code: str
    type_name: str
    needs_evidence: bool
    hours: Decimal
    takers: str
    safeguard: str
    on_board: bool
    decides: bool
    requester_name: str
    requester_phone: Sealed | None
    state_before: State | None = None
    version: int = 1
    resolution: str | None = None
    moderation: Moderation = Moderation.PENDING
    target_kind: str | None = None
    target_id: int | None = None
    handler_id: int | None = None
    team_id: int | None = None
    grid_id: int | None = None
    household_id: int | None = None
    unrouted_at: datetime | None = None
    answers: list[dict[str, str]] | None = None
    board_text: str | None = None
    board_at: datetime | None = None
    parent_id: int | None = None
    merged_count: int = 0
    request_kind: str | None = None
    request_until: datetime | None = None
    hold_count: int = 0
    extension_count: int = 0
    follow_up_tries: int = 0
    call_tries: int = 0
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
    grid_name: str | None = None
    team_name: str | None = None
    contact_withdrawn: bool = False
    assists: bool = False
    joined: bool = False
    enlisted: bool = False
    in_team: bool = False
    leads_team: bool = False
    shares_door: bool = False

    @property
    def claimant(self) -> Claimant:
        """Of whom the timer rules are asked."""
        return Claimant(self.type_code, self.organization_path, self.priority)

    @staticmethod
    def of(columns: Mapping[str, Any]) -> "Order":
        """A new order: what is not named is as in any other."""
        return _NEW.changed(columns)

    def changed(self, columns: Mapping[str, Any]) -> "Order":
        """The order with other values; by place, since Python looks each name up among the eighty."""
        cells = list(self)
        for name, value in columns.items():
            cells[_PLACES[name]] = value
        return Order._make(cells)


_PLACES = {name: place for place, name in enumerate(Order._fields)}
_NEW = Order._make(Order._field_defaults.get(name) for name in Order._fields)


class Attachment(NamedTuple):
    """A picture or the voice note of an order: what the requester gave, or what the handler handed in.

    `withheld_reason` is why a moderator lets nobody else see it.
    """

    public_id: str
    uploader_id: int | None
    kind: MediaKind
    moderation: MediaState
    handed_in: bool
    duration_ms: int | None = None
    thumbnail: str | None = None
    withheld_reason: str | None = None


class Case(NamedTuple):
    """All that there is to see of an order."""

    order: Order
    clocks: Clocks
    log: list[LogEntry]
    attachments: list[Attachment]

    @property
    def pictures(self) -> list[Attachment]:
        """What there is to look at."""
        return [one for one in self.attachments if one.kind is MediaKind.PICTURE]

    @property
    def voice(self) -> Attachment | None:
        """What there is to listen to."""
        return next((one for one in self.attachments if one.kind is MediaKind.AUDIO), None)


# who lives behind the door of an order `s`, or of its requester, now: `?` is the account
SHARED_DOOR = """SELECT 1 FROM household_member q WHERE q.account_id = ? AND q.current = 1
    AND (q.household_id = s.household_id OR q.household_id IN (
        SELECT z.household_id FROM household_member z WHERE z.account_id = s.requester_id AND z.current = 1))"""
# what the snapshot takes from the version of the kind that the order was asked under, and the name that it has there
_OF_KIND = {
    "type_code": "code",
    "type_name": "name",
    **{name: name for name in ("needs_evidence", "hours", "takers", "safeguard", "on_board", "decides")},
}
# columns of other tables, by the name that the snapshot gives them; `?` stands for a parameter
_JOINED = {
    "organization_code": "o.code",
    "organization_name": "o.name",
    "organization_path": "o.path",
    "requester_name": "r.display_name",
    "requester_phone": "r.phone",
    "handler_name": "COALESCE(m.name, h.display_name)",
    "handler_public_id": "h.public_id",
    "handler_member_id": "m.id",
    "caller_name": "c.name",
    "parent_number": "p.number",
    "contact_withdrawn": """COALESCE((SELECT NOT g.given FROM consent g WHERE g.account_id = s.requester_id
        AND g.purpose = 'service_contact' ORDER BY g.id DESC LIMIT 1), 0)""",
    "assists": "k.id IS NOT NULL",
    "grid_name": "g.name",
    "team_name": "w.name",
    "shares_door": f"EXISTS ({SHARED_DOOR})",
}
# what somebody is to the organisation of an order beside its own member, and to the team that it was sent to: asked in
# a statement of its own, since of most orders it need not be asked at all
_TIES = {
    "joined": """EXISTS (SELECT 1 FROM membership j
        WHERE j.organization_id = ? AND j.member_id = ?
          AND j.since_on <= ? AND (j.until_on IS NULL OR j.until_on >= ?))""",
    "enlisted": """EXISTS (SELECT 1 FROM team_member i JOIN team w ON w.id = i.team_id
        WHERE i.account_id = ? AND i.confirmed_at IS NOT NULL AND i.left_at IS NULL
          AND w.organization_id = ? AND w.closed_at IS NULL)""",
    "in_team": """EXISTS (SELECT 1 FROM team_member i WHERE i.team_id = ? AND i.account_id = ?
          AND i.confirmed_at IS NOT NULL AND i.left_at IS NULL)""",
    "leads_team": "EXISTS (SELECT 1 FROM team w WHERE w.id = ? AND w.leader_id = ?)",
}
_TIES_ROW = f"SELECT JSON_ARRAY({', '.join(_TIES.values())})"
_OWN = tuple(name for name in Order._fields if name not in {*_JOINED, *_TIES, *_OF_KIND})
_NAMES = (*_OWN, *_JOINED)
_FLAGS = frozenset(
    {
        "assists",
        "appealed",
        "ruled",
        "contact_withdrawn",
        "shares_door",
    }
)
_SEALED = {
    name: field
    for name, field in (*ServiceOrder._meta.fields.items(), ("requester_phone", Account.phone))
    if isinstance(field, SealedField)
}


def _cell(name: str) -> str:
    """What is asked for; JSON holds no bytes. NULLIF: SQLite makes an empty text of NULL."""
    source = _JOINED.get(name, f"s.{name}")
    return f"NULLIF(HEX({source}), '')" if name in _SEALED else source


# written out, since every step of an order runs it
_ORDER_ROWS = f"""
SELECT JSON_ARRAY('order', {TOKEN}, {", ".join(_cell(name) for name in _NAMES)})
  FROM service_order s
  JOIN organization o ON o.id = s.organization_id
  JOIN account r ON r.id = s.requester_id
  LEFT JOIN account h ON h.id = s.handler_id
  LEFT JOIN member m ON m.account_id = s.handler_id
  LEFT JOIN service_order p ON p.id = s.parent_id
  LEFT JOIN grid g ON g.id = s.grid_id
  LEFT JOIN team w ON w.id = s.team_id
  LEFT JOIN member c ON c.id = ?
  LEFT JOIN order_cohandler k ON k.order_id = s.id AND k.account_id = ?
  {FROM_TOKEN}
"""  # noqa: S608 (put together from the constants above)
_ATTACHMENT_ROWS = """
SELECT JSON_ARRAY('attachment', k.id, f.public_id, f.uploader_id, f.kind, f.moderation, k.handed_in, f.duration_ms,
       f.thumbnail, k.withheld_reason)
  FROM order_media k JOIN media f ON f.id = k.media_id
"""
# cheaper for MariaDB than a join to the order
_ITS_ID = "(SELECT s.id FROM service_order s WHERE s.{} = ?)"
_CASES = {
    column: (
        f"{_ORDER_ROWS} WHERE s.{column} = ?",
        f"{CLOCK_ROWS} WHERE c.order_id = {_ITS_ID.format(column)}",
        f"{LOG_ROWS} WHERE l.order_id = {_ITS_ID.format(column)}",
        f"{_ATTACHMENT_ROWS} WHERE k.order_id = {_ITS_ID.format(column)}",
    )
    for column in ("id", "number")
}

Reader = Callable[[Any], Any]


def _reader(name: str) -> Reader | None:
    """How a cell of JSON becomes a value; None where it is the value itself."""
    special: dict[str, Reader] = {
        "state": STATES.__getitem__,
        "state_before": STATES.__getitem__,
        "moderation": {one.value: one for one in Moderation}.__getitem__,
        "answers": json.loads,
    }
    if name in special:
        return special[name]
    if name in _FLAGS:
        return {0: False, 1: True, "0": False, "1": True}.__getitem__  # MariaDB may write EXISTS into JSON as "0"
    if name in _SEALED:
        return lambda cell: _SEALED[name].python_value(bytes.fromhex(cell))
    return from_stored if name.endswith(("_at", "_until", "_since")) else None


_READERS = tuple((place, read) for place, name in enumerate(_NAMES) if (read := _reader(name)))
_KIND_CELLS = attrgetter(*_OF_KIND.values())
_NO_TIES = (False,) * len(_TIES)
_IN_ORDER = itemgetter(*((*_NAMES, *_OF_KIND, *_TIES).index(name) for name in Order._fields))


def read_case(number: str, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> Case:
    """All about the order with this number, as far as it depends on who looks; raises NotFound."""
    case = _read("number", number, (caller.member_id or 0, caller.account_id), timezone, now)
    order = case.order
    if order.team_id is None and order.organization_id == caller.branch_id:
        return case  # a member of the branch takes part without more ado
    ties = _ties(order, caller, local_day(now, timezone).isoformat())
    return case._replace(order=order.changed(ties))


def read_case_by_id(order_id: int, *, timezone: ZoneInfo, now: datetime) -> Case:
    """All about the order with this id; raises NotFound."""
    return _read("id", order_id, (0, 0), timezone, now)


def _read(column: str, value: str | int, whose: tuple[int, int], timezone: ZoneInfo, now: datetime) -> Case:
    member, account = whose
    whom = (account, member, account)
    bundle = read_bundle(_CASES[column], (*whom, *[value] * 4))
    if not bundle["order"]:
        raise order_not_found()
    token, *cells = bundle["order"][0]
    _read_cells(cells)
    kind, rules, days = ask(
        token,
        kind_with_id(cells[_NAMES.index("service_type_id")]),
        rules_on(local_day(now, timezone)),
        declared_days(timezone, now=now),
    )
    order = Order._make(_IN_ORDER((*cells, *_KIND_CELLS(kind), *_NO_TIES)))
    calendar = Declarations(days, timezone).calendar_of(order.organization_path)
    clocks = Clocks(clocks_of_rows(bundle["clock"]), order.claimant, calendar, rules, now=now)
    return Case(order, clocks, entries_of_rows(bundle["log"]), _attachments(bundle["attachment"]))


def _ties(order: Order, caller: Caller, today: str) -> dict[str, Any]:
    account, organization, team = caller.account_id, order.organization_id, order.team_id or 0
    joined = (organization, caller.member_id or 0, today, today)
    (row,) = read_json(_TIES_ROW, (*joined, account, organization, team, account, team, account))
    return {name: bool(int(cell)) for name, cell in zip(_TIES, row, strict=True)}


def _attachments(rows: list[list[Any]]) -> list[Attachment]:
    return [
        Attachment(public_id, uploader_id, MediaKind(kind), MediaState(state), bool(handed_in), *more)
        for _, public_id, uploader_id, kind, state, handed_in, *more in sorted(rows, key=itemgetter(0))
    ]


def _read_cells(cells: list[Any]) -> None:
    for place, read in _READERS:
        if cells[place] is not None:
            cells[place] = read(cells[place])


def order_not_found() -> NotFound:
    """There is none, or it does not concern the caller: the two look the same."""
    return NotFound("order_not_found", "没有这张工单，或您无权查看")


def takes_part(caller: Caller, order: Order) -> bool:
    """Whether the branch may order this kind of work to the caller: its members, those it hosts, its volunteers and
    teams; only members, or lecturers from here up, or members from anywhere, where the kind says so."""
    if order.takers == Takers.LECTURERS:
        return any(
            post.role is Role.LECTURER and order.organization_path.startswith(post.path) for post in caller.posts
        )
    if order.takers == Takers.ANY_MEMBER and caller.member_id is not None:
        return True
    belongs = caller.branch_id == order.organization_id or order.joined
    if order.takers == Takers.MEMBERS:
        return belongs and caller.member_id is not None
    return belongs or order.enlisted or caller.holds(HANDLER_ROLES, order.organization_id)
