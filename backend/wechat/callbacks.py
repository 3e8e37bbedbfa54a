"""What the platform calls us for: verified, decrypted, as a dict whatever its format was; and our answers to it."""

import hashlib
import hmac
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import xmltodict

from backend.core.errors import AppError
from backend.core.settings import WeChatApp

WINDOW = timedelta(minutes=5)
MAX_CALLBACK_BYTES = 200_000


@dataclass(frozen=True)
class Push:
    """One HTTP call of the platform: its query and its raw body."""

    query: Mapping[str, str]
    body: bytes

    @property
    def encrypted(self) -> bool:
        """Whether it came in safe or compatible mode, so that an answer must be encrypted too."""
        return self.query.get("encrypt_type") == "aes"

    @property
    def signature(self) -> str:
        """What the platform signed it with; only that of an encrypted push covers the body too."""
        return self.query.get("msg_signature" if self.encrypted else "signature", "")


def open_push(app: WeChatApp, push: Push, *, now: datetime) -> dict[str, Any]:
    """The event in a push; 403 for one that the platform did not sign within five minutes, 400 for gibberish.

    An encrypted push is proved by `msg_signature` alone, as the platform's documentation wants it.
    """
    if push.encrypted:
        _check_time(push.query, now)
    else:
        verify(app, push.query, now=now)
    return read_event(app, push)


def verify(app: WeChatApp, query: Mapping[str, str], *, now: datetime) -> None:
    """403 unless the call is signed with our token and not older than five minutes."""
    parts = sorted([app.token, query.get("timestamp", ""), query.get("nonce", "")])
    expected = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    if not app.token or not hmac.compare_digest(expected.encode(), query.get("signature", "").encode()):
        raise _bad_signature()
    _check_time(query, now)


def _check_time(query: Mapping[str, str], now: datetime) -> None:
    if not _recent(query.get("timestamp", ""), now):
        raise AppError("stale_callback", "时间戳已过期", status=403)


def _recent(timestamp: str, now: datetime) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 11:
        return False
    return abs(datetime.fromtimestamp(int(timestamp), UTC) - now) <= WINDOW


def read_event(app: WeChatApp, push: Push) -> dict[str, Any]:
    """The event as a dict: from XML or JSON, plain, compatible or encrypted; 400 when it is none of these."""
    document = _parse(push.body)
    if "Encrypt" in document:
        document = _parse(_decrypt(app, document, push.query))
    elif push.encrypted:
        raise _unreadable()  # said to be sealed: what stands there in the open is not the platform's
    if not all(isinstance(document.get(name), str) for name in ("ToUserName", "MsgType")):
        raise _unreadable()
    return document


def _parse(raw: bytes | str) -> dict[str, Any]:
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else raw
    try:
        if text.lstrip().startswith("{"):
            document = json.loads(text)
        else:
            document = xmltodict.parse(text, disable_entities=True).get("xml")
        _fingerprint(document)  # what is nested too deep to be written down is not kept either
    except Exception:
        raise _unreadable() from None
    if not isinstance(document, dict):
        raise _unreadable()
    return document


def _decrypt(app: WeChatApp, document: dict[str, Any], query: Mapping[str, str]) -> str:
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException

    if not app.aes_key:
        raise AppError("bad_callback", "没有配置消息加解密密钥，读不了加密的推送", status=400)
    crypto = WeChatCrypto(app.token, app.aes_key, app.appid)
    try:
        plain: str = crypto.decrypt_message(
            {"Encrypt": str(document["Encrypt"])},
            query.get("msg_signature", ""),
            query.get("timestamp", ""),
            query.get("nonce", ""),
        )
    except (InvalidSignatureException, InvalidAppIdException, ValueError, IndexError, struct.error):
        raise _bad_signature() from None
    return plain


def seal_reply(app: WeChatApp, push: Push, reply: str, *, now: datetime) -> str:
    """The answer as it must travel: encrypted and signed when the push was; always XML."""
    if not push.encrypted:
        return reply
    from wechatpy.crypto import WeChatCrypto

    crypto = WeChatCrypto(app.token, app.aes_key, app.appid)
    sealed: str = crypto.encrypt_message(reply, push.query.get("nonce", ""), str(int(now.timestamp())))
    return sealed


def _bad_signature() -> AppError:
    return AppError("bad_signature", "签名不符", status=403)


def _unreadable() -> AppError:
    return AppError("bad_callback", "推送内容无法识别", status=400)


def event_key(event: Mapping[str, Any]) -> str:
    """What is the same in every delivery of one event: the message id, else sender, time and content."""
    if event.get("MsgId"):
        return f"msg:{event['MsgId']}"
    return f"event:{event.get('FromUserName')}:{event.get('CreateTime')}:{_fingerprint(event)[:32]}"


def _fingerprint(document: object) -> str:
    raw = json.dumps(document, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(raw.encode(errors="surrogatepass")).hexdigest()


def happened_at(event: Mapping[str, Any], *, now: datetime) -> datetime:
    """When the platform says that it happened; `now` where it says nothing sensible."""
    stamp = str(event.get("CreateTime", ""))
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 11:
        return now
    return datetime.fromtimestamp(int(stamp), UTC)


def entries(event: Mapping[str, Any], wrapper: str) -> list[dict[str, Any]]:
    """The `List` of a subscription event: an object or an array in JSON, nested in a wrapper in XML."""
    nested = event.get(wrapper)
    found = nested.get("List") if isinstance(nested, dict) else event.get("List")
    if isinstance(found, dict):
        return [found]
    return [entry for entry in found or [] if isinstance(entry, dict)]
