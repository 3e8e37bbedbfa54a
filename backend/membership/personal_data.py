"""What the membership room knows of a person."""

from typing import Any

from backend.core.crypto import opened
from backend.membership.away.models import FlowContact, FlowWatch, MemberFlow
from backend.membership.claims.models import MembershipClaim
from backend.membership.corrections.models import CorrectionRequest
from backend.membership.transfers.models import AffiliationTransfer
from backend.people.held import Fate, Held, exporter
from backend.people.models import Organization


def export(account_id: int) -> dict[str, Any]:
    """The account's claims and what became of them."""
    rows = (
        MembershipClaim.select(MembershipClaim, Organization)
        .join(Organization)
        .where(MembershipClaim.account == account_id)
        .order_by(MembershipClaim.id)
    )
    return {"claims": [_claim(row) for row in rows], **_EXPORT_MORE(account_id)}


def _claim(row: MembershipClaim) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "id_tail": opened(row.id_tail),
        "phone": opened(row.phone),
        "branch": row.organization.name,
        "state": row.state,
        "submitted_at": row.submitted_at,
        "decided_at": row.decided_at,
        "note": row.note,
    }


HELD = (
    Held(
        "身份认领申请",
        MembershipClaim.account,
        Fate("党组织须能说明谁按什么核实了身份", {"name": "已注销", "id_tail": "", "phone": ""}),
    ),
    Held(
        "流动登记",
        MemberFlow.member,
        Fate("流动党员的联系和管理由党组织负责（《中国共产党党员教育管理工作条例》第三十二条）"),
        ("home", "host", "state", "reason", "destination", "phone", "leaves_on", "expected_back_on", "created_at"),
    ),
    Held(
        "组织关系转接",
        AffiliationTransfer.member,
        Fate("组织关系转接是党组织的档案（《中国共产党党员教育管理工作条例》第二十五条）"),
        ("sender", "receiver", "state", "reason", "refusal", "asked_at", "decided_at"),
    ),
    Held(
        "支部与我的联系",
        FlowContact.flow,
        Fate("属于党组织的记录"),
        ("made_on", "way", "reached", "note"),
        through=MemberFlow.member,
    ),
    Held(
        "久无音讯时的查找",
        FlowWatch.flow,
        Fate("属于党组织的记录"),
        ("silent_since", "months", "raised_at", "finding", "note", "settled_at"),
        through=MemberFlow.member,
    ),
    Held(
        "名册更正申请",
        CorrectionRequest.asked_by,
        Fate("名册改动须能说明依据", {"value": "", "reason": ""}),
        ("field", "value", "reason", "state", "asked_at", "decided_at", "note"),
    ),
    Held("与流动党员的联系", FlowContact.made_by, Fate("属于党组织的记录"), ("made_on", "way", "reached", "note")),
)
_EXPORT_MORE = exporter(HELD)
