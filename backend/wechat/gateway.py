"""The gateway: all that the product asks of WeChat and WeCom, by platform."""

from functools import cached_property
from typing import TYPE_CHECKING

from backend.core.clock import Clock
from backend.core.errors import AppError, Unavailable, invalid_field
from backend.core.settings import Settings
from backend.wechat.faults import PlatformFault
from backend.wechat.miniprogram import MiniProgram
from backend.wechat.official import OfficialAccount, PageSignature
from backend.wechat.robots import GroupRobots
from backend.wechat.visitor import Visitor

if TYPE_CHECKING:
    from backend.wechat.bulk import BulkSender
    from backend.wechat.wecom import WeComApp

BAD_CODES = {40029, 40163, 40226, 41008}
BAD_PHONE_CODES = {40013, 40029, 40097, 40163}


class Gateway:
    """Calls to WeChat and WeCom; every one has time limits and raises PlatformFault, never anything raw.

    Those made within a request, log-in, phone number and page signature, raise what its client may see instead.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @cached_property
    def miniprogram(self) -> MiniProgram:
        """The mini program."""
        return MiniProgram(self._settings.miniprogram, self._settings.wechat_api_url, self._clock)

    @cached_property
    def bulk(self) -> "BulkSender":
        """Many service notifications at once; loaded on first use, since only the bot has use for it."""
        from backend.wechat.bulk import BulkSender

        return BulkSender(self.miniprogram)

    @cached_property
    def official(self) -> OfficialAccount:
        """The official account."""
        return OfficialAccount(self._settings.official, self._settings.wechat_api_url, self._clock)

    @cached_property
    def robots(self) -> GroupRobots:
        """The robots of WeCom groups."""
        return GroupRobots(self._settings.wecom_api_url)

    @property
    def has_wecom(self) -> bool:
        """Whether there is an application in WeCom to call."""
        return bool(self._settings.wecom_corp_id and self._settings.wecom_secret)

    @cached_property
    def wecom(self) -> "WeComApp":
        """The application in WeCom; loaded on first use, since most installations have none."""
        from backend.wechat.wecom import WeComApp

        settings = self._settings
        return WeComApp(settings.wecom_corp_id, settings.wecom_secret, settings.wecom_api_url, self._clock)

    def visitor(self, channel: str, code: str) -> Visitor:
        """Who this log-in code belongs to; 401 for a code that is unknown, used or too old, 503 for no answer."""
        try:
            return self.official.visitor(code) if channel == "official" else self.miniprogram.visitor(code)
        except PlatformFault as fault:
            refusal = _log_in_refusal(fault)
        raise refusal

    def phone_number(self, code: str) -> str:
        """The phone number behind the code of the phone button; 422 for a spent code, 503 for no answer."""
        try:
            return self.miniprogram.phone_number(code)
        except PlatformFault as fault:
            refusal = _phone_refusal(fault)
        raise refusal

    def page_signature(self, url: str) -> PageSignature:
        """What a web page of ours needs to use the JS-SDK; 503 when no ticket can be had."""
        try:
            return self.official.sign_page(url)
        except PlatformFault:
            refusal = _no_answer()
        raise refusal


def _log_in_refusal(fault: PlatformFault) -> AppError:
    if fault.errcode in BAD_CODES:
        return AppError("bad_login_code", "登录码无效或已用过，请重新打开再试", status=401)
    return _no_answer()


def _phone_refusal(fault: PlatformFault) -> AppError:
    if fault.errcode in BAD_PHONE_CODES:
        return invalid_field("code", "bad_phone_code", "手机号授权已失效，请再点一次授权")
    return _no_answer()


def _no_answer() -> AppError:
    return Unavailable("wechat_unavailable", "暂时连不上微信，请稍后再试")
