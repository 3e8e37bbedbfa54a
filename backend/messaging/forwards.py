"""Posts for ordinary WeChat groups: no server may post there, so a person forwards them with one tap."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw
import segno

from backend.core.clock import local_day
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, rows_of
from backend.core.errors import NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.messaging import burden
from backend.messaging.deliveries import Parcel
from backend.messaging.models import Delivery, Forward, GroupChat, OutboxEvent
from backend.messaging.outbox import enqueue
from backend.messaging.schemas import ForwardKit, ForwardQuery, ForwardShape
from backend.messaging.texts.shape import Text
from backend.people.access import require, within
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.tally.counting import count

# why a post for a customer group is forwarded by hand after all
REASONS = {
    "not_linked": "系统没有接通企业微信",
    "over_a_day": "这个客户群今天已经交给群主一条了",
    "over_limit": "企业微信说这个客户群的群发次数已用完",
    "unknown_group": "企业微信不认识这个客户群，请核对群编号和群主账号",
    "refused": "企业微信没有接收，请核对群编号、群主账号和应用权限",
    "no_answer": "企业微信一直没有应答，群主那里可能已有这一条，转发前先看看群里",
    "not_confirmed": "群主两天内没有发",
    "not_known": "两天了，企业微信一直没有说群主发了没有，转发前先看看群里",
}


@dataclass(frozen=True)
class Kit:
    """Where the pictures of posts come from (by topic), where pages are open to any browser, and when."""

    pictures: Mapping[str, Callable[..., str | None]]
    public_url: str
    now: datetime


def prepare(parcel: Parcel, text: Text, *, now: datetime, reason: str | None = None) -> None:
    """Make a post ready and tell the secretary that one tap is due; done once however often it is asked.

    `reason`: why the owner of a customer group does not send it (a key of `customer_posts.REASONS`).
    """
    chat = parcel.group_chat
    assert chat is not None
    in_unit_of_work(lambda: make_ready(parcel.id, chat, text, reason=reason, now=now))


def make_ready(delivery_id: int, chat: GroupChat, text: Text, *, reason: str | None, now: datetime) -> None:
    """The same within the unit of work of the caller."""
    made = Forward.insert(
        public_id=new_public_id(),
        delivery=delivery_id,
        group_chat=chat.id,
        organization=chat.organization_id,
        text=text.body,
        page=text.page,
        reason=reason,
        created_at=now,
    )
    if made.on_conflict_ignore().as_rowcount().execute():
        why = {"why": REASONS[reason]} if reason else {}
        enqueue(
            "forward.due",
            {"group": chat.name, "title": text.title, **why},
            key=f"forward:{delivery_id}",
            organization_id=chat.organization_id,
            now=now,
        )


def waiting_in(organization_ids: Sequence[int]) -> "pw.ModelSelect[Any]":
    """Posts that nobody has forwarded yet: a query to be counted."""
    return Forward.select(Forward.id).where(Forward.organization.in_(organization_ids), Forward.done_at.is_null())


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


def count_waiting(organization_ids: Sequence[int], _span: object) -> Mapping[int, int]:
    """How many posts wait to be forwarded in each of these organisations."""
    rows = (
        Forward.select(Forward.organization, pw.fn.COUNT(Forward.id))
        .where(Forward.organization.in_(organization_ids), Forward.done_at.is_null())
        .group_by(Forward.organization)
    )
    return dict(rows_of(rows))


def show_forward(caller: Caller, public_id: str, kit: Kit) -> ForwardKit:
    """A post with all that a person needs to forward it; raises NotFound and Forbidden."""
    row = _find(caller, public_id)
    event = OutboxEvent.select().join(Delivery).where(Delivery.id == row.delivery_id).get()
    picture = kit.pictures.get(event.topic)
    link = f"{kit.public_url}/m/#/{row.page}" if row.page else None
    return ForwardKit(
        **_shape(row).model_dump(),
        picture_url=picture(event.facts, now=kit.now) if picture else None,
        link=link,
        code_image=segno.make(link, micro=False, error="m").png_data_uri(scale=8, border=2) if link else None,
    )


def finish_forward(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> ForwardShape:
    """Note that a post was forwarded; a second tap changes nothing."""
    row = _find(caller, public_id)

    def work() -> None:
        waiting = Forward.update(done_at=now, done_by=caller.account_id).where(
            Forward.id == row.id, Forward.done_at.is_null()
        )
        if waiting.execute():
            count(burden.FORWARDED, row.organization_id, day=local_day(now, timezone))

    in_unit_of_work(work)
    row.done_at = row.done_at or now
    return _shape(row)


def _find(caller: Caller, public_id: str) -> Forward:
    row: Forward | None = (
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
    return row


def _shape(row: Forward) -> ForwardShape:
    return ForwardShape(
        id=row.public_id,
        group=row.group_chat.name,
        text=row.text,
        page=row.page,
        reason=REASONS.get(row.reason) if row.reason else None,
        created_at=row.created_at,
        done_at=row.done_at,
    )
