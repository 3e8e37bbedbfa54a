"""The orders of a tree as rows without personal data: neither words nor names, and places only roughly."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.geography import in_gcj02
from backend.people.access import in_subtree
from backend.people.models import Organization
from backend.service.grids.models import Grid
from backend.service.models import Resolution, ServiceOrder, ServiceType
from backend.service.orders.workflow import STATE_LABELS, State

PAGE = 500
PLACE_DIGITS = 3  # about a hundred metres: a building, not a door
RESOLUTIONS = {
    Resolution.RESOLVED: "已解决",
    Resolution.PARTLY: "部分解决",
    Resolution.EXPLAINED: "解释说明",
    Resolution.UNRESOLVED: "未解决",
    Resolution.REFERRED: "转办",
    Resolution.DUPLICATE: "重复",
    Resolution.WITHDRAWN: "撤回",
    Resolution.UNFOUNDED: "不属实",
    Resolution.ADOPTED: "已采纳",
    Resolution.DECLINED: "未采纳",
}
# name in JSON → heading of the column
COLUMNS = {
    "number": "工单编号",
    "organization": "组织代码",
    "organization_name": "受理组织",
    "grid": "网格",
    "service_type": "服务类别",
    "priority": "紧急程度",
    "state": "状态",
    "resolution": "办理结果",
    "created_at": "提交时间",
    "dispatched_at": "派单时间",
    "claimed_at": "接单时间",
    "contacted_at": "首次联系时间",
    "completed_at": "办结时间",
    "closed_at": "结案时间",
    "urge_count": "催办次数",
    "return_count": "退单次数",
    "reopen_count": "重办次数",
    "supervised_level": "督办级别",
}
INSTANTS = ("created_at", "dispatched_at", "claimed_at", "contacted_at", "completed_at", "closed_at")
COUNTS = ("urge_count", "return_count", "reopen_count", "supervised_level")
_NAMES = ("id", "number", "priority", "state", "resolution", "lat", "lng", "datum", *INSTANTS, *COUNTS)
_READ = [getattr(ServiceOrder, name) for name in _NAMES]


class Span(NamedTuple):
    """Whose orders, as far as the caller sees them there, submitted on which local days, both included."""

    path: str
    seen: pw.Expression | None
    first: date
    last: date
    timezone: ZoneInfo


class Row(NamedTuple):
    """One order: its cells by the names of `COLUMNS`, and roughly where (WGS 84), if it has a place."""

    cells: dict[str, Any]
    place: tuple[float, float] | None


def order_rows(span: Span) -> Iterator[Row]:
    """Every order of the span, branch by branch; one indexed query for each page, nothing kept in between."""
    for organization in _organizations(span):
        after = 0
        while page := _page(organization, span, after):
            yield from (_row(order, organization, span.timezone) for order in page)
            after = page[-1].id


def _organizations(span: Span) -> Iterator[Organization]:
    """Those in the tree that have orders at all."""
    there = in_subtree(Organization.path, span.path)
    seen = there if span.seen is None else there & span.seen
    having = ServiceOrder.select(ServiceOrder.id).where(ServiceOrder.organization == Organization.id)
    after = 0
    while page := list(
        Organization.select()
        .where(seen, Organization.id > after, pw.fn.EXISTS(having))
        .order_by(Organization.id)
        .limit(PAGE)
    ):
        yield from page
        after = page[-1].id


def _page(organization: Organization, span: Span, after: int) -> list[Any]:
    """Only what is written out is read: no words, no names, nothing sealed."""
    begin = datetime.combine(span.first, time(), span.timezone)
    end = datetime.combine(span.last + timedelta(days=1), time(), span.timezone)
    rows: Any = (
        ServiceOrder.select(*_READ, ServiceType.name.alias("kind"), Grid.name.alias("grid"))
        .join(ServiceType)
        .switch(ServiceOrder)
        .join(Grid, pw.JOIN.LEFT_OUTER)
        .where(
            ServiceOrder.organization == organization.id,
            ServiceOrder.id > after,
            ServiceOrder.created_at >= begin,
            ServiceOrder.created_at < end,
        )
        .order_by(ServiceOrder.id)
        .limit(PAGE)
    )
    return list(rows.namedtuples())


def _row(order: Any, organization: Organization, timezone: ZoneInfo) -> Row:
    cells: dict[str, Any] = {
        "number": order.number,
        "organization": organization.code,
        "organization_name": organization.name,
        "grid": order.grid or "",
        "service_type": order.kind,
        "priority": order.priority,
        "state": STATE_LABELS[State(order.state)],
        "resolution": RESOLUTIONS[Resolution(order.resolution)] if order.resolution else "",
    }
    for name in INSTANTS:
        at = getattr(order, name)
        cells[name] = at.astimezone(timezone).isoformat(timespec="seconds") if at else ""
    return Row(cells | {name: getattr(order, name) for name in COUNTS}, _place(order))


def _place(order: Any) -> tuple[float, float] | None:
    """Longitude and latitude as GeoJSON wants them, in WGS 84 and blurred; the shift is undone to some metres."""
    if order.lat is None or order.lng is None:
        return None
    lat, lng = order.lat, order.lng
    if order.datum == "gcj02":
        shifted = in_gcj02((lat, lng), "wgs84")
        lat, lng = 2 * lat - shifted[0], 2 * lng - shifted[1]
    return round(lng, PLACE_DIGITS), round(lat, PLACE_DIGITS)
