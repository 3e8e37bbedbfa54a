"""Submitting claims and deciding them.

Submitting never looks at the roster: a claim that fits and one that does not take the same steps and the same time.
"""

from datetime import date, datetime

import peewee as pw

from backend.core.crypto import mask_name, new_public_id, opened
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound, TooMany, invalid_field
from backend.membership.claims.matching import candidates_of, same_name
from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.membership.claims.rules import CLAIMS_PER_DAY
from backend.membership.claims.schemas import DecideClaim, SubmitClaim
from backend.messaging import outbox
from backend.people.access import find_organization, refuse_closed, require
from backend.people.consents.models import ConsentPurpose
from backend.people.consents.service import settle_consent
from backend.people.login import NEW_ACCOUNT_NAME
from backend.people.models import Account, Member, Organization
from backend.people.permissions import Caller, Right

SECONDS_OF_A_DAY = 86_400


def submit_claim(caller: Caller, body: SubmitClaim, *, today: date, now: datetime) -> MembershipClaim:
    """Hand in a claim; an older one that still waits gives way. 409 for members, 429 after five on a local day."""
    if caller.member_id is not None:
        raise Conflict("already_member", "您已经认领了党员身份")
    phone = opened(Account.get_by_id(caller.account_id).phone)
    if phone is None:
        raise Conflict("phone_needed", "请先授权手机号，再认领党员身份")
    organization = find_organization(body.branch)
    refuse_closed(organization)

    def work() -> MembershipClaim:
        settle_consent(caller.account_id, ConsentPurpose.MEMBERSHIP, said=body.consent, now=now)
        nth = _claims_of_day(caller.account_id, today) + 1
        if nth > CLAIMS_PER_DAY.value:
            raise TooMany("too_many_claims", "今天提交的次数已满，请明天再试", retry_after=SECONDS_OF_A_DAY)
        MembershipClaim.update(state=ClaimState.SUPERSEDED).where(
            MembershipClaim.account == caller.account_id, MembershipClaim.state == ClaimState.SUBMITTED
        ).execute()
        claim: MembershipClaim = MembershipClaim.create(
            public_id=new_public_id(),
            account=caller.account_id,
            organization=organization,
            name=body.name,
            id_tail=body.id_tail.upper(),
            phone=phone,
            state=ClaimState.SUBMITTED,
            claimed_on=today,
            nth=nth,
            submitted_at=now,
        )
        _tell("claim.submitted", claim, [], now)
        return claim

    try:
        return in_unit_of_work(work)
    except pw.IntegrityError:  # another claim of this account took the same number
        raise Conflict("claim_under_way", "您的另一份申请正在提交，请稍后再看") from None


def _claims_of_day(account_id: int, today: date) -> int:
    rows = MembershipClaim.select().where(MembershipClaim.account == account_id, MembershipClaim.claimed_on == today)
    return int(rows.count())


def approve_claim(caller: Caller, public_id: str, body: DecideClaim, *, now: datetime) -> MembershipClaim:
    """Bind the account to the member: the one chosen, else the only one of that name. 409 when either is taken."""
    claim = _find_to_decide(caller, public_id)
    member = _chosen(claim, body.member)

    def work() -> None:
        _decide(claim, ClaimState.APPROVED, caller, body.note, now)
        free = Member.update(account=claim.account_id).where(Member.id == member.id, Member.account.is_null())
        update_exactly_one(free, lost=_member_bound)
        MembershipClaim.update(member=member).where(MembershipClaim.id == claim.id).execute()
        _settle(claim.account_id, member)
        _tell("claim.approved", claim, [claim.account_id], now)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:  # an account is one member at most
        raise Conflict("account_bound", "这个账号已经绑定了另一名党员") from None
    return find_claim(public_id)


def _member_bound() -> Conflict:
    return Conflict("member_bound", "这名党员已被另一个账号认领，请核实")


def _chosen(claim: MembershipClaim, wanted: str | None) -> Member:
    if wanted is not None:
        member: Member | None = Member.get_or_none(
            Member.public_id == wanted, Member.organization == claim.organization_id
        )
        if member is None:
            raise invalid_field("member", "no_such_member", "本组织名册里没有这名党员")
        return member
    found = candidates_of(claim, same_name([claim]))
    fitting = [candidate for candidate in found if candidate.fits] or found
    if len(fitting) != 1:
        raise Conflict("choose_member", "名册里没有或不止一位同名党员，请指明是哪一位")
    return fitting[0].member


def _settle(account_id: int, member: Member) -> None:
    """The account is at home in the branch and bears the member's name, unless it has its own already."""
    account = Account.get_by_id(account_id)
    if account.display_name == NEW_ACCOUNT_NAME:
        account.display_name = member.name
    if account.organization_id is None:
        account.organization_id = member.organization_id
    account.save(only=[Account.display_name, Account.organization])


def deny_claim(caller: Caller, public_id: str, body: DecideClaim, *, now: datetime) -> MembershipClaim:
    """Turn a claim down; the asker reads the note."""
    claim = _find_to_decide(caller, public_id)

    def work() -> None:
        _decide(claim, ClaimState.DENIED, caller, body.note, now)
        _tell("claim.denied", claim, [claim.account_id], now)

    in_unit_of_work(work)
    return find_claim(public_id)


def _decide(claim: MembershipClaim, state: ClaimState, caller: Caller, note: str | None, now: datetime) -> None:
    waiting = MembershipClaim.update(state=state, decided_by=caller.account_id, decided_at=now, note=note).where(
        MembershipClaim.id == claim.id, MembershipClaim.state == ClaimState.SUBMITTED
    )
    update_exactly_one(waiting, lost=lambda: Conflict("claim_already_decided", "这份申请已经有了结果"))


def _find_to_decide(caller: Caller, public_id: str) -> MembershipClaim:
    claim = find_claim(public_id)
    require(caller, Right.DECIDE_CLAIMS, claim.organization)
    if claim.account_id == caller.account_id:
        raise Forbidden("own_claim", "不能审批自己的认领申请")
    return claim


def find_claim(public_id: str) -> MembershipClaim:
    """The claim with its organisation; raises NotFound."""
    claim: MembershipClaim | None = (
        MembershipClaim.select(MembershipClaim, Organization)
        .join(Organization)
        .where(MembershipClaim.public_id == public_id)
        .first()
    )
    if claim is None:
        raise NotFound()
    return claim


def _tell(topic: str, claim: MembershipClaim, askers: list[int], now: datetime) -> None:
    organization = claim.organization
    facts = {"id": claim.public_id, "name": mask_name(claim.name)}
    outbox.enqueue(
        topic,
        {**facts, "organization": organization.name, "code": organization.code},
        key=f"{topic}:{claim.public_id}",
        organization_id=organization.id,
        people={"asker": askers},
        now=now,
    )
