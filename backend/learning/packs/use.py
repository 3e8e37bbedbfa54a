"""What becomes of a pack in the branches: taken notice of, studied, and reported upwards without being asked."""

from backend.branch_life.activities.models import Activity
from backend.core.database import in_unit_of_work
from backend.core.errors import invalid_field
from backend.learning.lessons.service import Actor
from backend.learning.packs.models import ContentPack, PackItem, PackReceipt, PackUse
from backend.learning.packs.reading import seen_by
from backend.learning.packs.schemas import UseItems
from backend.learning.packs.service import find_pack, layer_of
from backend.people.access import require
from backend.people.models import Organization, OrganizationKind
from backend.people.permissions import Right

BRANCHES = (
    OrganizationKind.BRANCH,
    OrganizationKind.JOINT_BRANCH,
    OrganizationKind.TEMPORARY_BRANCH,
    OrganizationKind.FLOATING_BRANCH,
)


def receive_pack(public_id: str, code: str, actor: Actor) -> None:
    """A branch takes notice of a pack; again is quiet."""

    def work() -> None:
        pack = find_pack(public_id)
        organization = layer_of(pack, code)
        require(actor.caller, Right.KEEP_ROLL, organization)
        note_receipt(pack.id, organization.id, actor)

    in_unit_of_work(work)


def note_receipt(pack_id: int, organization_id: int, actor: Actor) -> None:
    """The branch has the pack; again is quiet. In the caller's unit of work."""
    PackReceipt.insert(
        pack=pack_id, organization=organization_id, account=actor.caller.account_id, at=actor.now
    ).on_conflict_ignore().execute()


def use_items(public_id: str, body: UseItems, actor: Actor) -> None:
    """A branch has studied items, perhaps in a meeting of its own; the same item on the same day counts once.

    Whoever studies a pack has received it: no second tap is asked for.
    """

    def work() -> None:
        pack = find_pack(public_id)
        organization = layer_of(pack, body.organization)
        require(actor.caller, Right.KEEP_ROLL, organization)
        if body.used_on > actor.today:
            raise invalid_field("used_on", "not_yet", "学习的日子还没有到")
        activity = _meeting(body, organization)
        items = _seen_items(pack, body, actor)
        note_receipt(pack.id, organization.id, actor)
        for item in items:
            PackUse.insert(
                item=item,
                organization=organization,
                used_on=body.used_on,
                activity=activity,
                account=actor.caller.account_id,
                at=actor.now,
            ).on_conflict_ignore().execute()

    in_unit_of_work(work)


def _meeting(body: UseItems, organization: Organization) -> Activity | None:
    if body.activity is None:
        return None
    activity: Activity | None = Activity.get_or_none(
        Activity.public_id == body.activity, Activity.organization == organization
    )
    if activity is None:
        raise invalid_field("activity", "unknown_activity", "本支部没有这次活动")
    return activity


def _seen_items(pack: ContentPack, body: UseItems, actor: Actor) -> list[PackItem]:
    rows = (
        PackItem.select()
        .join(Organization)
        .where(
            PackItem.pack == pack,
            PackItem.public_id.in_(body.items),
            PackItem.published_at.is_null(False),
            seen_by(actor),
        )
    )
    found = list(rows)
    if len(found) != len(set(body.items)):
        raise invalid_field("items", "unknown_item", "学习礼包里没有其中的内容")
    return found
