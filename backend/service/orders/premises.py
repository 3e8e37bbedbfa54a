"""The one look-up of a submission: community, kind of service, its first rule and the calendar, in one statement."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.crypto import Sealed
from backend.core.errors import invalid_field
from backend.people.models import Account
from backend.people.permissions import Caller
from backend.service.bundle import Bundle, read_bundle
from backend.service.catalogue.listing import nearest
from backend.service.catalogue.refusals import closed_service_type, unknown_service_type
from backend.service.grids.service import TAKES_ORDERS
from backend.service.models import Stage
from backend.service.orders.request import SubmitOrder
from backend.service.orders.routing import Route, find_route, routing_parts
from backend.service.timers.rules import Allowance, most_specific
from backend.workdays.calendar import DAY_ROWS, WorkCalendar, calendar_of_rows, first_day

NO_COMMUNITY = ("organization_required", "请先选择您所在的社区")
UNKNOWN_COMMUNITY = ("unknown_organization", "没有这个社区，请重新选择")
_COMMUNITY_ROWS = """
SELECT JSON_ARRAY('community', NULLIF(HEX(a.phone), ''), o.id, o.code, o.name, o.path, o.kind, o.closed_on,
  (SELECT c.given FROM consent c WHERE c.account_id = a.id AND c.purpose = 'service_contact'
    ORDER BY c.id DESC LIMIT 1))
  FROM account a
  LEFT JOIN organization o ON {} WHERE a.id = ?
"""
_OWN_COMMUNITY = _COMMUNITY_ROWS.format("o.id = a.organization_id")
_NAMED_COMMUNITY = _COMMUNITY_ROWS.format("o.code = ?")
_KIND_ROWS = """
SELECT JSON_ARRAY('kind', t.organization_id, t.fixed, t.id, t.name, t.priority, t.needs_evidence, t.hours, t.closed_at,
       t.takers, t.safeguard, t.on_board, t.decides, t.questions)
  FROM service_type t WHERE t.code = ? AND t.superseded_at IS NULL
"""
# kind and days of a rule are looked at in Python: the server takes longer to plan such conditions than to give the rows
_RULE_ROWS = """
SELECT JSON_ARRAY('rule', r.starts_on, r.ends_on, k.code, r.priority, r.stage, r.minutes, r.pace, r.service_type_id,
       r.organization_id)
  FROM service_type t JOIN timer_rule r ON r.stage = ? AND r.priority = t.priority
  LEFT JOIN service_type k ON k.id = r.service_type_id
 WHERE t.code = ? AND t.superseded_at IS NULL
"""


@dataclass(frozen=True)
class Community:
    """Where an order goes, and the number of the account that it comes from."""

    id: int
    code: str
    name: str
    path: str
    requester_phone: Sealed | None
    contact_agreed: bool


@dataclass(frozen=True)
class Kind:
    """A kind of service with what its first stage is given."""

    id: int
    code: str
    name: str
    priority: str
    needs_evidence: bool
    hours: Decimal
    accept: Allowance
    takers: str
    safeguard: str
    on_board: bool
    decides: bool
    questions: list[dict[str, Any]]


@dataclass(frozen=True)
class Premises:
    """All that a submission depends on."""

    community: Community
    kind: Kind
    calendar: WorkCalendar
    route: Route


def find_premises(body: SubmitOrder, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> Premises:
    """Where the order belongs (named, else by its grid, else the account's own community) and its kind of service;
    422 for what is not there."""
    own = body.organization is None
    today = local_day(now, timezone).isoformat()
    ways, whereabouts = routing_parts(body, caller.account_id, today)
    parts = (_OWN_COMMUNITY if own else _NAMED_COMMUNITY, _KIND_ROWS, _RULE_ROWS, DAY_ROWS, *ways)
    where = (caller.account_id,) if own else (body.organization, caller.account_id)
    rule = (Stage.ACCEPT.value, body.service_type)
    values = (*where, body.service_type, *rule, first_day(timezone, now=now), *whereabouts)
    bundle = read_bundle(parts, values)
    route = find_route(body, bundle, caller)
    community = _community(bundle["community"][0], route if own else None)
    calendar = calendar_of_rows(bundle["day"], community.path, timezone)
    return Premises(community, _kind(body.service_type, bundle, community.path, today), calendar, route)


def _community(row: list[Any], route: Route | None) -> Community:
    """The one that was looked up, or that the order is routed to; `route` is None where one was named."""
    phone, *looked_up, agreed = row
    routed = route is not None and route.ground is not None
    columns = (*route.ground.organization, None) if route and route.ground else looked_up
    organization_id, code, name, path, kind, closed_on = columns
    if organization_id is None:
        raise invalid_field("organization", *(UNKNOWN_COMMUNITY if route is None else NO_COMMUNITY))
    if closed_on is not None:
        raise invalid_field("organization", "organization_closed", "这个社区的党组织已撤销或并入别处，请重新选择")
    if kind not in TAKES_ORDERS:
        field = "scene" if routed else "organization"
        raise invalid_field(field, "takes_no_orders", "这个组织不直接受理诉求，请选择所在的社区支部")
    sealed = Account.phone.python_value(bytes.fromhex(phone)) if phone else None
    return Community(organization_id, code, name, path, sealed, bool(int(agreed or 0)))


def _kind(code: str, bundle: Bundle, path: str, today: str) -> Kind:
    found = nearest(((place, bool(fixed), more) for place, fixed, *more in bundle["kind"]), path)
    if found is None:
        raise unknown_service_type()
    kind_id, name, priority, needs_evidence, hours, closed_at, *rest = found
    takers, safeguard, on_board, decides, questions = rest
    if closed_at is not None:
        raise closed_service_type()
    rules = [
        (stage, minutes, pace, kind, place)
        for since, until, its_code, level, stage, minutes, pace, kind, place in bundle["rule"]
        if level == priority and its_code in (None, code) and (since or today) <= today <= (until or today)
    ]
    accept = most_specific(rules, path, [Stage.ACCEPT])[Stage.ACCEPT]
    return Kind(
        id=kind_id,
        code=code,
        name=name,
        priority=priority,
        needs_evidence=bool(needs_evidence),
        hours=Decimal(str(hours)),
        accept=accept,
        takers=takers,
        safeguard=safeguard,
        on_board=bool(on_board),
        decides=bool(decides),
        questions=json.loads(questions) if questions else [],
    )
