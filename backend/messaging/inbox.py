"""The inbox: what a person can always find, whether or not the platform delivered anything."""

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.core.errors import NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.messaging import burden
from backend.messaging.models import InboxMessage, OutboxEvent
from backend.messaging.schemas import InboxItem, InboxQuery, ReadUpTo, Unread

SHOWN_AT_MOST = 100


def list_inbox(account_id: int, query: InboxQuery) -> Page[InboxItem]:
    """One's messages, newest first."""
    rows = (
        InboxMessage.select()
        .where(InboxMessage.account == account_id)
        .order_by(InboxMessage.id.desc())
        .limit(query.limit + 1)
    )
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(InboxMessage.id < before)
    if query.unread:
        rows = rows.where(InboxMessage.read_at.is_null())
    found, cursor = page_by_id(list(rows), query.limit)
    return Page([_item(row) for row in found], cursor)


def count_unread(account_id: int) -> Unread:
    """How many of the newest hundred are unread: what a tab shows, at a cost that does not grow with the inbox."""
    own = InboxMessage.select(InboxMessage.id, InboxMessage.read_at).where(InboxMessage.account == account_id)
    newest: list[InboxMessage] = list(own.order_by(InboxMessage.id.desc()).limit(SHOWN_AT_MOST))
    unread = sum(row.read_at is None for row in newest)
    return Unread(count=unread, newest=str(newest[0].id) if newest else None)


def mark_all_read(account_id: int, body: ReadUpTo, *, now: datetime) -> Unread:
    """Note all up to a message as read; what came in since stays unread. Nothing counts as opened."""

    def work() -> None:
        own = (InboxMessage.account == account_id) & (InboxMessage.id <= _number(body.newest))
        InboxMessage.update(read_at=now).where(own, InboxMessage.read_at.is_null()).execute()

    in_unit_of_work(work)
    return count_unread(account_id)


def mark_read(account_id: int, message_id: str, *, timezone: ZoneInfo, now: datetime) -> None:
    """Note that a message was read; reading twice keeps the first time."""
    own = (InboxMessage.account == account_id) & (InboxMessage.id == _number(message_id))
    row = InboxMessage.select(InboxMessage, OutboxEvent).join(OutboxEvent).where(own).first()
    if row is None:
        raise NotFound("message_not_found", "没有这条消息")

    def work() -> None:
        if InboxMessage.update(read_at=now).where(own, InboxMessage.read_at.is_null()).execute():
            day = local_day(now, timezone)
            burden.note(burden.OPENED, [account_id], organization_id=row.event.organization_id, day=day)

    in_unit_of_work(work)


def _number(message_id: str) -> int:
    return int(message_id) if message_id.isascii() and message_id.isdigit() and len(message_id) < 19 else 0


def _item(row: InboxMessage) -> InboxItem:
    return InboxItem(
        id=str(row.id),
        title=row.title,
        body=row.body,
        page=row.page,
        created_at=row.created_at,
        read_at=row.read_at,
    )
