"""Who the platform says has come."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Visitor:
    """One log-in: openid within one app, unionid over all apps of one owner; the session key stays here."""

    appid: str
    openid: str
    unionid: str | None
    session_key: str | None = field(repr=False)
