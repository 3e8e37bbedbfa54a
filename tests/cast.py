"""The cast: who plays in the tests, already in the database."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from backend.core.crypto import digest, new_public_id
from backend.people.consents.models import Consent, ConsentPurpose
from backend.people.models import (
    AccessToken,
    Account,
    Member,
    Membership,
    MembershipKind,
    MemberStatus,
    Organization,
    OrganizationKind,
    OrganizationPost,
    Role,
    WeChatIdentity,
)
from backend.people.tree.planting import plant
from tests.staging import Staged

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2036, 1, 1, tzinfo=UTC)
THIS_MORNING = datetime(2026, 11, 23, 1, tzinfo=UTC)
SINCE = date(2026, 1, 1)
APPID = "wx0d0e0a0b00000001"


@dataclass
class Person:
    """Somebody with an account, a token and perhaps a membership."""

    name: str
    account: Account
    token: str
    member: Member | None = None


@dataclass
class World:
    """The organisations and people of a test, by the part that they play."""

    people: dict[str, Person] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)

    def __getattr__(self, part: str) -> Any:
        if part.startswith("__"):  # asked while a copy is being made, before there are people
            raise AttributeError(part)
        found = self.people.get(part) or self.organizations.get(part)
        if found is None:
            raise AttributeError(part)
        return found


def set_the_stage() -> World:
    """Two branches of one county, with everybody who takes part in the three flows."""
    world = World()
    _found(world, "county", "DH", "大河县委", OrganizationKind.COMMITTEE, None)
    _found(world, "street", "DH-01", "大河街道党工委", OrganizationKind.WORKING_COMMITTEE, "county")
    _found(world, "branch", "DH-01-01", "大河社区第一党支部", OrganizationKind.BRANCH, "street")
    _found(world, "host_branch", "NS-01", "南山驻深流动党员党支部", OrganizationKind.FLOATING_BRANCH, "county")
    _enter(world, "resident", "李桂芳", lives_in="branch")
    _enter(world, "neighbour", "王建国", lives_in="branch")
    _enter(world, "stranger", "陌生人")
    _enter(world, "volunteer", "赵志强", member_of="branch", role=Role.VOLUNTEER)
    _enter(world, "member", "钱晓梅", member_of="branch")
    _enter(world, "second_member", "冯磊", member_of="branch")
    _enter(world, "secretary", "孙立新", member_of="branch", role=Role.SECRETARY)
    _enter(world, "host_secretary", "周敏", member_of="host_branch", role=Role.SECRETARY)
    _enter(world, "county_officer", "吴远", member_of="county", role=Role.COUNTY_OFFICER)
    return world


STAGE = Staged(set_the_stage)


def _found(world: World, part: str, code: str, name: str, kind: OrganizationKind, parent: str | None) -> None:
    above = world.organizations.get(parent or "")
    world.organizations[part] = plant(above, code=code, name=name, kind=kind, now=LONG_AGO)


def _enter(
    world: World,
    part: str,
    name: str,
    *,
    member_of: str | None = None,
    lives_in: str | None = None,
    role: Role | None = None,
) -> None:
    home = world.organizations.get(member_of or lives_in or "")
    account = Account.create(public_id=new_public_id(), display_name=name, organization=home, created_at=LONG_AGO)
    WeChatIdentity.create(account=account, appid=APPID, openid=f"o-{part}", visited_at=LONG_AGO)
    Consent.insert_many(
        {"account": account, "purpose": purpose, "version": "1", "given": True, "at": LONG_AGO}
        for purpose in ConsentPurpose
    ).execute()
    token = f"token-of-{part}"
    AccessToken.create(
        digest=digest(token),
        account=account,
        channel="miniprogram",
        created_at=LONG_AGO,
        expires_at=LATER,
        last_seen_at=THIS_MORNING,
    )
    member = _join(name, account, home) if member_of and home else None
    if role:
        OrganizationPost.create(organization=home, account=account, role=role, starts_on=SINCE)
    world.people[part] = Person(name, account, token, member)


def _join(name: str, account: Account, home: Organization) -> Member:
    member: Member = Member.create(
        public_id=new_public_id(),
        name=name,
        status=MemberStatus.FULL,
        account=account,
        organization=home,
        created_at=LONG_AGO,
    )
    Membership.create(member=member, organization=home, kind=MembershipKind.HOME, since_on=SINCE)
    return member
