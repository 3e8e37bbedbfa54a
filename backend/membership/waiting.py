"""What of a branch's members waits for its word: queries to be counted."""

from collections.abc import Mapping, Sequence
from typing import Any

import peewee as pw

from backend.membership.away.models import FlowWatch, MemberFlow
from backend.membership.away.workflow import FlowState
from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.membership.corrections.models import CorrectionRequest, CorrectionState
from backend.membership.transfers.models import AffiliationTransfer, TransferState

# where the next word is the branch's: of its own members, and of those who come to it
OUR_TURN: dict[str, tuple[pw.Field, FlowState]] = {
    "拟外出，等支部登记": (MemberFlow.home, FlowState.PLANNED),
    "已在外报到，等支部确认": (MemberFlow.home, FlowState.ARRIVED),
    "拟返回，等支部评价": (MemberFlow.home, FlowState.RETURNING),
    "来报到，等支部接收": (MemberFlow.host, FlowState.REPORTED_IN),
}
Waiting = Mapping[str, "pw.ModelSelect[Any]"]


def claims_of(organization_ids: Sequence[int]) -> "pw.ModelSelect[Any]":
    """Claims of membership that nobody has decided on."""
    return MembershipClaim.select(MembershipClaim.id).where(
        MembershipClaim.organization.in_(organization_ids), MembershipClaim.state == ClaimState.SUBMITTED
    )


def pleas_of(organization_ids: Sequence[int]) -> Waiting:
    """What others ask: members who are to be taken over, corrections of the roster, members to look for."""
    return {
        "组织关系转入": AffiliationTransfer.select(AffiliationTransfer.id).where(
            AffiliationTransfer.receiver.in_(organization_ids), AffiliationTransfer.state == TransferState.ASKED
        ),
        "名册更正": CorrectionRequest.select(CorrectionRequest.id).where(
            CorrectionRequest.organization.in_(organization_ids), CorrectionRequest.state == CorrectionState.ASKED
        ),
        "失联查找": FlowWatch.select(FlowWatch.id)
        .join(MemberFlow)
        .where(MemberFlow.home.in_(organization_ids), FlowWatch.settled_at.is_null()),
    }


def stays_of(organization_ids: Sequence[int]) -> Waiting:
    """Stays away from home whose next step is the branch's."""
    return {
        label: MemberFlow.select(MemberFlow.id).where(side.in_(organization_ids), MemberFlow.state == state)
        for label, (side, state) in OUR_TURN.items()
    }
