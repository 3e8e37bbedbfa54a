"""Speaking to a running emulator: plain HTTP, and wechatpy led to it by one adapter."""

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException
from wechatpy.work import WeChatClient as WeComClient

from emulator.config import DEMO_FILE, World, load_world

DEMO: World = load_world(DEMO_FILE)
MINI, OFFICIAL = DEMO.app_of_kind("miniprogram"), DEMO.app_of_kind("official")
ROBOT = DEMO.robots[0].key
LESSON = "tmpl-lesson-published-00000000000000000000001"
TASK = "tmpl-order-task-000000000000000000000000000001"
LESSON_DATA = {
    "thing1": {"value": "学习二十届四中全会精神"},
    "thing2": {"value": "孙立新"},
    "time3": {"value": "2026年11月29日 08:00"},
}
CREDENTIAL = {"grant_type": "client_credential", "appid": MINI.appid, "secret": MINI.secret}


class Rebase(HTTPAdapter):
    """Leads what is meant for a platform to the emulator."""

    def __init__(self, base: str) -> None:
        self.base = base
        super().__init__()

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url)
        request.url = self.base + parts.path + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *args, **kwargs)


class Emulator:
    """One running emulator, seen from outside."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = requests.Session()

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(self.base + path, timeout=20, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.http.post(self.base + path, timeout=20, **options)

    def control(self, name: str, /, **body: Any) -> Any:
        """A control call that must succeed."""
        answer = self.post(f"/_control/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sent(self, **filters: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get("/_control/sent", params=filters).json()
        return items

    def token(self, app: str = "miniprogram") -> str:
        """A living token: the platform gives the same one as long as it is good."""
        if app == "wecom":
            secret = {"corpid": DEMO.wecom.corp_id, "corpsecret": DEMO.wecom.secret}
            return str(self.get("/qy/cgi-bin/gettoken", params=secret).json()["access_token"])
        owner = DEMO.app_of_kind(app)
        body = CREDENTIAL | {"appid": owner.appid, "secret": owner.secret}
        return str(self.post("/wx/cgi-bin/stable_token", json=body).json()["access_token"])

    def wx(self, path: str, body: Any = None, /, *, app: str = "miniprogram", **params: Any) -> dict[str, Any]:
        """A WeChat call with a good token: POST with a body, else GET."""
        return self._call(f"/wx{path}", body, {"access_token": self.token(app)} | params)

    def qy(self, path: str, body: Any = None, /, **params: Any) -> dict[str, Any]:
        return self._call(f"/qy{path}", body, {"access_token": self.token("wecom")} | params)

    def _call(self, path: str, body: Any, params: dict[str, Any]) -> dict[str, Any]:
        answer = self.get(path, params=params) if body is None else self.post(path, params=params, json=body)
        assert answer.status_code == 200
        fields: dict[str, Any] = answer.json()
        return fields

    def openid(self, user: str, app: str = "miniprogram") -> str:
        return str(self.get("/_control/world").json()["openids"][user][app])

    def accept(self, user: str, *template_ids: str) -> None:
        self.control("subscribe", user=user, template_ids=list(template_ids), result="accept")

    def lesson_for(self, user: str, **changed: Any) -> dict[str, Any]:
        """The body of a subscribe message that would be accepted."""
        body = {"touser": self.openid(user), "template_id": LESSON, "page": "pages/lesson", "data": LESSON_DATA}
        return body | changed

    def send_lesson(self, user: str, **changed: Any) -> dict[str, Any]:
        return self.wx("/cgi-bin/message/subscribe/send", self.lesson_for(user, **changed))

    def post_to_group(self, body: Any, key: str = ROBOT) -> dict[str, Any]:
        fields: dict[str, Any] = self.post("/qy/cgi-bin/webhook/send", params={"key": key}, json=body).json()
        return fields

    def log_in(self, user: str) -> dict[str, Any]:
        """Openid and session key of a user who opens the mini program."""
        code = self.control("login-code", user=user)["code"]
        params = {"appid": MINI.appid, "secret": MINI.secret, "js_code": code}
        asked = params | {"grant_type": "authorization_code"}
        fields: dict[str, Any] = self.get("/wx/sns/jscode2session", params=asked).json()
        return fields

    def advance(self, seconds: float) -> None:
        self.control("clock", advance_s=seconds)


MENU = [
    {
        "type": "miniprogram",
        "name": "点单",
        "url": "https://a.example/m/",
        "appid": "wx1",
        "pagepath": "pages/order/new",
    },
    {"name": "办事", "sub_button": [{"type": "click", "name": "进度", "key": "progress"}]},
]


def put_menu(emulator: Emulator) -> None:
    """The account gets a button that opens a page and one that opens a list of taps."""
    assert emulator.wx("/cgi-bin/menu/create", {"button": MENU}, app="official")["errcode"] == 0


def session_signature(session_key: str) -> str:
    return hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()


@contextlib.contextmanager
def wechat_client(base: str, kind: str) -> Iterator[WeChatClient]:
    """wechatpy as it is, led to the emulator, not trying again by itself."""
    app = DEMO.app_of_kind(kind)
    client = WeChatClient(app.appid, app.secret, auto_retry=False, timeout=10)
    client._http.mount("https://api.weixin.qq.com/", Rebase(f"{base}/wx"))
    try:
        yield client
    finally:
        client._http.close()


@contextlib.contextmanager
def wecom_client(base: str) -> Iterator[WeComClient]:
    client = WeComClient(DEMO.wecom.corp_id, DEMO.wecom.secret, auto_retry=False, timeout=10)
    client._http.mount("https://qyapi.weixin.qq.com/", Rebase(f"{base}/qy"))
    try:
        yield client
    finally:
        client._http.close()


@contextlib.contextmanager
def refused(errcode: int) -> Iterator[None]:
    """wechatpy must report this errcode."""
    with pytest.raises(WeChatClientException) as caught:
        yield
    assert caught.value.errcode == errcode
