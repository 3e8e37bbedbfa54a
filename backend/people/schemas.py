"""What the people room takes and gives over HTTP."""

from datetime import date
from typing import Literal

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line
from backend.people.models import Level, MembershipKind, MemberStatus, OrganizationKind, Role, Sector


class WeChatLogin(Body):
    """The code that wx.login or the OAuth page gave."""

    code: str = Field(min_length=1, max_length=128)
    channel: Literal["miniprogram", "official"] = "miniprogram"


class PhoneCode(Body):
    """The code that the phone number button gave."""

    code: str = Field(min_length=1, max_length=128)


class OrganizationBrief(Shape):
    """An organisation in passing."""

    code: str
    name: str


class PostShape(Shape):
    """A role in force, where it is held and how long."""

    role: Role
    role_label: str
    organization: OrganizationBrief
    ends_on: date | None = Field(description="the last day of the term; null where it is open")


class HatShape(Shape):
    """What an account can act as: `resident`, `member`, or one of its posts."""

    name: str = Field(description="what `POST /auth/acting` takes")
    role: Role | None
    organization: OrganizationBrief | None


class OwnMember(Shape):
    """The member that an account belongs to."""

    public_id: str
    branch: OrganizationBrief
    status: MemberStatus


class AccountShape(Shape):
    """An account as its owner sees it."""

    id: str
    display_name: str
    phone: str | None = Field(description="masked")
    organization: OrganizationBrief | None
    roles: list[PostShape] = Field(description="those in use: a token that acts as one hat has no other")
    member: OwnMember | None
    acting: str = Field("all", description="the hat that this token wears, or all")
    hats: list[HatShape] = Field(description="what it could act as")


class Session(Shape):
    """A fresh log-in."""

    token: str
    expires_at: Instant
    account: AccountShape


class ContactBrief(Shape):
    """Whom to call, masked."""

    name: str
    phone: str


class OrganizationShape(Shape):
    """An organisation and its place in the tree."""

    code: str
    name: str
    kind: OrganizationKind
    parent: OrganizationBrief | None
    level: Level | None
    sector: Sector | None
    division: str | None = Field(description="administrative division, 6 to 12 digits")
    units: int | None = Field(description="units that a joint branch covers")
    closed_on: date | None
    contact: ContactBrief | None = Field(description="masked; for those who see or belong to it")


class OrganizationQuery(PageQuery):
    """Which organisations to list."""

    q: str | None = Field(None, max_length=40, description="part of the name")
    under: str | None = Field(None, max_length=40, description="code of an organisation: it and all below it")
    closed: bool = Field(False, description="whether closed ones are listed, too")


class MemberQuery(PageQuery):
    """Which members to list."""

    q: Line | None = Field(
        None,
        min_length=1,
        max_length=40,
        description="part of the name, its pinyin or initials; with `below`, how one of them begins",
    )
    below: bool = Field(False, description="home members of the organisation and of all below it; pages may be short")


class MemberBrief(Shape):
    """A member on the roster as the branch's committee sees it."""

    public_id: str
    name: str
    status: MemberStatus
    kind: MembershipKind
    claimed: bool = Field(description="whether an account is bound to this member")
    organization: OrganizationBrief = Field(description="where he takes part: home, or host")


class MemberCount(Shape):
    """How many members have their home here, and here or anywhere below as counted within the last hour."""

    own: int
    below: int
