"""Giving posts and ending them."""

from datetime import date, datetime, timedelta
from typing import Any

from backend.core import audit
from backend.core.crypto import new_public_id
from backend.core.database import hold_rows, in_unit_of_work, update_exactly_one
from backend.core.errors import AppError, Conflict, Forbidden, invalid_field
from backend.membership.posts.reading import find_post
from backend.membership.posts.rules import FULL_MEMBERS_ONLY, PLACES, SINGLE, may_give
from backend.membership.posts.schemas import Appoint, EndPost
from backend.messaging import outbox
from backend.people.access import find_organization, refuse_closed, require
from backend.people.directory import current_memberships
from backend.people.models import Account, Member, MemberStatus, Organization, OrganizationPost, Role
from backend.people.permissions import Caller, Right
from backend.people.posts import ROLE_LABELS, not_over

OPEN_END = date.max


def appoint(caller: Caller, code: str, body: Appoint, *, today: date, now: datetime) -> str:
    """Give a post; its public id. 403 for whoever may not give this one, 409 when it is held already."""
    organization = find_organization(code)
    require(caller, Right.APPOINT, organization)
    _refuse_role(caller, body.role, organization)
    starts_on = body.starts_on or today
    _refuse_dates(starts_on, body.ends_on, today)
    account_id = _holder_of(organization, body, today)
    if account_id == caller.account_id:
        raise Forbidden("own_post", "不能任命自己，请由其他有权的同志或上级党组织办理")
    public_id = new_public_id()

    def work() -> None:
        refuse_closed(_held(organization))
        _refuse_taken(organization, body, account_id, starts_on)
        post = OrganizationPost.create(
            public_id=public_id,
            organization=organization,
            account=account_id,
            role=body.role,
            starts_on=starts_on,
            ends_on=body.ends_on,
        )
        _record(caller, post, "post.appoint", body.note or f"任命{ROLE_LABELS[body.role]}", now)
        _tell("post.appointed", post, organization, {}, now)

    in_unit_of_work(work)
    return public_id


def _held(organization: Organization) -> Organization:
    """Two appointments to one organisation go one after the other: the second sees what the first wrote."""
    found: Organization = hold_rows(Organization.select().where(Organization.id == organization.id)).get()
    return found


def _refuse_role(caller: Caller, role: Role, organization: Organization) -> None:
    if not may_give(caller, role, organization):
        label = ROLE_LABELS[role]
        raise Forbidden("not_yours_to_appoint", f"{label}须由上级党组织任免，请联系上级办理")
    if organization.kind not in PLACES.get(role, {organization.kind}):
        raise invalid_field("role", "role_not_here", f"这类组织不设{ROLE_LABELS[role]}")


def _refuse_dates(starts_on: date, ends_on: date | None, today: date) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise invalid_field("ends_on", "ends_before_start", "任期的最后一天不能早于第一天")
    if ends_on is not None and ends_on < today:
        raise invalid_field("ends_on", "already_over", "任期已经结束，请填写今天或以后的日期")


def _holder_of(organization: Organization, body: Appoint, today: date) -> int:
    """The account of the person named, who must be a full member where the post asks for one."""
    member: Member | None
    if body.account is not None:
        account: Account | None = Account.get_or_none(Account.public_id == body.account)
        if account is None:
            raise invalid_field("account", "no_such_account", "没有这个账号，请核对后再填")
        account_id = int(account.id)
        member = Member.get_or_none(Member.account == account_id)
    else:
        member = _member_of(organization, body.member or "", today)
        if member.account_id is None:
            raise Conflict("member_without_account", "这名党员还没有登录认领身份，请先请他在小程序里认领")
        account_id = member.account_id
    if body.role in FULL_MEMBERS_ONLY.value and (member is None or member.status != MemberStatus.FULL):
        raise invalid_field("role", "full_members_only", f"{ROLE_LABELS[body.role]}须由正式党员担任")
    return account_id


def _member_of(organization: Organization, public_id: str, today: date) -> Member:
    life = current_memberships(organization.id, today).where(Member.public_id == public_id).first()
    if life is None:
        raise invalid_field("member", "no_such_member", "本组织没有这名党员；外单位的同志请填写其账号")
    member: Member = life.member
    return member


def _refuse_taken(organization: Organization, body: Appoint, account_id: int, starts_on: date) -> None:
    """No post twice at a time by one person, nor a second secretary."""
    same = OrganizationPost.select().where(
        OrganizationPost.organization == organization.id,
        OrganizationPost.role == body.role,
        OrganizationPost.starts_on <= (body.ends_on or OPEN_END),
        not_over(starts_on),
    )
    label = ROLE_LABELS[body.role]
    if same.where(OrganizationPost.account == account_id).exists():
        raise Conflict("post_held", f"这位同志在这段时间已经担任{label}")
    if body.role in SINGLE and same.exists():
        raise Conflict("post_taken", f"这段时间已有{label}在任，请先办理免职或调整起止日期")


def end_post(caller: Caller, public_id: str, body: EndPost, *, today: date, now: datetime) -> None:
    """End a post, at once (its rights are gone with the answer) or on a day to come, which only shortens a term."""
    post = find_post(public_id)
    require(caller, Right.APPOINT, post.organization)
    if post.account_id == caller.account_id:
        raise Forbidden("own_post", "不能免去自己的职务，请由其他有权的同志或上级党组织办理")
    if not may_give(caller, Role(post.role), post.organization):
        raise Forbidden("not_yours_to_appoint", f"{ROLE_LABELS[Role(post.role)]}须由上级党组织任免，请联系上级办理")
    ends_on = _last_day(post, body.last_day, today)

    def work() -> None:
        unchanged = OrganizationPost.ends_on == post.ends_on if post.ends_on else OrganizationPost.ends_on.is_null()
        standing = OrganizationPost.update(ends_on=ends_on).where(OrganizationPost.id == post.id, unchanged)
        update_exactly_one(standing, lost=_already_ended)
        _record(caller, post, "post.end", body.note or f"免去{ROLE_LABELS[Role(post.role)]}", now)
        facts = {"ends_on": ends_on.isoformat(), "at_once": ends_on < today}
        _tell("post.ended", post, post.organization, facts, now)

    in_unit_of_work(work)


def _last_day(post: Any, wanted: date | None, today: date) -> date:
    if post.ends_on is not None and post.ends_on < today:
        raise _already_ended()
    if wanted is None:
        return today - timedelta(days=1)
    if wanted < max(today, post.starts_on):
        raise invalid_field("last_day", "too_early", "最后一天不能早于今天和任期的第一天；要立即免职，请不要填写")
    if post.ends_on is not None and wanted >= post.ends_on:
        raise invalid_field("last_day", "not_earlier", "任期本来就在这天或更早结束；要延长任期，请重新任命")
    return wanted


def _already_ended() -> AppError:
    return Conflict("post_ended", "这项任职已经结束或刚被他人修改，请刷新后再看")


def _record(caller: Caller, post: Any, action: str, purpose: str, now: datetime) -> None:
    subject = audit.Subject(f"post:{post.public_id}", post.organization_id, post.account_id)
    audit.record(action, subject, actor_id=caller.account_id, purpose=purpose, now=now)


def _tell(topic: str, post: Any, organization: Organization, facts: dict[str, Any], now: datetime) -> None:
    known = {
        "role": ROLE_LABELS[Role(post.role)],
        "organization": organization.name,
        "starts_on": post.starts_on.isoformat(),
        "ends_on": post.ends_on and post.ends_on.isoformat(),
    }
    outbox.enqueue(
        topic,
        {**known, **facts},
        key=f"{topic}:{post.public_id}:{facts.get('ends_on', '')}",
        organization_id=organization.id,
        people={"holder": [post.account_id]},
        now=now,
    )
