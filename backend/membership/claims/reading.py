"""Claims as their askers and those who decide see them."""

from collections.abc import Iterable

import peewee as pw

from backend.core.crypto import mask_phone, opened
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.membership.claims.matching import Candidate, candidates_of, same_name
from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.membership.claims.schemas import BranchClaim, ClaimCandidate, ClaimQuery, OwnClaim
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right

STATE_LABELS = {
    ClaimState.SUBMITTED: "已提交，等待支部核实",
    ClaimState.APPROVED: "已通过",
    ClaimState.DENIED: "未通过",
    ClaimState.SUPERSEDED: "已由新的申请代替",
}


def own_claims(caller: Caller, query: PageQuery) -> Page[OwnClaim]:
    """One's own claims, newest first."""
    rows, cursor = _page(MembershipClaim.account == caller.account_id, query)
    return Page([own_claim(row) for row in rows], cursor)


def branch_claims(caller: Caller, code: str, query: ClaimQuery) -> Page[BranchClaim]:
    """The claims on a branch, newest first, with what of each fits the roster."""
    organization = find_organization(code)
    require(caller, Right.DECIDE_CLAIMS, organization)
    condition = MembershipClaim.organization == organization.id
    if query.state is not None:
        condition &= MembershipClaim.state == query.state
    rows, cursor = _page(condition, query)
    members = same_name(rows)
    return Page([_branch_claim(row, members) for row in rows], cursor)


def _page(condition: pw.Expression, query: PageQuery) -> tuple[list[MembershipClaim], str | None]:
    rows = MembershipClaim.select(MembershipClaim, Organization).join(Organization).where(condition)
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(MembershipClaim.id < before)
    return page_by_id(list(rows.order_by(MembershipClaim.id.desc()).limit(query.limit + 1)), query.limit)


def own_claim(claim: MembershipClaim) -> OwnClaim:
    """What the asker sees."""
    return OwnClaim(
        id=claim.public_id,
        name=claim.name,
        branch=brief(claim.organization),
        state=ClaimState(claim.state),
        state_label=STATE_LABELS[ClaimState(claim.state)],
        submitted_at=claim.submitted_at,
        decided_at=claim.decided_at,
        note=claim.note,
    )


def branch_claim(claim: MembershipClaim) -> BranchClaim:
    """What those who decide see."""
    return _branch_claim(claim, same_name([claim]))


def _branch_claim(claim: MembershipClaim, members: Iterable[Member]) -> BranchClaim:
    candidates = candidates_of(claim, members)
    return BranchClaim(
        id=claim.public_id,
        name=claim.name,
        phone=mask_phone(opened(claim.phone) or ""),
        state=ClaimState(claim.state),
        state_label=STATE_LABELS[ClaimState(claim.state)],
        submitted_at=claim.submitted_at,
        decided_at=claim.decided_at,
        note=claim.note,
        matches=sum(candidate.fits for candidate in candidates) == 1,
        candidates=[_candidate(candidate) for candidate in candidates],
    )


def _candidate(candidate: Candidate) -> ClaimCandidate:
    return ClaimCandidate(
        public_id=candidate.member.public_id,
        name=candidate.member.name,
        id_tail_matches=candidate.id_tail,
        phone_matches=candidate.phone,
        claimed=candidate.member.account_id is not None,
    )
