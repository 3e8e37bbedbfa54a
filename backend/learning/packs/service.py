"""Opening packs, adding items of a layer, publishing them: one unit of work each."""

from datetime import datetime
from typing import Any

import peewee as pw

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound, invalid_field
from backend.learning.lessons.service import Actor
from backend.learning.packs.models import ContentPack, PackCategory, PackItem
from backend.learning.packs.schemas import AddItem, ItemContent, OpenPack, OrderItems
from backend.media.checking import attach, pass_reviewed
from backend.media.models import Media, MediaKind
from backend.media.service import find_uploaded
from backend.messaging.outbox import enqueue
from backend.people.access import find_organization, require
from backend.people.models import Organization
from backend.people.permissions import Right


def open_pack(body: OpenPack, actor: Actor) -> ContentPack:
    """Open the pack of a month; 409 `pack_exists` when the organisation has one for it."""

    def work() -> ContentPack:
        organization = find_organization(body.organization)
        require(actor.caller, Right.WRITE_LESSONS, organization)
        try:
            pack: ContentPack = ContentPack.create(
                public_id=new_public_id(),
                organization=organization,
                month=body.month,
                title=body.title,
                opener=actor.caller.account_id,
                created_at=actor.now,
            )
        except pw.IntegrityError:
            raise Conflict("pack_exists", "这个月的学习礼包已经建好，请直接添加内容") from None
        return pack

    return in_unit_of_work(work)


def find_pack(public_id: str) -> ContentPack:
    """The pack with its organisation; raises NotFound."""
    pack: ContentPack | None = (
        ContentPack.select(ContentPack, Organization)
        .join(Organization)
        .where(ContentPack.public_id == public_id)
        .first()
    )
    if pack is None:
        raise NotFound()
    return pack


def layer_of(pack: ContentPack, code: str) -> Organization:
    """An organisation that takes part in a pack: its own or one below; raises NotFound for any other."""
    organization = find_organization(code)
    if not organization.path.startswith(pack.organization.path):
        raise NotFound()
    return organization


def add_item(public_id: str, body: AddItem, actor: Actor) -> PackItem:
    """Add an item of a layer as a draft; layers below the opener's complete the pack with what is local."""

    def work() -> PackItem:
        pack = find_pack(public_id)
        organization = layer_of(pack, body.organization)
        require(actor.caller, Right.WRITE_LESSONS, organization)
        item: PackItem = PackItem.create(
            public_id=new_public_id(),
            pack=pack,
            organization=organization,
            author=actor.caller.account_id,
            created_at=actor.now,
            position=_next_position(pack, organization),
            **_content(body, organization, actor),
        )
        return item

    return in_unit_of_work(work)


def _next_position(pack: ContentPack, organization: Organization) -> int:
    last = PackItem.select(pw.fn.MAX(PackItem.position)).where(
        PackItem.pack == pack, PackItem.organization == organization
    )
    return int(last.scalar() or 0) + 1


def order_items(public_id: str, body: OrderItems, actor: Actor) -> ContentPack:
    """Put the items of a layer in an order; 422 unless all that stand in it are named, each once."""

    def work() -> ContentPack:
        pack = find_pack(public_id)
        organization = layer_of(pack, body.organization)
        require(actor.caller, Right.WRITE_LESSONS, organization)
        standing = PackItem.select(PackItem.public_id).where(
            PackItem.pack == pack, PackItem.organization == organization, PackItem.withdrawn_at.is_null()
        )
        if sorted(body.items) != sorted(row.public_id for row in standing):
            raise invalid_field("items", "other_items", "内容有了变化，请刷新后再排顺序")
        for position, item in enumerate(body.items, start=1):
            PackItem.update(position=position).where(PackItem.public_id == item).execute()
        return pack

    return in_unit_of_work(work)


def _content(body: ItemContent, organization: Organization, actor: Actor) -> dict[str, Any]:
    category: PackCategory | None = PackCategory.get_or_none(PackCategory.code == body.category)
    if category is None:
        raise invalid_field("category", "unknown_category", "没有这个类别")
    fields = body.model_dump(include={"kind", "title", "source", "text", "url"})
    return {**fields, "category": category, "media": _sound(body, organization, actor)}


def _sound(body: ItemContent, organization: Organization, actor: Actor) -> Media | None:
    if body.media is None:
        return None
    owner = actor.caller.account_id
    media = find_uploaded(body.media, kind=MediaKind.AUDIO, uploader_id=owner, field="media")
    attach([media.id], organization_id=organization.id, now=actor.now)
    return media


def publish_layer(public_id: str, code: str, actor: Actor) -> int:
    """Publish the drafts of one layer that somebody else wrote; all below it are told once. Gives their number.

    Raises 409 `own_review` when all drafts are one's own, 409 `nothing_to_publish` when there are none.
    """

    def work() -> int:
        pack = find_pack(public_id)
        organization = layer_of(pack, code)
        require(actor.caller, Right.REVIEW_LESSONS, organization)
        drafts = _drafts(pack, organization)
        if not drafts:
            raise Conflict("nothing_to_publish", "这一级没有待发布的内容")
        reviewed = [item for item in drafts if item.author_id != actor.caller.account_id]
        if not reviewed:
            raise Conflict("own_review", "自己添加的内容须由他人审核发布")
        pass_reviewed([item.media_id for item in reviewed], now=actor.now)
        ids = [item.id for item in reviewed]
        PackItem.update(published_at=actor.now).where(PackItem.id.in_(ids)).execute()
        _tell(pack, organization, reviewed, actor.now)
        return len(ids)

    return in_unit_of_work(work)


def _drafts(pack: ContentPack, organization: Organization) -> list[PackItem]:
    return list(
        PackItem.select()
        .where(
            PackItem.pack == pack,
            PackItem.organization == organization,
            PackItem.published_at.is_null(),
            PackItem.withdrawn_at.is_null(),
        )
        .order_by(PackItem.id)
    )


def _tell(pack: ContentPack, organization: Organization, items: list[PackItem], now: datetime) -> None:
    facts = {
        "id": pack.public_id,
        "title": pack.title,
        "month": pack.month,
        "items": len(items),
        "first": items[0].title,
        "organization": organization.name,
    }
    # the last item published names the occasion: it is published once
    key = f"pack-published:{items[-1].public_id}"
    enqueue("pack.published", facts, key=key, organization_id=organization.id, now=now)


def revise_item(public_id: str, body: ItemContent, actor: Actor) -> PackItem:
    """Say a draft anew, by its author; 409 `already_published` for what branches read already."""

    def work() -> PackItem:
        item = _find_item(public_id)
        require(actor.caller, Right.WRITE_LESSONS, item.organization)
        if item.author_id != actor.caller.account_id:
            raise Forbidden()
        changes = _content(body, item.organization, actor)
        draft = (PackItem.id == item.id) & PackItem.published_at.is_null() & PackItem.withdrawn_at.is_null()
        update_exactly_one(PackItem.update(**changes).where(draft), lost=_not_a_draft)
        return item

    return in_unit_of_work(work)


def _not_a_draft() -> Conflict:
    return Conflict("already_published", "这项内容已经发布或撤下，不能再修改；请撤下后另行添加")


def withdraw_item(public_id: str, actor: Actor) -> PackItem:
    """Take an item out: its author while it is a draft, a reviewer of its layer at any time."""

    def work() -> PackItem:
        item = _find_item(public_id)
        own_draft = item.author_id == actor.caller.account_id and item.published_at is None
        right = Right.WRITE_LESSONS if own_draft else Right.REVIEW_LESSONS
        require(actor.caller, right, item.organization)
        still_in = (PackItem.id == item.id) & PackItem.withdrawn_at.is_null()
        update_exactly_one(PackItem.update(withdrawn_at=actor.now).where(still_in), lost=Conflict)
        item.withdrawn_at = actor.now
        return item

    return in_unit_of_work(work)


def _find_item(public_id: str) -> PackItem:
    item: PackItem | None = (
        PackItem.select(PackItem, Organization).join(Organization).where(PackItem.public_id == public_id).first()
    )
    if item is None:
        raise NotFound()
    return item
