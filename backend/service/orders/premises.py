"""The one look-up of a submission: community and route in one statement, what rarely changes from memory."""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from backend.core.bundle import read_bundle
from backend.core.clock import local_day
from backend.core.crypto import Sealed
from backend.core.errors import invalid_field
from backend.core.reference import FROM_TOKEN, TOKEN, ask
from backend.people.models import Account
from backend.people.permissions import Caller
from backend.service.catalogue.refusals import closed_service_type, unknown_service_type
from backend.service.catalogue.remembered import Kind, versions_in_force
from backend.service.grids.remembered import grids_of
from backend.service.grids.service import TAKES_ORDERS
from backend.service.orders.request import SubmitOrder
from backend.service.orders.routing import Route, find_route, routing_parts
from backend.service.timers.rules import Rules, rules_on
from backend.workdays.calendar import Declarations, WorkCalendar, declared_days

NO_COMMUNITY = ("organization_required", "请先选择您所在的社区")
UNKNOWN_COMMUNITY = ("unknown_organization", "没有这个社区，请重新选择")
_COMMUNITY_ROWS = """
SELECT JSON_ARRAY('community', {token}, NULLIF(HEX(a.phone), ''), o.id, o.code, o.name, o.path, o.kind, o.closed_on,
  (SELECT c.given FROM consent c WHERE c.account_id = a.id AND c.purpose = 'service_contact'
    ORDER BY c.id DESC LIMIT 1))
  FROM account a
  LEFT JOIN organization o ON {which} {from_token} WHERE a.id = ?
"""
_OWN_COMMUNITY = _COMMUNITY_ROWS.format(token=TOKEN, from_token=FROM_TOKEN, which="o.id = a.organization_id")
_NAMED_COMMUNITY = _COMMUNITY_ROWS.format(token=TOKEN, from_token=FROM_TOKEN, which="o.code = ?")


class Community(NamedTuple):
    """Where an order goes, and the number of the account that it comes from."""

    id: int
    code: str
    name: str
    path: str
    requester_phone: Sealed | None
    contact_agreed: bool


class Premises(NamedTuple):
    """All that a submission depends on."""

    community: Community
    kind: Kind
    calendar: WorkCalendar
    rules: Rules
    route: Route


def find_premises(body: SubmitOrder, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> Premises:
    """Where the order belongs (named, else by its grid, else the account's own community) and its kind of service;
    422 for what is not there."""
    own = body.organization is None
    today = local_day(now, timezone)
    ways, whereabouts = routing_parts(body, caller.account_id, today.isoformat())
    where = (caller.account_id,) if own else (body.organization, caller.account_id)
    bundle = read_bundle((_OWN_COMMUNITY if own else _NAMED_COMMUNITY, *ways), (*where, *whereabouts))
    token, phone, *home, agreed = bundle["community"][0]
    questions = (versions_in_force(body.service_type), rules_on(today), declared_days(timezone, now=now))
    kinds, rules, days, at_home = ask(token, *questions, grids_of(home[0] or 0))
    route = find_route(body, bundle, caller, home, at_home)
    community = _community(home, route if own else None, phone, agreed)
    calendar = Declarations(days, timezone).calendar_of(community.path)
    return Premises(community, _open_kind(kinds.at(community.path)), calendar, rules, route)


def _community(home: list[Any], route: Route | None, phone: str | None, agreed: int | str | None) -> Community:
    """The one that was looked up, or that the order is routed to; `route` is None where one was named."""
    routed = route is not None and route.ground is not None
    columns = (*route.ground.organization, None) if route and route.ground else home
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


def _open_kind(kind: Kind | None) -> Kind:
    if kind is None:
        raise unknown_service_type()
    if kind.closed:
        raise closed_service_type()
    return kind
