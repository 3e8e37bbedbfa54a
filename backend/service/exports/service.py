"""Orders for officers as a file; who took one is written down."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.core import audit
from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.people.access import find_organization, require, within
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.exports.rows import Span, order_rows
from backend.service.exports.schemas import OrderExportQuery
from backend.service.exports.writing import WRITERS


def export_orders(
    caller: Caller, code: str, query: OrderExportQuery, *, timezone: ZoneInfo, now: datetime
) -> tuple[str, Iterator[bytes]]:
    """The content type, and the bytes as they are read; those that the caller sees there and below."""
    organization = find_organization(code)
    require(caller, Right.SEE_ORDERS, organization)
    first, last = query.days(local_day(now, timezone))
    in_unit_of_work(
        lambda: audit.record(
            "orders.exported",
            audit.Subject(f"organization:{code}", organization.id),
            actor_id=caller.account_id,
            purpose=f"{query.format} {first}–{last}",
            now=now,
        )
    )
    seen = within(caller, Right.SEE_ORDERS, Organization.path)
    content_type, write = WRITERS[query.format]
    return content_type, write(order_rows(Span(organization.path, seen, first, last, timezone)))
