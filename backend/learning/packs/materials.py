"""What a meeting studies: chosen from the packs that reach its branch, and counted as used once it was held."""

from datetime import datetime

import peewee as pw

from backend.branch_life.activities.models import Activity, CheckIn
from backend.branch_life.activities.reading import find_activity, find_activity_to_run
from backend.core.database import in_unit_of_work, rows_of
from backend.core.errors import Conflict, invalid_field
from backend.learning.lessons.service import Actor
from backend.learning.packs.models import ContentPack, PackItem, PackMaterial
from backend.learning.packs.reading import items_in_order, show_item
from backend.learning.packs.schemas import ChooseMaterials, MaterialsView
from backend.learning.packs.use import note_receipt
from backend.people.permissions import Right


def show_materials(activity_id: str, actor: Actor) -> MaterialsView:
    """The material of a meeting, for whoever sees the meeting; the offer for who plans there."""
    activity = find_activity(actor.caller, activity_id)
    chosen = _chosen(activity)
    plans = actor.caller.may(Right.PLAN_ACTIVITIES, activity.organization.path)
    named = {item.id for item in chosen}
    offered = [item for item in _of_the_month(activity) if item.id not in named] if plans else []
    return MaterialsView(
        chosen=[show_item(item, actor) for item in chosen], offered=[show_item(item, actor) for item in offered]
    )


def choose_materials(activity_id: str, body: ChooseMaterials, actor: Actor) -> MaterialsView:
    """Set the material of a meeting anew; whoever chooses from a pack has received it.

    Raises 409 for a meeting that was called off, 422 for what does not reach the branch.
    """
    activity = find_activity_to_run(actor.caller, activity_id, Right.PLAN_ACTIVITIES)
    if activity.cancelled_at is not None:
        raise Conflict("activity_cancelled", "活动已经取消，不用再选学习材料")
    wanted = list(dict.fromkeys(body.items))

    def work() -> None:
        found = {item.public_id: item for item in _reaching(activity).where(PackItem.public_id.in_(wanted))}
        if len(found) != len(wanted):
            raise invalid_field("items", "unknown_item", "有的内容不在发给本支部的学习礼包里，或已撤下")
        PackMaterial.delete().where(PackMaterial.activity == activity).execute()
        for position, public_id in enumerate(wanted, start=1):
            row = {"activity": activity, "item": found[public_id], "position": position}
            PackMaterial.insert(row).on_conflict_ignore().execute()  # two phones at once: the last one wins
        for pack_id in {item.pack_id for item in found.values()}:
            note_receipt(pack_id, activity.organization_id, actor)

    in_unit_of_work(work)
    return show_materials(activity_id, actor)


def _reaching(activity: Activity) -> "pw.ModelSelect[PackItem]":
    """Published items of the layers from the top down to the branch of a meeting."""
    layers = [int(step) for step in activity.organization.path.rstrip(".").split(".")]
    return items_in_order().where(
        PackItem.organization.in_(layers), PackItem.published_at.is_null(False), PackItem.withdrawn_at.is_null()
    )


def _of_the_month(activity: Activity) -> list[PackItem]:
    packs = ContentPack.select(ContentPack.id).where(ContentPack.month == f"{activity.held_on:%Y-%m}")
    return list(_reaching(activity).where(PackItem.pack.in_(packs)))


def _chosen(activity: Activity) -> list[PackItem]:
    rows = (
        items_in_order()
        .switch(PackItem)
        .join(PackMaterial)
        .where(PackMaterial.activity == activity, PackItem.withdrawn_at.is_null())
        .order_by(PackMaterial.position)
    )
    return list(rows)


def studied(pack: ContentPack, organization_ids: list[int], now: datetime) -> list[tuple[int, int, int]]:
    """(organisation, item, meeting) of the material of meetings that were held: begun, and somebody was there."""
    came = CheckIn.select(CheckIn.id).where(CheckIn.activity == Activity.id, CheckIn.in_force == 1)
    rows = (
        PackMaterial.select(Activity.organization, PackMaterial.item, Activity.id)
        .join(Activity)
        .switch(PackMaterial)
        .join(PackItem)
        .where(
            PackItem.pack == pack,
            Activity.organization.in_(organization_ids),
            Activity.cancelled_at.is_null(),
            Activity.starts_at <= now,
            pw.fn.EXISTS(came),
        )
    )
    return [(int(place), int(item), int(meeting)) for place, item, meeting in rows_of(rows)]
