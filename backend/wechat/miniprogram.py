"""Calls of the mini program, in the product's words. Each raises PlatformFault and nothing else."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from backend.core.clock import Clock
from backend.core.settings import WeChatApp
from backend.wechat.calls import Answer
from backend.wechat.client import SafeClient, nothing
from backend.wechat.faults import PlatformFault
from backend.wechat.verdicts import Verdict, milder, verdict_of
from backend.wechat.visitor import Visitor

Version = Literal["release", "trial", "develop"]
MAX_CHECKED_CHARACTERS = 2500
MEDIA_KINDS = {"audio": 1, "picture": 2}
KEY_UNKNOWN, KEY_WRONG = 87007, 87009
LONGEST_LINK_DAYS = 30
IMAGE_ENDS = (b"\xff\xd9", b"IEND\xaeB`\x82")  # JPEG, PNG: half a picture has neither


@dataclass(frozen=True)
class SubscribeMessage:
    """One service notification: `data` maps the template's field names to texts within its rules."""

    openid: str
    template_id: str
    data: dict[str, str]
    page: str | None

    def body(self) -> dict[str, Any]:
        """What the platform wants to see; a page has no leading slash there."""
        return {
            "touser": self.openid,
            "template_id": self.template_id,
            "data": {name: {"value": value} for name, value in self.data.items()},
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            **({"page": self.page.lstrip("/")} if self.page else {}),
        }


@dataclass(frozen=True)
class Template:
    """A template that the account has chosen; `fields` are the names that its data must have."""

    id: str
    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class MiniCode:
    """A code of the unlimited kind: `scene` has 1 to 32 characters, `page` neither slash in front nor query."""

    scene: str
    page: str | None = None
    width: int = 430
    check_path: bool = True
    version: Version = "release"


@dataclass(frozen=True)
class Activity:
    """The id that a shared card carries so that the server can change it later, for 24 hours."""

    id: str
    expires_at: datetime


@dataclass(frozen=True)
class CardProgress:
    """What a chat-tool card shall show: its state (1 under way, 2 and 3 over) and who of the chat has acted."""

    template_id: str
    state: Literal[1, 2, 3]
    acted: tuple[str, ...] = ()
    version: Literal[0, 1, 2] = 0


@dataclass
class MiniProgram:
    """The mini program of this installation."""

    app: WeChatApp
    base_url: str
    clock: Clock
    client: SafeClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.client = SafeClient(self.app, self.base_url, self.clock)

    def visitor(self, code: str) -> Visitor:
        """Who this log-in code belongs to."""

        def read(answer: Answer) -> Visitor:
            key = answer.get("session_key")
            return Visitor(self.app.appid, str(answer["openid"]), answer.get("unionid"), key)

        return self.client.ask("jscode2session", lambda: self.client.wxa.code_to_session(code), read)

    def phone_number(self, code: str) -> str:
        """The phone number behind the code of the phone button, without country code."""
        call = self.client.wxa.get_phone_number

        def read(answer: Answer) -> str:
            return str(answer["phone_info"]["purePhoneNumber"])

        return self.client.ask("getuserphonenumber", lambda: call(code), read)

    def knows_session(self, openid: str, session_key: str) -> bool:
        """Whether the platform still takes this session key for this user's."""
        query = _signed(openid, session_key)
        try:
            self.client.fetch("checksession", "wxa/checksession", query, nothing)
        except PlatformFault as fault:
            if fault.errcode in {KEY_UNKNOWN, KEY_WRONG}:
                return False
            raise
        return True

    def renew_session(self, openid: str, session_key: str) -> str:
        """A new session key in the place of one that may have leaked; the old expiry holds."""
        query = _signed(openid, session_key)
        read = _text("session_key")
        return self.client.fetch("resetusersessionkey", "wxa/resetusersessionkey", query, read)

    def send_subscribe_message(self, message: SubscribeMessage) -> str:
        """Send one service notification; returns the platform's message id."""
        path = "cgi-bin/message/subscribe/send"
        return self.client.submit("subscribe/send", path, message.body(), lambda a: str(a.get("msgid", "")))

    def templates(self) -> list[Template]:
        """The subscribe-message templates of this account."""
        return self.client.fetch(
            "gettemplate", "wxaapi/newtmpl/gettemplate", {}, lambda a: [_template(one) for one in a["data"]]
        )

    def code_image(self, code: MiniCode) -> bytes:
        """The picture of a code that opens a page of the mini program; JPEG or PNG."""
        body = {"scene": code.scene, "check_path": code.check_path, "env_version": code.version, "width": code.width}
        page = {"page": code.page} if code.page else {}
        return self.client.submit("getwxacodeunlimit", "wxa/getwxacodeunlimit", body | page, _whole_image)

    def url_link(self, path: str, query: str = "", *, days: int = LONGEST_LINK_DAYS) -> str:
        """A link that opens the mini program from a browser, a text message or an e-mail; lives 30 days at most."""
        body = {"path": path, "query": query, "expire_type": 1, "expire_interval": days, "env_version": "release"}
        return self.client.submit("generate_urllink", "wxa/generate_urllink", body, _text("url_link"))

    def check_text(self, text: str, *, openid: str, scene: int) -> Verdict:
        """The worst that the platform says of a text; its author must have been seen within two hours (else 61010).

        `scene`: 1 profile, 2 comment, 3 forum, 4 diary. Longer texts are asked about in parts.
        """
        starts = range(0, max(len(text), 1), MAX_CHECKED_CHARACTERS)
        parts = [text[start : start + MAX_CHECKED_CHARACTERS] for start in starts]
        worst: Verdict = "pass"
        for part in parts:
            body = {"content": part, "version": 2, "scene": scene, "openid": openid}
            found = self.client.submit("msg_sec_check", "wxa/msg_sec_check", body, lambda a: verdict_of(a["result"]))
            worst = found if milder(worst, found) else worst
        return worst

    def start_media_check(self, url: str, kind: Literal["audio", "picture"], *, openid: str, scene: int) -> str:
        """Ask about a file that the platform can fetch; the verdict comes as an event with the returned trace id."""
        body = {"media_url": url, "media_type": MEDIA_KINDS[kind], "version": 2, "scene": scene, "openid": openid}
        return self.client.submit("media_check_async", "wxa/media_check_async", body, _text("trace_id"))

    def open_activity(self) -> Activity:
        """An id for a card that is about to be shared."""
        path = "cgi-bin/message/wxopen/activityid/create"

        def read(answer: Answer) -> Activity:
            return Activity(str(answer["activity_id"]), datetime.fromtimestamp(int(answer["expiration_time"]), UTC))

        return self.client.fetch("activityid/create", path, {}, read)

    def show_joining(self, activity_id: str, *, joined: int, room: int) -> None:
        """Let a shared card say 成员正在加入, with how many of how many."""
        self._update_card(activity_id, 0, {"member_count": str(joined), "room_limit": str(room)})

    def show_begun(self, activity_id: str, *, page: str) -> None:
        """Let a shared card say 已开始 and lead to a page; no way back."""
        self._update_card(activity_id, 1, {"path": page, "version_type": "release"})

    def _update_card(self, activity_id: str, state: int, parameters: Mapping[str, str]) -> None:
        listed = [{"name": name, "value": value} for name, value in parameters.items()]
        body = {"activity_id": activity_id, "target_state": state, "template_info": {"parameter_list": listed}}
        self.client.submit("updatablemsg/send", "cgi-bin/message/wxopen/updatablemsg/send", body, nothing)

    def show_progress(self, activity_id: str, progress: CardProgress) -> None:
        """Change a chat-tool card; the group reads a line for each person who has acted."""
        body = {
            "activity_id": activity_id,
            "target_state": progress.state,
            "template_id": progress.template_id,
            "participator_info_list": [{"group_openid": one, "state": 1} for one in progress.acted],
            "version_type": progress.version,
        }
        self.client.submit("chattoolmsg/send", "cgi-bin/message/wxopen/chattoolmsg/send", body, nothing)


def _signed(openid: str, session_key: str) -> dict[str, str]:
    """Proof that we hold the session key; it is the base64 text itself that signs, not what it decodes to."""
    signature = hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()
    return {"openid": openid, "signature": signature, "sig_method": "hmac_sha256"}


def _text(name: str) -> Callable[[Answer], str]:
    return lambda answer: str(answer[name])


def _template(entry: Answer) -> Template:
    fields = tuple(part.partition(".DATA")[0] for part in str(entry["content"]).split("{{")[1:])
    return Template(str(entry["priTmplId"]), str(entry["title"]), fields)


def _whole_image(answer: Any) -> bytes:
    content: bytes = answer.content
    if not content.rstrip().endswith(IMAGE_ENDS):
        raise ValueError("half a picture")
    return content
