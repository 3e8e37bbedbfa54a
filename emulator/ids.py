"""Every identifier that the platform hands out, in its real shape."""

import base64
import hashlib
import secrets
import string

LETTERS_AND_DIGITS = string.ascii_letters + string.digits


def openid_of(appid: str, user: str) -> str:
    """`o` and 27 characters; the same for the same app and user on every start."""
    return "o" + _digest_text(f"openid/{appid}/{user}", 27)


def unionid_of(open_platform: str, user: str) -> str:
    return "o" + _digest_text(f"unionid/{open_platform}/{user}", 27)


def original_id_of(appid: str) -> str:
    """The account's own name in messages, `gh_` and 12 hexadecimal digits."""
    return "gh_" + hashlib.sha256(appid.encode()).hexdigest()[:12]


def _digest_text(seed: str, length: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(seed.encode()).digest()).decode()[:length]


def session_key() -> str:
    return base64.b64encode(secrets.token_bytes(16)).decode()


def one_time_code() -> str:
    return random_text(32)


def phone_code() -> str:
    return secrets.token_hex(32)


def access_token() -> str:
    """`NN_` and 134 characters, within the 512 that the platform promises."""
    return f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(100)}"[:137]


def random_text(length: int) -> str:
    return "".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(length))


def rid(now: float) -> str:
    """Request id of a WeChat answer: three groups of hexadecimal digits, the first is the Unix time."""
    return f"{int(now):08x}-{secrets.randbits(32):08x}-{secrets.randbits(32):08x}"


def wecom_hint(now: float) -> str:
    """Hint of a WeCom answer: the Unix time followed by random digits."""
    return f"{int(now)}{secrets.randbelow(10**12):012d}"


def message_id() -> int:
    return secrets.randbelow(2**62) + 2**61


def media_id() -> str:
    return "3" + secrets.token_urlsafe(48)
