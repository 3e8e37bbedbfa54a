"""What the messaging room takes and gives over HTTP."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AliasChoices, AwareDatetime, BeforeValidator, Field, model_validator

from backend.core.http import Body, Shape
from backend.core.pages import PageQuery
from backend.messaging.rules import Purpose


class InboxItem(Shape):
    """One message in the inbox."""

    id: str
    title: str
    body: str
    page: str | None
    created_at: datetime
    read_at: datetime | None


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
    messages_per_member_week: float
    notifications_per_member_week: float
    prompts_per_member_week: float
    capped_share: float
    limits: list[LimitShape]
    as_of: datetime


class ForwardShape(Shape):
    """A post made ready for an ordinary WeChat group."""

    id: str
    group: str
    text: str
    page: str | None
    created_at: datetime
    done_at: datetime | None


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


class AddGroupChat(Body):
    """A group; `robot_key` is the key, or the whole address, of a robot's group and of no other."""

    name: str = Field(min_length=1, max_length=60)
    kind: GroupKind
    robot_key: RobotKey | None = None


class EnableGroupChat(Body):
    """A new key where the robot was added anew."""

    robot_key: RobotKey | None = None


class MuteGroupChat(Body):
    """Until when the bot keeps quiet in the group."""

    until: AwareDatetime | None = None


class LastPost(Shape):
    """The last post to a group and what became of it."""

    at: datetime
    state: str
    fault: str | None


class GroupChatShape(Shape):
    """A group of an organisation; the robot's key is never shown."""

    id: str
    name: str
    channel: str
    kind: GroupKind
    disabled: bool
    disabled_reason: str | None
    muted_until: datetime | None
    last_post: LastPost | None


class SilenceShape(Shape):
    """A time in which no bot lived."""

    since: datetime
    until: datetime


class MissedSlot(Shape):
    """A reminder's slot that fell into a silence; `ran_at` is when it was asked after all, on the same day."""

    rule: str
    label: str
    due_at: datetime
    ran_at: datetime | None


class MissedRuns(Shape):
    """Whether the bot lives, when it did not, and what was not asked meanwhile."""

    last_beat: datetime | None
    silences: list[SilenceShape]
    slots: list[MissedSlot]
