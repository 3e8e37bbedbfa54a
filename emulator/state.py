"""Everything that the emulated platform remembers, as plain dataclasses that can be saved."""

from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.quotas import Count

TokenKind = Literal["classic", "stable", "corp", "oauth"]
CodeKind = Literal["login", "phone", "oauth"]


@dataclass
class Token:
    value: str
    kind: TokenKind
    owner: str  # appid or corp id
    issued_at: float
    expires_at: float
    dies_at: float | None = None  # when a newer one stops it: 40001 from then on


@dataclass
class OneTimeCode:
    kind: CodeKind
    appid: str
    user: str
    issued_at: float
    used: bool = False
    scope: str = ""


@dataclass
class Session:
    key: str
    rotated_at: float


@dataclass
class RobotWindow:
    """When a robot's last posts were, and until when it is blocked for posting too fast."""

    posts: list[float] = field(default_factory=list)
    blocked_until: float = 0.0


@dataclass
class Media:
    id: str
    kind: str
    file_name: str
    size: int
    owner: str
    created_at: float


@dataclass
class Activity:
    """A dynamic card: `target_state` None until the first update."""

    id: str
    created_at: float
    expires_at: float
    target_state: int | None = None
    owner: str = ""  # appid
    title: str = ""
    publisher: str = ""
    chat: str = ""
    members: dict[str, str] = field(default_factory=dict)  # group_openid → name


@dataclass
class AppChat:
    chatid: str
    name: str
    owner: str
    members: list[str]
    ours: bool = True


@dataclass
class GroupTask:
    """A customer-group mass message that waits for its sender to confirm it in the client."""

    msgid: str
    sender: str
    chat_ids: list[str]
    content: dict[str, Any]
    created_at: float
    status: dict[str, int] = field(default_factory=dict)  # chat_id → 0 unsent, 1 sent, 3 over the limit
    sent_at: dict[str, float] = field(default_factory=dict)
    reminders: list[float] = field(default_factory=list)
    cancelled: bool = False


@dataclass
class OfficialUser:
    """What one follower of the official account may still be sent."""

    replies_left: int = 0
    ends_at: float = 0.0


@dataclass
class ClientMessage:
    """A message that bore an id of the sender's own, so that it is not sent twice."""

    at: float
    msgid: int


@dataclass(slots=True)
class Sent:
    """One thing that reached a person or a group; never changed afterwards. There may be a million of them."""

    seq: int
    at: float
    channel: str
    title: str
    text: str
    data: Any
    appid: str = ""
    user: str = ""
    openid: str = ""
    robot: str = ""
    group: str = ""
    template_id: str = ""
    page: str = ""
    msgid: str = ""
    lines: list[list[str]] = field(default_factory=list)  # label, value: the rows of a card


@dataclass
class Refusal:
    """One error that was answered, for a person to see."""

    seq: int
    at: float
    path: str
    errcode: int | None
    text: str
    user: str = ""
    robot: str = ""


@dataclass
class Delivery:
    """One callback: what was said to our server and how it answered."""

    seq: int
    at: float
    app: str
    event: str
    user: str
    attempts: list[str] = field(default_factory=list)
    outcome: str = "waiting"  # delivered, replied, failed
    reply: str = ""


@dataclass
class State:
    seq: int = 0
    tokens: dict[str, Token] = field(default_factory=dict)
    current_tokens: dict[str, str] = field(default_factory=dict)  # "stable:wx…" → value
    forced_refreshes: dict[str, list[float]] = field(default_factory=dict)
    codes: dict[str, OneTimeCode] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)  # by openid
    visits: dict[str, float] = field(default_factory=dict)  # by openid
    credits: dict[str, int] = field(default_factory=dict)  # "openid template" → how many may be sent
    counters: dict[str, Count] = field(default_factory=dict)
    robot_windows: dict[str, RobotWindow] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    app_chats: dict[str, AppChat] = field(default_factory=dict)
    group_tasks: dict[str, GroupTask] = field(default_factory=dict)
    group_sends: dict[str, int] = field(default_factory=dict)  # "chat_id 2026-11" → how many
    official_users: dict[str, OfficialUser] = field(default_factory=dict)
    client_messages: dict[str, ClientMessage] = field(default_factory=dict)  # by client_msg_id
    limited_codes: dict[str, int] = field(default_factory=dict)
    refresh_tokens: dict[str, list[str]] = field(default_factory=dict)  # appid, user, scope, end
    menus: dict[str, Any] = field(default_factory=dict)
    tickets: dict[str, list[str]] = field(default_factory=dict)  # "jsapi wx…" → ticket, end
    links: dict[str, Any] = field(default_factory=dict)
    mass_sends: dict[str, int] = field(default_factory=dict)  # month → how many
    qr_tickets: dict[str, Any] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq
