"""Packs as a caller sees them: published items of his own layers and all above, drafts for their editors."""

from collections import Counter
from typing import Any

import peewee as pw

from backend.core.errors import NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.learning.lessons.access import reached_by
from backend.learning.lessons.service import Actor
from backend.learning.packs.models import ContentPack, ItemKind, PackCategory, PackItem, PackReceipt
from backend.learning.packs.schemas import PackBrief, PackItemView, PackQuery, PackReceiptView, PackView
from backend.learning.packs.service import find_pack
from backend.media.links import shown_link
from backend.media.models import Media
from backend.people.access import within
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Right
from backend.people.tree.rules import BRANCHES


def list_packs(query: PackQuery, actor: Actor) -> Page[PackBrief]:
    """Packs of the organisations above the caller and his own, newest first."""
    rows = (
        ContentPack.select(ContentPack, Organization)
        .join(Organization)
        .where(ContentPack.organization.in_(sorted(reached_by(actor.caller, actor.today))))
        .order_by(ContentPack.id.desc())
        .limit(query.limit + 1)
    )
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(ContentPack.id < before)
    if query.month:
        rows = rows.where(ContentPack.month == query.month)
    found, cursor = page_by_id(list(rows), query.limit)
    numbers = _numbers([pack.id for pack in found], actor)
    return Page([_brief(pack, numbers[pack.id]) for pack in found], cursor)


def _numbers(pack_ids: list[int], actor: Actor) -> Counter[int]:
    rows = PackItem.select(PackItem.pack).join(Organization).where(PackItem.pack.in_(pack_ids), seen_by(actor))
    return Counter(row.pack_id for row in rows)


def seen_by(actor: Actor) -> pw.Expression:
    """Which items a caller sees; the query joins the organisation of the item."""
    reach = sorted(reached_by(actor.caller, actor.today))
    seen = PackItem.published_at.is_null(False) & PackItem.organization.in_(reach)
    edited = within(actor.caller, Right.WRITE_LESSONS, Organization.path)
    return PackItem.withdrawn_at.is_null() & (seen if edited is None else seen | edited)


def show_pack(public_id: str, actor: Actor) -> PackView:
    """A pack with the items of all layers; 404 for who neither belongs below it nor edits in it."""
    pack = find_pack(public_id)
    items = _items(pack, actor)
    if not items and pack.organization_id not in reached_by(actor.caller, actor.today):
        raise NotFound()
    return PackView(
        id=pack.public_id,
        organization=brief(pack.organization),
        month=pack.month,
        title=pack.title,
        items=[show_item(item, actor) for item in items],
        receipts=_own_receipts(pack, actor),
    )


def _own_receipts(pack: ContentPack, actor: Actor) -> list[PackReceiptView]:
    """The branches below the pack in which the caller holds a post that keeps the roll."""
    keeping = [post.organization_id for post in actor.caller.posts if post.grants(Right.KEEP_ROLL, post.path)]
    rows: Any = (
        Organization.select(Organization, PackReceipt.at.alias("received_at"))
        .join(
            PackReceipt,
            pw.JOIN.LEFT_OUTER,
            on=(PackReceipt.organization == Organization.id) & (PackReceipt.pack == pack),
        )
        .where(
            Organization.id.in_(keeping),
            Organization.kind.in_(BRANCHES),
            Organization.path.startswith(pack.organization.path),
        )
        .order_by(Organization.path)
        .objects()
    )
    return [PackReceiptView(organization=brief(row), received_at=row.received_at) for row in rows]


def _items(pack: ContentPack, actor: Actor) -> list[PackItem]:
    return list(items_in_order().where(PackItem.pack == pack, seen_by(actor)))


def items_in_order() -> "pw.ModelSelect[Any]":
    """Items by category, within one by layer, the highest first, and there as the layer put them."""
    return (
        PackItem.select(PackItem, Organization, PackCategory, Media)
        .join(Organization)
        .switch(PackItem)
        .join(PackCategory)
        .switch(PackItem)
        .join(Media, pw.JOIN.LEFT_OUTER)
        .order_by(PackCategory.position, Organization.path, PackItem.position, PackItem.id)
    )


def _brief(pack: ContentPack, items: int) -> PackBrief:
    return PackBrief(
        id=pack.public_id,
        organization=brief(pack.organization),
        month=pack.month,
        title=pack.title,
        items=items,
    )


def show_item(item: PackItem, actor: Actor) -> PackItemView:
    """One item, loaded with its layer, category and sound."""
    caller = actor.caller
    opened = item.author_id == caller.account_id or caller.may(Right.REVIEW_LESSONS, item.organization.path)
    return PackItemView(
        id=item.public_id,
        organization=brief(item.organization),
        category=item.category.code,
        category_label=item.category.label,
        kind=ItemKind(item.kind),
        title=item.title,
        source=item.source,
        text=item.text,
        url=item.url,
        audio_url=shown_link(item.media, opened=opened, now=actor.now),
        published_at=item.published_at,
    )
