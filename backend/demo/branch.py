"""The demo branch: one county, two branches, ten people, their groups and templates. Loaded once."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.core.settings import Settings
from backend.messaging.models import Channel, GroupChat, MessageTemplate
from backend.messaging.rules import Purpose
from backend.people.access import caller_of
from backend.people.consents.models import Consent, ConsentPurpose
from backend.people.consents.texts import VERSION
from backend.people.models import (
    Account,
    Member,
    Membership,
    MembershipKind,
    MemberStatus,
    Organization,
    OrganizationKind,
    OrganizationPost,
    Role,
    Sector,
    WeChatIdentity,
)
from backend.people.permissions import Caller
from backend.people.roster.pinyin import search_keys
from backend.people.tree.planting import plant

SINCE = date(2026, 1, 1)

# code, name, kind, code of the parent, sector
TREE = (
    ("CJ", "川江省委", OrganizationKind.COMMITTEE, None, Sector.ORGAN),
    ("CJ-JZ", "江州市委", OrganizationKind.COMMITTEE, "CJ", Sector.ORGAN),
    ("DH", "大河县委", OrganizationKind.COMMITTEE, "CJ-JZ", Sector.ORGAN),
    ("DH-01", "大河街道党工委", OrganizationKind.WORKING_COMMITTEE, "DH", Sector.STREET),
    ("DH-01-01", "大河社区第一党支部", OrganizationKind.BRANCH, "DH-01", Sector.COMMUNITY),
    ("NS-01", "南山驻深流动党员党支部", OrganizationKind.FLOATING_BRANCH, "DH", Sector.NEW_EMPLOYMENT),
)


@dataclass(frozen=True)
class Part:
    """Somebody in the demo: the emulator knows the same user by the same name."""

    user: str
    name: str
    home: str
    status: MemberStatus | None = None
    roles: tuple[Role, ...] = ()


PARTS = (
    Part("resident-li", "李桂芳", "DH-01-01"),
    Part("resident-wang", "王建国", "DH-01-01"),
    Part("member-zhao", "赵志强", "DH-01-01", MemberStatus.FULL, (Role.VOLUNTEER,)),
    Part("member-qian", "钱晓梅", "DH-01-01", MemberStatus.FULL),
    Part("member-feng", "冯磊", "DH-01-01", MemberStatus.FULL),
    Part("member-chen", "陈思雨", "DH-01-01", MemberStatus.PROBATIONARY),
    Part("secretary-sun", "孙立新", "DH-01-01", MemberStatus.FULL, (Role.SECRETARY,)),
    Part("host-secretary-zhou", "周敏", "NS-01", MemberStatus.FULL, (Role.SECRETARY,)),
    Part("county-wu", "吴远", "DH", MemberStatus.FULL, (Role.COUNTY_OFFICER,)),
    Part("county-he", "何静", "DH", MemberStatus.FULL, (Role.LECTURER,)),
)

# organisation, name, channel, key of the robot in the emulator
GROUPS = (
    ("DH-01-01", "大河社区第一党支部工作群", Channel.WECOM_ROBOT, "7d1f0a3e-5b64-4c1e-9a52-0c6f1e2d3a41"),
    ("NS-01", "南山驻深流动党员党支部群", Channel.WECOM_ROBOT, "8e2a1b4f-6c75-4d2f-8b63-1d7a2f3e4b52"),
    ("NS-01", "驻深老乡党员微信群", Channel.MANUAL_FORWARD, None),
)

# purpose, id at the platform, title, platform field → our value
TEMPLATES = (
    (
        Purpose.ORDER_RECEIVED,
        "tmpl-order-received-0000000000000000000000001",
        "新诉求待受理提醒",
        {"thing1": "title", "thing2": "place", "time3": "at", "phrase4": "state"},
    ),
    (
        Purpose.ORDER_TASK,
        "tmpl-order-task-000000000000000000000000000001",
        "任务派单通知",
        {"character_string1": "number", "thing2": "title", "thing3": "place", "time4": "due"},
    ),
    (
        Purpose.ORDER_PROGRESS,
        "tmpl-order-progress-0000000000000000000000001",
        "诉求办理进度通知",
        {
            "character_string1": "number",
            "thing2": "title",
            "phrase3": "state",
            "thing4": "remark",
            "time5": "at",
        },
    ),
    (
        Purpose.ACTIVITY_NOTICE,
        "tmpl-activity-notice-000000000000000000000001",
        "活动提醒",
        {"thing1": "title", "time2": "starts_at", "thing3": "place"},
    ),
    (
        Purpose.LESSON_PUBLISHED,
        "tmpl-lesson-published-00000000000000000000001",
        "党课更新提醒",
        {"thing1": "title", "thing2": "lecturer", "time3": "at"},
    ),
)


def load_branch(settings: Settings, *, now: datetime) -> bool:
    """Load organisations, people, groups and templates; False when they are there already."""
    if Organization.select().where(Organization.code == TREE[0][0]).exists():
        return False
    in_unit_of_work(lambda: _load(settings, now))
    return True


def _load(settings: Settings, now: datetime) -> None:
    organizations = _plant_tree(now)
    for part in PARTS:
        _enter(part, organizations, settings, now)
    for code, name, channel, key in GROUPS:
        GroupChat.create(
            public_id=new_public_id(),
            organization=organizations[code],
            name=name,
            channel=channel,
            robot_key=key,
            created_at=now,
        )
    for purpose, template_id, title, fields in TEMPLATES:
        MessageTemplate.create(purpose=purpose, template_id=template_id, title=title, fields=fields)


def _plant_tree(now: datetime) -> dict[str, Organization]:
    planted: dict[str, Organization] = {}
    for code, name, kind, parent, sector in TREE:
        above = planted.get(parent or "")
        planted[code] = plant(above, code=code, name=name, kind=kind, sector=sector, now=now)
    return planted


def _enter(part: Part, organizations: dict[str, Organization], settings: Settings, now: datetime) -> None:
    home = organizations[part.home]
    account = Account.create(public_id=new_public_id(), display_name=part.name, organization=home, created_at=now)
    for appid in (settings.miniprogram.appid, settings.official.appid):
        WeChatIdentity.create(account=account, appid=appid, openid=openid_in_emulator(appid, part.user), visited_at=now)
    for purpose in ConsentPurpose:
        Consent.create(account=account, purpose=purpose, version=VERSION, given=True, at=now)
    if part.status:
        _join(part, account, organizations, now)
    for role in part.roles:
        OrganizationPost.create(organization=home, account=account, role=role, starts_on=SINCE)


def _join(part: Part, account: Account, organizations: dict[str, Organization], now: datetime) -> None:
    home = organizations[part.home]
    pinyin, initials = search_keys(part.name)
    member = Member.create(
        public_id=new_public_id(),
        name=part.name,
        name_pinyin=pinyin,
        name_initials=initials,
        status=part.status,
        account=account,
        organization=home,
        created_at=now,
    )
    Membership.create(member=member, organization=home, kind=MembershipKind.HOME, since_on=SINCE)


def openid_in_emulator(appid: str, user: str) -> str:
    """The openid that the emulator gives a user: `o` and 27 characters of a digest."""
    return "o" + base64.urlsafe_b64encode(hashlib.sha256(f"openid/{appid}/{user}".encode()).digest()).decode()[:27]


def acting(user: str, settings: Settings, *, now: datetime) -> Caller:
    """Somebody of the demo, as he is when he has logged in."""
    openid = openid_in_emulator(settings.miniprogram.appid, user)
    identity = WeChatIdentity.get(WeChatIdentity.openid == openid)
    return caller_of(identity.account_id, timezone=settings.timezone, now=now)
