"""Calls of the official account, in the product's words. Each raises PlatformFault and nothing else."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from backend.core.clock import Clock
from backend.core.settings import WECHAT_API_URL, WeChatApp
from backend.wechat.calls import Answer
from backend.wechat.client import SafeClient, nothing
from backend.wechat.faults import PlatformFault, TokenFault
from backend.wechat.tokens import TokenStore
from backend.wechat.visitor import Visitor

AUTHORIZE_URL = "https://open.weixin.qq.com/connect/oauth2/authorize"
SHOW_CODE_URL = "https://mp.weixin.qq.com/cgi-bin/showqrcode"
NO_MENU = 46003
LONGEST_SCENE = timedelta(days=30)


@dataclass(frozen=True)
class OfficialMessage:
    """A template message or subscribe notification; it opens a page of the mini program, else a URL."""

    openid: str
    template_id: str
    data: Mapping[str, str]
    url: str | None = None
    miniprogram: tuple[str, str] | None = None  # appid and page

    def body(self) -> dict[str, Any]:
        """What both kinds have in common."""
        target = self.miniprogram and {"appid": self.miniprogram[0], "pagepath": self.miniprogram[1]}
        return {
            "touser": self.openid,
            "template_id": self.template_id,
            "data": {name: {"value": value} for name, value in self.data.items()},
            **({"miniprogram": target} if target else {}),
        }


@dataclass(frozen=True)
class PageSignature:
    """What `wx.config` needs on a page: good for exactly the URL that it was made for."""

    appid: str
    timestamp: int
    nonce: str
    signature: str


@dataclass(frozen=True)
class SceneCode:
    """A code that leads to the account; who scans it sends an event with the scene. `url` is what it encodes."""

    ticket: str
    url: str

    @property
    def picture_url(self) -> str:
        """Where the platform shows the code."""
        return f"{SHOW_CODE_URL}?ticket={quote(self.ticket)}"


@dataclass
class OfficialAccount:
    """The official account (服务号) of this installation."""

    app: WeChatApp
    base_url: str
    clock: Clock
    client: SafeClient = field(init=False, repr=False)
    _tickets: TokenStore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.client = SafeClient(self.app, self.base_url, self.clock)
        self._tickets = TokenStore(f"{self.app.appid}:jsapi", self._fetch_ticket, self.clock)

    def authorize_url(self, return_to: str, *, state: str) -> str:
        """Where a web page sends its visitor to be recognised; the code comes back in the query of `return_to`."""
        base = AUTHORIZE_URL
        if self.base_url != WECHAT_API_URL:  # the stand-in has its own page for it
            base = self.base_url.removesuffix("/wx") + "/open/connect/oauth2/authorize"
        query = {"appid": self.app.appid, "redirect_uri": return_to, "response_type": "code"}
        return f"{base}?{urlencode(query | {'scope': 'snsapi_base', 'state': state})}#wechat_redirect"

    def visitor(self, code: str) -> Visitor:
        """Who came back from the authorize page with this code."""
        query = {"appid": self.app.appid, "secret": self.app.secret, "code": code, "grant_type": "authorization_code"}

        def read(answer: Answer) -> Visitor:
            return Visitor(self.app.appid, str(answer["openid"]), answer.get("unionid"), None)

        return self.client.fetch("sns/oauth2", "sns/oauth2/access_token", query, read)

    def put_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Replace the menu: 1 to 3 buttons, each with up to 5 below it. Phones show it within five minutes."""
        self.client.ask("menu/create", lambda: self.client.menu.create({"button": list(buttons)}), nothing)

    def menu(self) -> list[Any]:
        """The buttons as they stand; none when there is no menu."""
        try:
            return self.client.fetch("menu/get", "cgi-bin/menu/get", {}, lambda a: list(a["menu"]["button"]))
        except PlatformFault as fault:
            if fault.errcode != NO_MENU:
                raise
        return []

    def remove_menu(self) -> None:
        """Take the menu away."""
        self.client.ask("menu/delete", self.client.menu.delete, nothing)

    def send_template(self, message: OfficialMessage, *, key: str) -> str:
        """Send a template message to a follower; within ten minutes the same `key` sends it only once."""
        body = {**message.body(), "client_msg_id": key, **({"url": message.url} if message.url else {})}
        path = "cgi-bin/message/template/send"
        return self.client.submit("template/send", path, body, lambda a: str(a["msgid"]))

    def send_notification(self, message: OfficialMessage) -> None:
        """Send a subscribe notification (订阅通知): one grant, one message, as in the mini program."""
        body = {**message.body(), **({"page": message.url} if message.url else {})}
        self.client.submit("subscribe/bizsend", "cgi-bin/message/subscribe/bizsend", body, nothing)

    def send_text(self, openid: str, text: str) -> None:
        """Answer as customer service, within 48 hours of what the person did (else 45015) and not often (45047)."""
        self.client.ask("custom/send", lambda: self.client.message.send_text(openid, text), nothing)

    def send_mini_page(self, openid: str, page: Mapping[str, str]) -> None:
        """Answer with a card of the mini program: title, appid, pagepath, thumb_media_id."""
        send = self.client.message.send_mini_program_page
        self.client.ask("custom/send", lambda: send(openid, dict(page)), nothing)

    def sign_page(self, url: str) -> PageSignature:
        """Let a web page use the JS-SDK (scanning, location); `url` is its address up to the #."""
        timestamp, nonce = int(self.clock().timestamp()), secrets.token_hex(8)
        ticket = self._tickets.token()
        parts = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
        signature = hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()
        return PageSignature(self.app.appid, timestamp, nonce, signature)

    def scene_code(self, scene: str, *, lives: timedelta | None = LONGEST_SCENE) -> SceneCode:
        """A code with a scene of 1 to 64 characters; lives 30 days at most, for ever with None (100,000 in all)."""
        body: dict[str, Any] = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        if lives is not None:
            body |= {"action_name": "QR_STR_SCENE", "expire_seconds": int(lives.total_seconds())}

        def read(answer: Answer) -> SceneCode:
            return SceneCode(str(answer["ticket"]), str(answer["url"]))

        return self.client.ask("qrcode/create", lambda: self.client.qrcode.create(body), read)

    def _fetch_ticket(self) -> tuple[str, int]:
        def read(answer: Answer) -> tuple[str, int]:
            return str(answer["ticket"]), int(answer["expires_in"])

        try:
            return self.client.ask("getticket", lambda: self.client.jsapi.get_ticket("jsapi"), read)
        except PlatformFault as fault:
            found = TokenFault(fault.errcode, fault.what, fault.detail)
        raise found
