"""What becomes of a pack in the branches: taken notice of, studied, and reported upwards without being asked."""

from collections import defaultdict

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.core.database import in_unit_of_work
from backend.core.errors import invalid_field
from backend.core.pages import Page, cursor_number, page_by_id
from backend.learning.lessons.service import Actor
from backend.learning.packs.models import ContentPack, PackItem, PackReceipt, PackUse
from backend.learning.packs.reading import seen_by
from backend.learning.packs.schemas import PackReportQuery, PackReportRow, UseItems
from backend.learning.packs.service import find_pack, layer_of
from backend.people.access import in_subtree, require
from backend.people.directory import brief
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
        _note_receipt(pack, organization, actor)

    in_unit_of_work(work)


def _note_receipt(pack: ContentPack, organization: Organization, actor: Actor) -> None:
    PackReceipt.insert(
        pack=pack, organization=organization, account=actor.caller.account_id, at=actor.now
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
        _note_receipt(pack, organization, actor)
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


def report(public_id: str, query: PackReportQuery, actor: Actor) -> Page[PackReportRow]:
    """Branch by branch: received, used, in how many meetings. For those who see the numbers there."""
    pack = find_pack(public_id)
    organization = layer_of(pack, query.organization)
    require(actor.caller, Right.SEE_NUMBERS, organization)
    rows = (
        Organization.select()
        .where(in_subtree(Organization.path, organization.path), Organization.kind.in_(BRANCHES))
        .order_by(Organization.id)
        .limit(query.limit + 1)
    )
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(Organization.id > after)
    branches, cursor = page_by_id(list(rows), query.limit)
    return Page(_report_rows(pack, branches), cursor)


def _report_rows(pack: ContentPack, branches: list[Organization]) -> list[PackReportRow]:
    ids = [branch.id for branch in branches]
    receipts = PackReceipt.select().where(PackReceipt.pack == pack, PackReceipt.organization.in_(ids))
    received = {receipt.organization_id: receipt.at for receipt in receipts}
    used = _uses(pack, ids)
    return [
        PackReportRow(
            organization=brief(branch),
            received_at=received.get(branch.id),
            items_used=len({use.item_id for use in used[branch.id]}),
            meetings=len({use.activity_id for use in used[branch.id] if use.activity_id is not None}),
        )
        for branch in branches
    ]


def _uses(pack: ContentPack, organization_ids: list[int]) -> defaultdict[int, list[PackUse]]:
    rows: pw.ModelSelect[PackUse] = (
        PackUse.select(PackUse).join(PackItem).where(PackItem.pack == pack, PackUse.organization.in_(organization_ids))
    )
    used: defaultdict[int, list[PackUse]] = defaultdict(list)
    for use in rows:
        used[use.organization_id].append(use)
    return used
