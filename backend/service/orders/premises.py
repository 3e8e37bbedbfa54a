"""The one look-up of a submission: community, kind of service, its first rule and the calendar, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.crypto import Sealed
from backend.core.errors import invalid_field
from backend.people.models import Account, OrganizationKind
from backend.service.bundle import Bundle, read_bundle
from backend.service.catalogue.refusals import closed_service_type, unknown_service_type
from backend.service.models import Stage
from backend.service.timers.rules import Allowance, most_specific
from backend.workdays.calendar import DAY_ROWS, WorkCalendar, calendar_of_rows, first_day

NO_COMMUNITY = ("organization_required", "请先选择您所在的社区")
UNKNOWN_COMMUNITY = ("unknown_organization", "没有这个社区，请重新选择")
TAKES_ORDERS = (
    OrganizationKind.BRANCH,
    OrganizationKind.GENERAL_BRANCH,
    OrganizationKind.JOINT_BRANCH,
    OrganizationKind.TEMPORARY_BRANCH,
    OrganizationKind.FLOATING_BRANCH,
)
_COMMUNITY_ROWS = """
SELECT JSON_ARRAY('community', NULLIF(HEX(a.phone), ''), o.id, o.code, o.name, o.path, o.kind, o.closed_on)
  FROM account a
  LEFT JOIN organization o ON {} WHERE a.id = ?
"""
_OWN_COMMUNITY = _COMMUNITY_ROWS.format("o.id = a.organization_id")
_NAMED_COMMUNITY = _COMMUNITY_ROWS.format("o.code = ?")
_KIND_ROWS = """
SELECT JSON_ARRAY('kind', t.id, t.name, t.priority, t.needs_evidence, t.hours, t.closed_at)
  FROM service_type t WHERE t.code = ?
"""
_RULE_ROWS = """
SELECT JSON_ARRAY('rule', r.stage, r.minutes, r.pace, r.service_type_id, r.organization_id)
  FROM service_type t JOIN timer_rule r ON r.priority = t.priority
   AND (r.service_type_id IS NULL OR r.service_type_id = t.id)
 WHERE t.code = ? AND r.stage = ?
   AND (r.starts_on IS NULL OR r.starts_on <= ?) AND (r.ends_on IS NULL OR r.ends_on >= ?)
"""


@dataclass(frozen=True)
class Community:
    """Where an order goes, and the number of the account that it comes from."""

    id: int
    code: str
    name: str
    path: str
    requester_phone: Sealed | None


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


@dataclass(frozen=True)
class Premises:
    """All that a submission depends on."""

    community: Community
    kind: Kind
    calendar: WorkCalendar


def find_premises(
    service_type: str, organization: str | None, *, account_id: int, timezone: ZoneInfo, now: datetime
) -> Premises:
    """The community that was named, else the account's own, and the kind of service; 422 for what is not there."""
    own = organization is None
    parts = (_OWN_COMMUNITY if own else _NAMED_COMMUNITY, _KIND_ROWS, _RULE_ROWS, DAY_ROWS)
    where = (account_id,) if own else (organization, account_id)
    today = local_day(now, timezone).isoformat()
    rule = (service_type, Stage.ACCEPT.value, today, today)
    bundle = read_bundle(parts, (*where, service_type, *rule, first_day(timezone, now=now)))
    community = _community(bundle["community"][0], NO_COMMUNITY if own else UNKNOWN_COMMUNITY)
    calendar = calendar_of_rows(bundle["day"], community.path, timezone)
    return Premises(community, _kind(service_type, bundle, community.path), calendar)


def _community(row: list[Any], absent: tuple[str, str]) -> Community:
    phone, organization_id, code, name, path, kind, closed_on = row
    if organization_id is None:
        raise invalid_field("organization", *absent)
    if closed_on is not None:
        raise invalid_field("organization", "organization_closed", "这个社区的党组织已撤销或并入别处，请重新选择")
    if kind not in TAKES_ORDERS:
        raise invalid_field("organization", "takes_no_orders", "这个组织不直接受理诉求，请选择所在的社区支部")
    sealed = Account.phone.python_value(bytes.fromhex(phone)) if phone else None
    return Community(organization_id, code, name, path, sealed)


def _kind(code: str, bundle: Bundle, path: str) -> Kind:
    if not bundle["kind"]:
        raise unknown_service_type()
    kind_id, name, priority, needs_evidence, hours, closed_at = bundle["kind"][0]
    if closed_at is not None:
        raise closed_service_type()
    rules = [(stage, minutes, pace, kind, place) for stage, minutes, pace, kind, place in bundle["rule"]]
    accept = most_specific(rules, path, [Stage.ACCEPT])[Stage.ACCEPT]
    return Kind(kind_id, code, name, priority, bool(needs_evidence), Decimal(str(hours)), accept)
