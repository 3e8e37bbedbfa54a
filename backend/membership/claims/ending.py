"""What follows when the consent to handle one's membership is withdrawn: the account is no longer the member's."""

from datetime import datetime

from backend.core import audit
from backend.core.crypto import mask_name
from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.messaging import outbox
from backend.people.models import Member, Organization
from backend.people.personal_data import hinders_erasure


def end_claim(account_id: int, *, now: datetime) -> None:
    """Unbind the account; the roster stays, on the ground of the organisation's duty. 409 while a post is held."""
    hindrance = hinders_erasure(account_id, now=now)
    if hindrance is not None:
        raise hindrance
    waiting = (MembershipClaim.account == account_id) & (MembershipClaim.state == ClaimState.SUBMITTED)
    MembershipClaim.update(state=ClaimState.SUPERSEDED).where(waiting).execute()
    member = Member.select(Member, Organization).join(Organization).where(Member.account == account_id).first()
    if member is None:
        return
    Member.update(account=None).where(Member.id == member.id).execute()
    subject = audit.Subject(f"member:{member.public_id}", member.organization_id, account_id)
    purpose = "本人收回“处理党员身份信息”的同意"
    audit.record("member.unbound", subject, actor_id=account_id, purpose=purpose, now=now)
    outbox.enqueue(
        "claim.ended",
        {"name": mask_name(member.name), "organization": member.organization.name, "code": member.organization.code},
        key=f"claim.ended:{member.public_id}:{now:%Y%m%dT%H%M%S%f}",
        organization_id=member.organization_id,
        people={"asker": [account_id]},
        now=now,
    )
