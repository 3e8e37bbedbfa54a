"""The platform's own error codes with the words it uses for them."""

from typing import Any


class PlatformError(Exception):
    """An answer with an errcode. `text` overrides the usual words, `extra` adds fields to the body."""

    def __init__(self, errcode: int, text: str | None = None, *, hint: bool = False, **extra: Any) -> None:
        super().__init__(errcode, text)
        self.errcode = errcode
        self.text = text
        self.hint = hint
        self.extra = extra


WECHAT_WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by"
    " getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40037: "invalid template_id",
    40097: "invalid args",
    40125: "invalid appsecret, view more at http://t.cn/RAEkdVq",
    40129: "invalid scene",
    40163: "code been used",
    40165: "invalid weapp pagepath",
    40169: "invalid length for scene, or the data is not json string",
    40212: "invalid query",
    40226: "high risk user is denied to login",
    40243: "appsecret has been frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    42001: "access_token expired",
    43101: "user refuse to accept the msg",
    43104: "this appid does not match the openid",
    43107: "subscribe message capability is banned",
    43108: "concurrent send to the same user",
    44002: "empty post data",
    44990: "api freq limit per second",
    44991: "api freq limit per minute",
    44993: "reach max generate quota of the day",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45028: "has no masssend quota",
    45029: "qrcode count out of limit",
    45047: "out of response count limit",
    45168: "message contains sensitive words",
    47001: "data format error",
    47003: "argument invalid!",
    47501: "invalid activity_id",
    47502: "invalid target_state",
    47503: "invalid version_type",
    47504: "activity_id expired",
    48001: "api unauthorized",
    61010: "user access record is expired",
    61451: "invalid parameter",
    85079: "the miniprogram has not been published",
    85096: "scancode_time is not allowed in scene",
    85401: "expire time must be between 1 minute and 30 days",
    85402: "invalid env_version",
    85407: "personal miniprogram is not allowed",
    87007: "session_key is not existd or expired",
    87008: "invalid sig_method",
    87009: "invalid signature",
    87014: "risky content",
    87020: "the same media url is checked too often",
}

WECOM_WORDS = {
    -1: "system busy",
    40001: "invalid credential",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40058: "invalid Request Parameter",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41010: "missing url",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    44001: "empty media data",
    44002: "empty post data",
    44004: "empty content",
    45002: "message content exceeds the limit",
    45009: "api freq out of limit",
    47001: "data format error",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    86001: "invalid chatid",
    86003: "chatid not found",
    86005: "invalid chat owner",
    86006: "invalid chat member list size",
    86007: "invalid chat member",
    86008: "chat is not created by this app",
    93000: "invalid webhook url",
    93004: "the robot is disabled",
    93008: "the robot is not in the group",
    93018: "image too large",
    301019: "media md5 not match",
}

# No page states the code for exactly these cases: each is a choice, kept changeable as settings.codes.
UNSOURCED_CODES = {
    "wrong_secret": 40125,  # one page of the documentation says 40001
    "js_code_missing": 41008,
    "phone_code_missing": 40097,
    "phone_openid_mismatch": 40013,
    "webhook_image_too_large": 40009,  # 93018 is possible
    "webhook_image_md5": 301019,
    "webhook_news_count": 40058,
    "webhook_news_url": 41010,  # 40058 is possible
    "upload_type": 40004,  # 40005 is possible
    "upload_without_media": 44001,
    "upload_size": 40006,  # 45001 is possible
    "appchat_text_too_long": 45002,
    "mass_quota": 45028,
    "group_reminders": 45009,
}
