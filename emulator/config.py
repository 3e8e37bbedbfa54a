"""Who and what exists on the emulated platform: the shape of demo.json and of any --config file."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from emulator.errors import UNSOURCED_CODES
from emulator.ids import openid_of, original_id_of, unionid_of
from emulator.plain import ShapeError, from_plain

DEMO_FILE = Path(__file__).with_name("demo.json")


@dataclass
class App:
    """A mini program or an official account, with the message push it has configured."""

    appid: str
    secret: str
    kind: Literal["miniprogram", "official"]
    name: str = ""
    token: str = ""
    aes_key: str = ""  # 43 characters, EncodingAESKey
    mode: Literal["plain", "compat", "safe"] = "plain"
    format: Literal["json", "xml"] = "json"
    callback_url: str = ""  # empty: <callback base>/wechat/<kind>
    secret_frozen: bool = False  # 40243
    ip_allowlist: list[str] = field(default_factory=list)  # empty: every address; else 40164
    subscribe_banned: bool = False  # 43107
    personal_subject: bool = False
    published: bool = True

    @property
    def original_id(self) -> str:
        return original_id_of(self.appid)


@dataclass
class Corp:
    """A WeCom organisation with its one self-built application."""

    corp_id: str
    secret: str
    root_visible: bool = True
    trusted_ips: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    customer_groups: dict[str, str] = field(default_factory=dict)  # chat_id → name
    group_limit: Literal["month", "week", "day"] = "month"  # as many as the month has days, 7, or 1


@dataclass
class User:
    name: str
    display_name: str
    phone: str = ""  # empty: 138 and the place in the list
    blocked: bool = False  # 40226
    follows: bool = True  # the official account; else 43004


@dataclass
class Template:
    """A message template. `fields`: key → label, in the order in which the card shows them."""

    id: str
    title: str
    fields: dict[str, str]
    kind: Literal["one_time", "long_term"] = "one_time"
    use: Literal["subscribe", "template", "bizsend"] = "subscribe"


@dataclass
class Robot:
    key: str
    name: str  # of the group
    robot_name: str = "支部机器人"
    disabled: bool = False  # 93004
    removed: bool = False  # 93000


@dataclass
class Word:
    """A word that the content check finds."""

    word: str
    suggest: Literal["risky", "review"] = "risky"
    label: int = 20006


@dataclass
class Settings:
    """What the emulated platform is made to do; every name can be changed while it runs."""

    pages: Literal["any"] | list[str] = "any"  # published pages of the mini programs
    oauth_hosts: list[str] = field(default_factory=list)  # besides loopback
    oauth_unionid: bool = True
    unionid: bool = True
    open_page_url: str = ""  # where a card's page opens: {page} stands for it; empty: nowhere
    words: list[Word] = field(default_factory=list)
    sensitive_words: list[str] = field(default_factory=list)  # 45168 in subscribe messages
    send_takes_s: float = 0.0  # how long one subscribe send is in flight (43108)
    sent_events: bool = True  # push subscribe_msg_sent_event
    media_check_delay_s: float = 2.0
    media_checks_per_url_per_minute: int = 10  # then 87020
    callback_timeout_s: float = 5.0
    callback_attempts: int = 3
    phone_code_life_s: int = 300
    webhook_text_bytes: int = 2048  # 5120 was observed in 2021
    webhook_per_minute: int = 20
    daily_token_quota: int = 2000
    mass_per_day: int | None = None
    codes: dict[str, int] = field(default_factory=lambda: dict(UNSOURCED_CODES))

    def code(self, name: str) -> int:
        return self.codes.get(name, UNSOURCED_CODES[name])


@dataclass
class World:
    apps: list[App]
    wecom: Corp
    users: list[User]
    robots: list[Robot]
    templates: list[Template]
    open_platform: str = "open-platform-1"
    settings: Settings = field(default_factory=Settings)
    _names: dict[str, User] = field(default_factory=dict, init=False, repr=False)
    _openids: dict[str, tuple[str, User]] = field(default_factory=dict, init=False, repr=False)
    _places: dict[str, int] = field(default_factory=dict, init=False, repr=False)  # of the users, from 1 on
    _indexed: tuple[int, int] = field(default=(0, 0), init=False, repr=False)  # apps, users
    _robots: dict[str, Robot] = field(default_factory=dict, init=False, repr=False)  # by key

    def app(self, appid: str) -> App | None:
        return next((app for app in self.apps if app.appid == appid), None)

    def app_of_kind(self, kind: str) -> App:
        """The first app of that kind. Raises ShapeError if there is none."""
        found = next((app for app in self.apps if app.kind == kind), None)
        if found is None:
            raise ShapeError(f"no app of kind {kind!r}")
        return found

    def user(self, name_or_openid: str) -> User | None:
        self._index()
        return self._names.get(name_or_openid) or self.user_of_openid(name_or_openid)

    def user_of_openid(self, openid: str, appid: str | None = None) -> User | None:
        """Whose openid that is, in the given app or in any."""
        self._index()
        owner_app, user = self._openids.get(openid, ("", None))
        return user if appid in (None, owner_app) else None

    def _index(self) -> None:
        """Take up users who came since the last time; a new app makes it anew."""
        apps, users = self._indexed
        if (apps, users) == (len(self.apps), len(self.users)):
            return
        first = users if apps == len(self.apps) else 0
        for place, user in enumerate(self.users[first:], first + 1):
            self._names[user.name] = user
            self._places[user.name] = place
            self._openids.update((openid_of(app.appid, user.name), (app.appid, user)) for app in self.apps)
        self._indexed = (len(self.apps), len(self.users))

    def unionid(self, user: User) -> str:
        return unionid_of(self.open_platform, user.name)

    def phone(self, user: User) -> str:
        self._index()
        return user.phone or f"138{self._places[user.name]:08d}"

    def template(self, template_id: str) -> Template | None:
        return next((t for t in self.templates if t.id == template_id), None)

    def robot(self, key: str) -> Robot | None:
        if len(self._robots) != len(self.robots):
            self._robots = {robot.key: robot for robot in reversed(self.robots)}
        return self._robots.get(key)


def load_world(file: Path, callback_base: str = "") -> World:
    """Read a configuration; `callback_base` fills in missing callbacks. Raises ShapeError, OSError."""
    try:
        world = from_plain(World, json.loads(file.read_text("utf-8")), file.name)
    except json.JSONDecodeError as fault:
        raise ShapeError(f"{file.name}: not JSON: {fault}") from fault
    for app in world.apps:
        if not app.callback_url and callback_base:
            app.callback_url = f"{callback_base.rstrip('/')}/wechat/{app.kind}"
    if not world.settings.open_page_url and callback_base:
        world.settings.open_page_url = f"{callback_base.rstrip('/')}/m/#/{{page}}"
    return world
