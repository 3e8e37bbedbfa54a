"""What became of a pack, branch by branch: nobody is asked for a figure twice."""

from collections import defaultdict
from datetime import datetime

from backend.core.database import rows_of
from backend.core.pages import Page, cursor_number, page_by_id
from backend.learning.lessons.service import Actor
from backend.learning.packs.materials import studied
from backend.learning.packs.models import ContentPack, PackItem, PackReceipt, PackUse
from backend.learning.packs.schemas import PackReportQuery, PackReportRow
from backend.learning.packs.service import find_pack, layer_of
from backend.people.access import in_subtree, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Right
from backend.people.tree.rules import BRANCHES


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
    return Page(_report_rows(pack, branches, actor.now), cursor)


def _report_rows(pack: ContentPack, branches: list[Organization], now: datetime) -> list[PackReportRow]:
    ids = [branch.id for branch in branches]
    receipts = PackReceipt.select().where(PackReceipt.pack == pack, PackReceipt.organization.in_(ids))
    received = {receipt.organization_id: receipt.at for receipt in receipts}
    items, meetings = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for place, item, meeting in [*_reported(pack, ids), *studied(pack, ids, now)]:
        items[place].add(item)
        if meeting is not None:
            meetings[place].add(meeting)
    return [
        PackReportRow(
            organization=brief(branch),
            received_at=received.get(branch.id),
            items_used=len(items[branch.id]),
            meetings=len(meetings[branch.id]),
        )
        for branch in branches
    ]


def _reported(pack: ContentPack, organization_ids: list[int]) -> list[tuple[int, int, int | None]]:
    """(organisation, item, meeting perhaps) of what branches said that they studied."""
    rows = (
        PackUse.select(PackUse.organization, PackUse.item, PackUse.activity)
        .join(PackItem)
        .where(PackItem.pack == pack, PackUse.organization.in_(organization_ids))
    )
    return list(rows_of(rows))
