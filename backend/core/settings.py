"""Settings, read once from the environment; every fault is reported in one go."""

import base64
import binascii
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WECHAT_API_URL = "https://api.weixin.qq.com"
WECOM_API_URL = "https://qyapi.weixin.qq.com"
MIN_SECRET_LENGTH = 32
FIELD_KEY_BYTES = 32
AES_KEY = "[A-Za-z0-9]{43}"


class SettingsError(Exception):
    """The environment is unusable; `faults` names each setting and its remedy, in Chinese."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("配置有误：\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class WeChatApp:
    """Credentials of one mini program or official account; `token` and `aes_key` guard its callbacks."""

    appid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)


class FieldKey(NamedTuple):
    """A key for personal fields at rest: its number lies before every value, the suite is what it is used with."""

    number: int
    secret: bytes
    suite: Literal["aes", "sm4"] = "aes"


@dataclass(frozen=True)
class Settings:
    """All that varies between installations. Times of day are in `timezone`, instants in UTC."""

    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    field_keys: tuple[FieldKey, ...] = field(repr=False)
    public_url: str
    media_root: Path
    timezone: ZoneInfo
    demo: bool
    miniprogram: WeChatApp
    official: WeChatApp
    wecom_corp_id: str
    wecom_secret: str = field(repr=False)
    wechat_api_url: str = WECHAT_API_URL
    wecom_api_url: str = WECOM_API_URL
    redis_url: str | None = field(default=None, repr=False)
    index_keys: tuple[FieldKey, ...] = field(default=(), repr=False)
    metrics_port: int | None = None
    heartbeat_url: str | None = field(default=None, repr=False)
    media_accel: str = ""


class _Reader:
    """Reads names from the environment and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, "").strip() or default

    def secret(self, name: str) -> str:
        """The value of NAME, or the content of the file that NAME_FILE points to."""
        path = self.text(f"{name}_FILE")
        if not path:
            return self.text(name)
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.faults.append(f"{name}_FILE：读不到文件 {path}")
            return ""

    def flag(self, name: str) -> bool:
        value = self.text(name, "false").lower()
        if value not in {"true", "false"}:
            self.faults.append(f"{name}：只能是 true 或 false")
        return value == "true"

    def port(self, name: str) -> int | None:
        value = self.text(name)
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,5}", value) or not 0 < int(value) < 65_536:
            self.faults.append(f"{name}：须为 1–65535 的端口号")
            return None
        return int(value)

    def timezone(self, name: str, default: str) -> ZoneInfo:
        try:
            return ZoneInfo(self.text(name, default))
        except (ValueError, ZoneInfoNotFoundError):
            self.faults.append(f"{name}：不认识的时区")
            return ZoneInfo(default)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of `contract.md` §2; raises SettingsError naming every fault at once."""
    reader = _Reader(os.environ if environ is None else environ)
    demo = reader.flag("DEMO")
    settings = Settings(
        database_url=reader.secret("DATABASE_URL") or "sqlite:///var/zhibu.db",
        secret_key=_strong_secret(reader, "SECRET_KEY"),
        field_keys=_keys(reader, "FIELD_KEY"),
        public_url=_public_url(reader, demo=demo),
        media_root=Path(reader.text("MEDIA_ROOT", "var/media")),
        timezone=reader.timezone("TIMEZONE", "Asia/Shanghai"),
        demo=demo,
        miniprogram=_wechat_app(reader, "MINIPROGRAM", required=True),
        official=_wechat_app(reader, "OFFICIAL", required=False),
        wecom_corp_id=reader.text("WECOM_CORP_ID"),
        wecom_secret=reader.secret("WECOM_SECRET"),
        wechat_api_url=_platform_url(reader, "WECHAT_API_URL", WECHAT_API_URL),
        wecom_api_url=_platform_url(reader, "WECOM_API_URL", WECOM_API_URL),
        redis_url=_redis_url(reader),
        index_keys=_keys(reader, "INDEX_KEY") if reader.secret("INDEX_KEY") else (),
        metrics_port=reader.port("METRICS_PORT"),
        heartbeat_url=_heartbeat_url(reader),
        media_accel=_media_accel(reader),
    )
    _check_database_url(reader, settings.database_url)
    if reader.faults:
        raise SettingsError(list(dict.fromkeys(reader.faults)))
    return settings


def _strong_secret(reader: _Reader, name: str) -> str:
    value = reader.secret(name)
    if len(value) < MIN_SECRET_LENGTH or len(set(value)) < MIN_SECRET_LENGTH // 4:
        reader.faults.append(f"{name}：缺少或太弱，至少 {MIN_SECRET_LENGTH} 个随机字符（openssl rand -base64 48）")
    return value


def _keys(reader: _Reader, name: str) -> tuple[FieldKey, ...]:
    """`base64` or, while keys are changed, `2:base64,1:base64`: the first one writes, all of them read.

    A field key may name its suite: `2:sm4:base64` is SM4-GCM, without a word it is AES-256-GCM.
    """
    keys = [_field_key(part) for part in reader.secret(name).split(",")]
    if None in keys:
        reader.faults.append(f"{name}：须为 32 字节随机数的 base64（openssl rand -base64 32），国密写作 2:sm4:密钥")
    numbers = [key.number for key in keys if key]
    if len(set(numbers)) < len(numbers) or not all(0 < number < 256 for number in numbers):
        reader.faults.append(f"{name}：各密钥的编号须为 1–255 且互不相同，如 2:新密钥,1:旧密钥")
    return tuple(key for key in keys if key)


def _field_key(part: str) -> FieldKey | None:
    *before, encoded = part.strip().split(":")
    suite: Literal["aes", "sm4"] = "sm4" if before[1:] == ["sm4"] else "aes"
    try:
        key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
        found = FieldKey(int(before[0]) if before else 1, key, suite)
    except (ValueError, binascii.Error):
        return None
    fits = len(key) == FIELD_KEY_BYTES and len(set(key)) >= FIELD_KEY_BYTES // 4
    return found if fits and before[1:] in ([], ["aes"], ["sm4"]) else None


def _public_url(reader: _Reader, *, demo: bool) -> str:
    value = reader.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    if not demo and _parts(value)[0] != "https" and not _is_loopback(value):
        reader.faults.append("PUBLIC_URL：对外地址必须以 https:// 开头")
    return value


def _media_accel(reader: _Reader) -> str:
    """The internal location of nginx that holds MEDIA_ROOT; nothing: we hand the files out ourselves."""
    value = reader.text("MEDIA_ACCEL").rstrip("/")
    if value and not re.fullmatch("(/[A-Za-z0-9_-]+)+", value):
        reader.faults.append("MEDIA_ACCEL：须为 nginx 内部地址的路径，如 /kept-media")
    return value


def _wechat_app(reader: _Reader, prefix: str, *, required: bool) -> WeChatApp:
    app = WeChatApp(
        appid=reader.text(f"{prefix}_APPID"),
        secret=reader.secret(f"{prefix}_SECRET"),
        token=reader.secret(f"{prefix}_TOKEN"),
        aes_key=reader.secret(f"{prefix}_AES_KEY"),
    )
    if not required and not app.appid:
        return app
    named = {"APPID": app.appid, "SECRET": app.secret, "TOKEN": app.token}
    reader.faults += [f"{prefix}_{name}：缺少，见微信公众平台后台" for name, value in named.items() if not value]
    if app.aes_key and not re.fullmatch(AES_KEY, app.aes_key):
        reader.faults.append(f"{prefix}_AES_KEY：须为 43 个字母或数字（EncodingAESKey）")
    return app


def _platform_url(reader: _Reader, name: str, default: str) -> str:
    """A slip here would send the app secret to a stranger, so only loopback is taken without a second word."""
    value = reader.text(name, default).rstrip("/")
    if value != default and not _is_loopback(value) and not reader.flag("ALLOW_WECHAT_PROXY"):
        reader.faults.append(f"{name}：不是微信官方地址；确需代理时另设 ALLOW_WECHAT_PROXY=true")
    return value


def _heartbeat_url(reader: _Reader) -> str | None:
    """Where the bot says each minute that it lives; its path is as good as a password."""
    value = reader.secret("HEARTBEAT_URL")
    if value and _parts(value)[0] != "https" and not _is_loopback(value):
        reader.faults.append("HEARTBEAT_URL：必须以 https:// 开头")
    return value or None


def _redis_url(reader: _Reader) -> str | None:
    """Through which the web process wakes the bots; nothing: they look once a second."""
    value = reader.secret("REDIS_URL")
    scheme, host, path = _parts(value)
    if value and (scheme not in {"redis", "rediss"} or not host or not re.fullmatch("/?[0-9]*", path)):
        reader.faults.append("REDIS_URL：须为 redis://主机:端口/库号，TLS 写作 rediss://")
    return value or None


def _is_loopback(url: str) -> bool:
    scheme, host, _ = _parts(url)
    try:
        return scheme in {"http", "https"} and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_database_url(reader: _Reader, url: str) -> None:
    scheme, _, path = _parts(url)
    if scheme not in {"sqlite", "mysql"} or not path.strip("/"):
        reader.faults.append("DATABASE_URL：只支持 sqlite:///路径 或 mysql://用户:密码@主机/库")


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme, host and path; nothing of what cannot be read as a URL."""
    try:
        parts = urlsplit(url)
        return parts.scheme if parts.port != 0 else "", parts.hostname or "", parts.path
    except ValueError:
        return "", "", ""
