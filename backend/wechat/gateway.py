"""The gateway: what the product asks of the platform, in the product's words."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import requests

from backend.core.clock import Clock
from backend.core.errors import AppError, Unavailable, invalid_field
from backend.core.settings import WECOM_API_URL, Settings
from backend.wechat.client import TIMEOUT_S, SafeClient, session_for
from backend.wechat.faults import PlatformFault
from backend.wechat.visitor import Visitor

Verdict = Literal["pass", "review", "risky"]
POLITICS = (
    20001  # the platform's label for current affairs: Party texts hit it often, so it alone refuses nothing
)
BAD_CODES = {40029, 40163, 40226, 41008}
BAD_PHONE_CODES = {40013, 40029, 40097, 40163}
MAX_GROUP_TEXT_BYTES = 2048
MAX_CHECKED_CHARACTERS = 2500


@dataclass(frozen=True)
class SubscribeMessage:
    """One service notification: `data` maps the template's field names to texts within its rules."""

    openid: str
    template_id: str
    data: dict[str, str]
    page: str | None


class Gateway:
    """Calls to WeChat and WeCom; every one has time limits and raises PlatformFault, never anything raw."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @cached_property
    def _miniprogram(self) -> SafeClient:
        return SafeClient(self._settings.miniprogram, self._settings.wechat_api_url, self._clock)

    @cached_property
    def _official(self) -> SafeClient:
        return SafeClient(self._settings.official, self._settings.wechat_api_url, self._clock)

    @cached_property
    def _wecom(self) -> requests.Session:
        return session_for(WECOM_API_URL, self._settings.wecom_api_url)

    def visitor(self, channel: str, code: str) -> Visitor:
        """Who this log-in code belongs to; 401 for a code that is unknown, used or too old, 503 for no answer."""
        try:
            return self._by_oauth(code) if channel == "official" else self._by_login_code(code)
        except PlatformFault as fault:
            raise _log_in_refusal(fault) from None

    def _by_login_code(self, code: str) -> Visitor:
        client = self._miniprogram
        answer = client.guarded("jscode2session", lambda: client.wxa.code_to_session(code))
        return Visitor(client.appid, answer["openid"], answer.get("unionid"), answer.get("session_key"))

    def _by_oauth(self, code: str) -> Visitor:
        client = self._official
        query = {
            "appid": client.appid,
            "secret": client.secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        answer = client.call("sns/oauth2", "get", "sns/oauth2/access_token", params=query)
        return Visitor(client.appid, answer["openid"], answer.get("unionid"), None)

    def phone_number(self, code: str) -> str:
        """The phone number behind the code of the phone button, without country code; 422 for a spent code."""
        client = self._miniprogram
        try:
            answer = client.guarded("getuserphonenumber", lambda: client.wxa.get_phone_number(code))
        except PlatformFault as fault:
            if fault.errcode in BAD_PHONE_CODES:
                raise invalid_field("code", "bad_phone_code", "手机号授权已失效，请再点一次授权") from None
            raise _no_answer() from None
        return str(answer["phone_info"]["purePhoneNumber"])

    def send_subscribe_message(self, message: SubscribeMessage) -> str:
        """Send one service notification; returns the platform's message id."""
        body = {
            "touser": message.openid,
            "template_id": message.template_id,
            "data": {name: {"value": value} for name, value in message.data.items()},
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            **({"page": message.page.lstrip("/")} if message.page else {}),
        }
        answer = self._miniprogram.call("subscribe/send", "post", "cgi-bin/message/subscribe/send", data=body)
        return str(answer.get("msgid", ""))

    def post_to_group(self, robot_key: str, text: str) -> None:
        """Post a text to the WeCom group of a robot; the text is cut to the platform's 2,048 bytes."""
        body = {"msgtype": "text", "text": {"content": clip_bytes(text, MAX_GROUP_TEXT_BYTES)}}
        try:
            answer = self._wecom.post(
                f"{WECOM_API_URL}/cgi-bin/webhook/send",
                params={"key": robot_key},
                json=body,
                timeout=TIMEOUT_S,
            ).json()
            errcode = int(answer["errcode"])
        except (requests.RequestException, ValueError, KeyError, TypeError):
            raise PlatformFault(None, "webhook/send") from None
        if errcode:
            raise PlatformFault(errcode, "webhook/send")

    def check_text(self, text: str, *, openid: str, scene: int) -> Verdict:
        """Ask the platform about a text; its author must have been seen within two hours (else 61010).

        The label for current affairs alone never refuses: Party texts would hardly ever pass.
        """
        body = {"content": text[:MAX_CHECKED_CHARACTERS], "version": 2, "scene": scene, "openid": openid}
        answer = self._miniprogram.call("msg_sec_check", "post", "wxa/msg_sec_check", data=body)
        result = answer["result"]
        if result["suggest"] == "risky" and result["label"] == POLITICS:
            return "review"
        verdict: Verdict = result["suggest"]
        return verdict


def clip_bytes(text: str, limit: int) -> str:
    """The text cut to `limit` bytes of UTF-8, never inside a character, with an ellipsis when cut."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    return raw[: limit - len("…".encode())].decode(errors="ignore") + "…"


def _log_in_refusal(fault: PlatformFault) -> AppError:
    if fault.errcode in BAD_CODES:
        return AppError("bad_login_code", "登录码无效或已用过，请重新打开再试", status=401)
    return _no_answer()


def _no_answer() -> AppError:
    return Unavailable("wechat_unavailable", "暂时连不上微信，请稍后再试")
