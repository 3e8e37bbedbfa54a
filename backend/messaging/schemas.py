"""What the messaging room takes and gives over HTTP."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AliasChoices, AwareDatetime, BeforeValidator, Field, StringConstraints, model_validator

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.messaging.models import CustomerPostState
from backend.messaging.rules import Purpose
from backend.people.schemas import OrganizationBrief

# the quiet hours can be made longer, the night cannot be worked through; the digest comes while people are awake
Evening = Annotated[str, StringConstraints(pattern=r"^(19|2[0-2]):[0-5][0-9]$")]
Morning = Annotated[str, StringConstraints(pattern=r"^0[6-8]:[0-5][0-9]$")]
Daytime = Annotated[str, StringConstraints(pattern=r"^(09|1[0-8]):[0-5][0-9]$")]


class InboxItem(Shape):
    """One message in the inbox."""

    id: str
    title: str
    body: str
    page: str | None
    created_at: Instant
    read_at: Instant | None


class Unread(Shape):
    """How many of one's newest hundred messages are unread, and the newest of all: up to it all can be read."""

    count: int
    newest: str | None


class ReadUpTo(Body):
    """The newest message that its reader has seen in the list."""

    newest: str = Field(max_length=20)


class InboxQuery(PageQuery):
    """Which messages to list."""

    unread: bool = False


class PromptAnswer(Body):
    """What the client showed and what the person answered: a record only, grants come from the platform."""

    template: str = Field(max_length=64)
    result: str = Field(pattern="^(accept|reject|ban|filter)$")


class ShownPrompts(Body):
    """One subscription prompt, which asks about up to five templates."""

    prompts: list[PromptAnswer] = Field(min_length=1, max_length=5)


class GrantShape(Shape):
    """How many messages of one kind may still be sent."""

    purpose: str
    template: str
    title: str
    credits: int
    long_term: bool


class GrantsLeft(Shape):
    """What is left of one kind among many people; `readers` is empty where fewer than three have any."""

    title: str
    long_term: bool
    credits: int
    readers: int | None


class Preference(Body):
    """One kind of service notification, wanted or not."""

    purpose: Purpose
    notify: bool


class Preferences(Body):
    """Which kinds to turn on or off; the inbox has everything in any case."""

    kinds: list[Preference] = Field(min_length=1, max_length=len(Purpose))


class PreferenceShape(Shape):
    """One kind of service notification and whether its owner wants it."""

    purpose: Purpose
    title: str
    notify: bool


class LimitShape(Shape):
    """A figure that says how much may be sent and when, with its source."""

    code: str
    label: str
    value: str
    unit: str
    source: str


class LimitHere(LimitShape):
    """A figure as it holds in an organisation: `own` is what it set itself, `set_above` the nearest that set one."""

    own: str | None
    set_above: OrganizationBrief | None


class ChangeLimits(Body):
    """Figures for an organisation and all below it; null takes one back, what is left out stays."""

    quiet_from: Evening | None = None
    quiet_until: Morning | None = None
    daily_cap: int | None = Field(None, ge=1, le=20)
    digest_at: Daytime | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("请至少填写一项")
        return self


class BurdenQuery(Body):
    """Over which local days, both included; without days, the last four weeks."""

    first: date | None = Field(None, alias="from", validation_alias=AliasChoices("from"))
    last: date | None = Field(None, alias="to", validation_alias=AliasChoices("to"))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise ValueError("起始日期不能晚于截止日期")
        return self


class BurdenShape(Shape):
    """What the system asked of the members of an organisation and all below it; no person can be told from it."""

    organization: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    members: int
    messages: int
    notifications: int
    capped: int
    prompts: int
    taps: int = Field(description="what people did by hand, as `taps_rule` says")
    taps_rule: str
    messages_per_member_week: float
    notifications_per_member_week: float
    prompts_per_member_week: float
    taps_per_member_week: float
    capped_share: float
    limits: list[LimitShape]
    as_of: Instant


class ForwardShape(Shape):
    """A post made ready for an ordinary WeChat group."""

    id: str
    group: str
    text: str
    page: str | None
    reason: str | None = Field(description="why the owner of a customer group does not send it")
    created_at: Instant
    done_at: Instant | None


class ForwardKit(ForwardShape):
    """All that is needed to forward a post: its text, its picture if it has one, and a code of its page."""

    picture_url: str | None
    link: str | None
    code_image: str | None = Field(description="PNG of a code that opens the page, as a data address")


class ForwardQuery(PageQuery):
    """Which posts to list."""

    done: bool = False


class GroupKind(StrEnum):
    """A WeCom group with a robot, an ordinary WeChat group, a WeCom customer group whose owner confirms each post."""

    ROBOT = "robot"
    WECHAT = "wechat"
    CUSTOMER = "customer"


KEY = re.compile(r"(?:https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=)?([0-9a-fA-F-]{36})")


def _key_of(value: object) -> object:
    """The key alone, of an address as it is copied from WeCom."""
    found = KEY.fullmatch(value.strip()) if isinstance(value, str) else None
    if value is not None and found is None:
        raise ValueError("请粘贴企业微信群机器人的完整地址")
    return found[1] if found else None


RobotKey = Annotated[str, BeforeValidator(_key_of), Field(max_length=200)]


def _plain_id(value: object) -> object:
    """An id as it is copied, blanks around it and all; an empty box is none."""
    return (value.strip() or None) if isinstance(value, str) else value


PlatformChatId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{8,64}$")]
PlatformUserId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_.@-]{1,64}$")]


class AddGroupChat(Body):
    """A group; `robot_key` is the key, or the whole address, of a robot's group and of no other.

    `chat_id` and `owner` are the ids of a customer group and of its owner in WeCom; without them a person forwards.
    """

    name: str = Field(min_length=1, max_length=60)
    kind: GroupKind
    robot_key: RobotKey | None = None
    chat_id: Annotated[PlatformChatId | None, BeforeValidator(_plain_id)] = None
    owner: Annotated[PlatformUserId | None, BeforeValidator(_plain_id)] = None


class LinkCustomerGroup(Body):
    """What WeCom knows a customer group and its owner by; neither of them: a person forwards again."""

    chat_id: Annotated[PlatformChatId | None, BeforeValidator(_plain_id)] = None
    owner: Annotated[PlatformUserId | None, BeforeValidator(_plain_id)] = None


class EnableGroupChat(Body):
    """A new key where the robot was added anew."""

    robot_key: RobotKey | None = None


class MuteGroupChat(Body):
    """Until when the bot keeps quiet in the group."""

    until: AwareDatetime | None = None


class LastPost(Shape):
    """The last post to a group and what became of it; `to_forward` until a person says that he has forwarded it."""

    at: Instant
    state: str
    fault: str | None


class CustomerPostShape(Shape):
    """A post to a customer group and how far its owner is with it.

    `maybe_twice`: no answer came to an earlier asking, so the owner may find it twice; one of them is enough.
    """

    title: str
    text: str
    state: CustomerPostState
    reason: str | None
    maybe_twice: bool
    asked_at: Instant
    settled_at: Instant | None


class GroupChatShape(Shape):
    """A group of an organisation; the robot's key is never shown, nor the owner of a customer group.

    `linked`: posts are handed to the owner of the customer group; `posts` are those of the last seven days.
    """

    id: str
    name: str
    channel: str
    kind: GroupKind
    disabled: bool
    disabled_reason: str | None
    muted_until: Instant | None
    last_post: LastPost | None
    linked: bool
    posts: list[CustomerPostShape]


class SilenceShape(Shape):
    """A time in which no bot lived."""

    since: Instant
    until: Instant


class SlotOutcome(StrEnum):
    """What became of a slot that no bot asked in time."""

    LATE = "late"
    SKIPPED = "skipped"
    WAITING = "waiting"


class MissedSlot(Shape):
    """A reminder's slot that fell into a silence; `ran_at` is when it was asked after all.

    `outcome` says whether it was asked late, was skipped, or will still be asked (by `ask_until`, a local day).
    """

    rule: str
    label: str
    due_at: Instant
    ran_at: Instant | None
    outcome: SlotOutcome
    outcome_label: str
    ask_until: date


class MissedRuns(Shape):
    """Whether the bot lives, when it did not, and what was not asked meanwhile."""

    last_beat: Instant | None
    silences: list[SilenceShape]
    slots: list[MissedSlot]
