"""Posts for ordinary WeChat groups: no server may post there, so a person forwards them with one tap."""

from datetime import datetime

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.core.errors import NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.messaging.deliveries import Parcel
from backend.messaging.models import Forward, GroupChat
from backend.messaging.outbox import enqueue
from backend.messaging.schemas import ForwardQuery, ForwardShape
from backend.messaging.texts.shape import Text
from backend.people.access import require, within
from backend.people.models import Organization
from backend.people.permissions import Caller, Right


def prepare(parcel: Parcel, text: Text, *, now: datetime) -> None:
    """Make a post ready and tell the secretary that one tap is due; done once however often it is asked."""
    chat = parcel.group_chat
    assert chat is not None

    def work() -> None:
        made = Forward.insert(
            public_id=new_public_id(),
            delivery=parcel.id,
            group_chat=chat.id,
            organization=chat.organization_id,
            text=text.body,
            page=text.page,
            created_at=now,
        )
        if made.on_conflict_ignore().as_rowcount().execute():
            enqueue(
                "forward.due",
                {"group": chat.name, "title": text.title},
                key=f"forward:{parcel.id}",
                organization_id=chat.organization_id,
                now=now,
            )

    in_unit_of_work(work)


def list_forwards(caller: Caller, query: ForwardQuery) -> Page[ForwardShape]:
    """Posts that wait to be forwarded (or were) in the groups that the caller manages, oldest first."""
    reach = within(caller, Right.MANAGE_GROUPS, Organization.path)
    if reach is None:
        return Page([], None)
    rows = (
        Forward.select(Forward, GroupChat)
        .join(GroupChat)
        .switch(Forward)
        .join(Organization)
        .where(reach, Forward.done_at.is_null(not query.done))
        .order_by(Forward.id)
        .limit(query.limit + 1)
    )
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(Forward.id > after)
    found, cursor = page_by_id(list(rows), query.limit)
    return Page([_shape(row) for row in found], cursor)


def finish_forward(caller: Caller, public_id: str, *, now: datetime) -> ForwardShape:
    """Note that a post was forwarded; a second tap changes nothing."""
    row = (
        Forward.select(Forward, GroupChat, Organization)
        .join(GroupChat)
        .switch(Forward)
        .join(Organization)
        .where(Forward.public_id == public_id)
        .first()
    )
    if row is None:
        raise NotFound("forward_not_found", "没有这条待转发消息")
    require(caller, Right.MANAGE_GROUPS, row.organization, see=Right.MANAGE_GROUPS)
    Forward.update(done_at=now, done_by=caller.account_id).where(
        Forward.id == row.id, Forward.done_at.is_null()
    ).execute()
    row.done_at = row.done_at or now
    return _shape(row)


def _shape(row: Forward) -> ForwardShape:
    return ForwardShape(
        id=row.public_id,
        group=row.group_chat.name,
        text=row.text,
        page=row.page,
        created_at=row.created_at,
        done_at=row.done_at,
    )
