"""What of a claim fits the roster: read only by those who decide."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.core.crypto import opened
from backend.membership.claims.models import MembershipClaim
from backend.people.identity import TAIL, phone_indexes, tail_indexes
from backend.people.models import Member


@dataclass(frozen=True)
class Candidate:
    """A member of the claimed branch and name; None where the roster does not know."""

    member: Member
    id_tail: bool | None
    phone: bool | None

    @property
    def fits(self) -> bool:
        """Whether nothing known speaks against it and the identity number speaks for it."""
        return self.id_tail is True and self.phone is not False and self.member.account_id is None


def same_name(claims: Iterable[MembershipClaim]) -> list[Member]:
    """The members that any of these claims may mean, in one statement."""
    claims = list(claims)
    if not claims:
        return []
    return list(
        Member.select()
        .where(
            Member.organization.in_({claim.organization_id for claim in claims}),
            Member.name.in_({claim.name for claim in claims}),
        )
        .order_by(Member.id)
    )


def candidates_of(claim: MembershipClaim, members: Iterable[Member]) -> list[Candidate]:
    """Those of `members` whom this claim may mean, each with what fits."""
    tail, phone = opened(claim.id_tail) or "", opened(claim.phone) or ""
    return [
        Candidate(member, _tail_fits(member, tail), _phone_fits(member, phone))
        for member in members
        if member.name == claim.name and member.organization_id == claim.organization_id
    ]


def _tail_fits(member: Member, tail: str) -> bool | None:
    if member.identity_tail_index is None:
        return None
    if member.identity_tail_index not in tail_indexes(tail):
        return False
    return len(tail) == TAIL or (opened(member.identity) or "").endswith(tail)


def _phone_fits(member: Member, phone: str) -> bool | None:
    return None if member.phone_index is None else member.phone_index in phone_indexes(phone)
