"""The inbox: what a person can always find, whether or not the platform delivered anything."""

from datetime import datetime

from backend.core.errors import NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.messaging.models import InboxMessage
from backend.messaging.schemas import InboxItem, InboxQuery


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


def mark_read(account_id: int, message_id: str, *, now: datetime) -> None:
    """Note that a message was read; reading twice keeps the first time."""
    own = (InboxMessage.account == account_id) & (InboxMessage.id == _number(message_id))
    if not InboxMessage.select().where(own).exists():
        raise NotFound("message_not_found", "没有这条消息")
    InboxMessage.update(read_at=now).where(own, InboxMessage.read_at.is_null()).execute()


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
