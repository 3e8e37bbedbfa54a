"""Organisations, accounts, members and the posts that they hold."""

from enum import StrEnum

import peewee as pw

from backend.core.crypto import SealedField, new_public_id
from backend.core.database import Record, UtcDateTimeField
from backend.people.identity import identity_index, phone_index, tail_index


class OrganizationKind(StrEnum):
    """Kinds of Party organisation (`domain.md` §5.1)."""

    COMMITTEE = "committee"
    WORKING_COMMITTEE = "working_committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    JOINT_BRANCH = "joint_branch"
    TEMPORARY_BRANCH = "temporary_branch"
    FLOATING_BRANCH = "floating_branch"
    CELL = "cell"
    FUNCTIONAL_BODY = "functional_body"
    DELIBERATIVE_BODY = "deliberative_body"
    SERVICE_BODY = "service_body"


# 功能型、议事型、服务型: they hang on an organisation and are none of the Party tree (no members, no duties)
BODIES = frozenset(
    {OrganizationKind.FUNCTIONAL_BODY, OrganizationKind.DELIBERATIVE_BODY, OrganizationKind.SERVICE_BODY}
)


class Level(StrEnum):
    """Where in the state an organisation stands, from above."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    GRASSROOTS = "grassroots"


class Sector(StrEnum):
    """What its members do (`domain.md` §5.1): 两企三新, organs, institutions, communities, villages, streets."""

    STATE_ENTERPRISE = "state_enterprise"
    PRIVATE_ENTERPRISE = "private_enterprise"
    NEW_ECONOMIC = "new_economic"
    NEW_SOCIAL = "new_social"
    NEW_EMPLOYMENT = "new_employment"
    ORGAN = "organ"
    INSTITUTION = "institution"
    COMMUNITY = "community"
    VILLAGE = "village"
    STREET = "street"


class MemberStatus(StrEnum):
    """Full or probationary: the latter has no vote."""

    FULL = "full"
    PROBATIONARY = "probationary"


class MembershipKind(StrEnum):
    """One affiliation (home), many organisational lives."""

    HOME = "home"
    HOST = "host"
    RESIDENTIAL = "residential"
    ALLIANCE = "alliance"
    CELL = "cell"


class Role(StrEnum):
    """Posts that the permission table knows."""

    SECRETARY = "secretary"
    DEPUTY_SECRETARY = "deputy_secretary"
    ORGANIZATION_MEMBER = "organization_member"
    PUBLICITY_MEMBER = "publicity_member"
    DISCIPLINE_MEMBER = "discipline_member"
    CELL_LEADER = "cell_leader"
    DISPATCHER = "dispatcher"
    CONTACT_PERSON = "contact_person"
    GRID_WORKER = "grid_worker"
    VOLUNTEER = "volunteer"
    VOLUNTEER_LEADER = "volunteer_leader"
    LECTURER = "lecturer"
    COUNTY_OFFICER = "county_officer"
    CITY_OFFICER = "city_officer"
    PROVINCE_OFFICER = "province_officer"
    AUDITOR = "auditor"


class Organization(Record):
    """A node of the tree. `path` lists the ids from the root, each followed by a dot: a subtree is one range.

    `division` is the administrative division code of 6 to 12 digits, `units` how many units a joint branch covers.
    """

    id = pw.BigAutoField()
    code = pw.CharField(40, unique=True)
    name = pw.CharField(80)
    kind = pw.CharField(24)
    parent = pw.ForeignKeyField("self", null=True, on_delete="RESTRICT")
    parent_id: int | None
    path = pw.CharField(190, unique=True)
    level = pw.CharField(12, null=True)
    sector = pw.CharField(24, null=True)
    division = pw.CharField(12, null=True)
    units = pw.SmallIntegerField(null=True)
    contact_name = SealedField(null=True)
    contact_phone = SealedField(null=True)
    closed_on = pw.DateField(null=True)
    created_at = UtcDateTimeField()


class Account(Record):
    """Somebody who logs in: a resident, who may also be a member and hold posts.

    `last_seen_at` is his last log-in, to a day; sessions say it to a minute, as long as they last.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    display_name = pw.CharField(40)
    phone = SealedField(null=True, indexed_by={"phone_index": phone_index})
    phone_index = pw.CharField(32, null=True, index=True)
    organization = pw.ForeignKeyField(Organization, null=True, on_delete="RESTRICT")
    organization_id: int | None
    last_seen_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()


class WeChatIdentity(Record):
    """An openid of an account in one of our apps; `visited_at` is its last log-in there."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    appid = pw.CharField(32)
    openid = pw.CharField(64)
    unionid = pw.CharField(64, null=True, index=True)
    session_key = SealedField(null=True)
    visited_at = UtcDateTimeField()

    class Meta:
        table_name = "wechat_identity"
        indexes = ((("appid", "openid"), True),)


class AccessToken(Record):
    """A bearer token, kept only as its digest. `acting` names the one hat it wears, empty means all of them."""

    id = pw.BigAutoField()
    digest = pw.FixedCharField(64, unique=True)
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    channel = pw.CharField(16)
    device = pw.CharField(80, null=True)
    acting = pw.CharField(60, null=True)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    last_seen_at = UtcDateTimeField(null=True)
    revoked_at = UtcDateTimeField(null=True)


class Member(Record):
    """A Party member on the roster of a home organisation; `account` is empty until the claim is approved.

    The blind indexes find equal identity numbers, their last four characters, and phones, without opening any.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    name = pw.CharField(40)
    status = pw.CharField(16)
    account = pw.ForeignKeyField(Account, null=True, unique=True, on_delete="SET NULL")
    account_id: int | None
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    joined_on = pw.DateField(null=True, index=True)
    identity = SealedField(null=True, indexed_by={"identity_index": identity_index, "identity_tail_index": tail_index})
    identity_index = pw.CharField(32, null=True, unique=True)
    identity_tail_index = pw.CharField(32, null=True)
    phone = SealedField(null=True, indexed_by={"phone_index": phone_index})
    phone_index = pw.CharField(32, null=True, index=True)
    name_pinyin = pw.CharField(160, null=True)
    name_initials = pw.CharField(40, null=True)
    created_at = UtcDateTimeField()

    class Meta:
        # names are looked for branch by branch (see directory.py): 2,000,000 of them are never read at once
        indexes = (
            (("organization", "name"), False),
            (("organization", "name_pinyin"), False),
            (("organization", "name_initials"), False),
        )


class Membership(Record):
    """Where a member takes part in organisational life: home with a vote, host and others without."""

    id = pw.BigAutoField()
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    kind = pw.CharField(16)
    since_on = pw.DateField()
    until_on = pw.DateField(null=True)

    class Meta:
        indexes = ((("organization", "member", "kind", "since_on"), True), (("until_on",), False))


class OrganizationPost(Record):
    """A role that an account holds in an organisation, with its term: `ends_on` is its last day.

    Posts that are over stay. `reminded_months`: how many months before its end the last reminder went out.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True, default=new_public_id)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    role = pw.CharField(24)
    starts_on = pw.DateField()
    ends_on = pw.DateField(null=True)
    reminded_months = pw.SmallIntegerField(null=True)

    class Meta:
        indexes = (
            (("organization", "role", "account", "starts_on"), False),
            (("ends_on", "reminded_months"), False),
        )


TABLES = (
    Organization,
    Account,
    WeChatIdentity,
    AccessToken,
    Member,
    Membership,
    OrganizationPost,
)
