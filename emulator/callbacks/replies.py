"""What the app's server answered to a message: silence, a passive reply, or something nobody understands."""

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from emulator.callbacks.crypto import CryptoError, decrypt, signature
from emulator.config import App

if TYPE_CHECKING:
    from emulator.platform import Platform

OUT_OF_SERVICE = "该公众号暂时无法提供服务，请稍后再试"


class ReplyError(ValueError):
    """An answer that is no passive reply."""


def take_reply(platform: "Platform", app: App, message: dict[str, Any], answer: bytes | None) -> str:
    """Put the reply, or the platform's sentence, before the user: delivered, replied or unanswered."""
    if answer is not None and answer.strip() in (b"", b"success"):
        return "delivered"
    try:
        if answer is None:
            raise ReplyError("no answer")
        reply = opened(app, answer)
    except (ReplyError, CryptoError):
        if app.kind == "official":
            _show(platform, app, message, "text", OUT_OF_SERVICE, {"error": True})
        return "unanswered"
    _show(platform, app, message, str(reply.get("MsgType")), reply_text(reply), reply)
    return "replied"


def opened(app: App, answer: bytes) -> dict[str, Any]:
    """The fields of a passive reply; in safe mode its signature is checked and it is decrypted."""
    fields = _parsed(answer)
    if "Encrypt" in fields:
        wanted = signature(app.token, str(fields.get("TimeStamp")), str(fields.get("Nonce")), str(fields["Encrypt"]))
        if wanted != fields.get("MsgSignature"):
            raise CryptoError("wrong MsgSignature")
        fields = _parsed(decrypt(app.aes_key, app.appid, str(fields["Encrypt"])))
    elif app.mode == "safe":
        raise ReplyError("a plain reply in safe mode")
    if not fields.get("MsgType"):
        raise ReplyError("no MsgType")
    return fields


def _parsed(raw: bytes) -> dict[str, Any]:
    text = raw.strip()
    try:
        if text.startswith(b"{"):
            fields = json.loads(text)
            return fields if isinstance(fields, dict) else {}
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise ReplyError("a document type is not expected here")
        return {child.tag: _value(child) for child in _elements(text)}
    except (ValueError, ElementTree.ParseError) as fault:
        raise ReplyError(str(fault)) from fault


def _elements(text: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 document types, where entities live, were refused


def _value(element: ElementTree.Element) -> Any:
    if len(element) == 0:
        return element.text or ""
    if all(child.tag == "item" for child in element):
        return [_value(child) for child in element]
    return {child.tag: _value(child) for child in element}


def reply_text(reply: dict[str, Any]) -> str:
    """A passive reply as a person would read it."""
    kind = reply.get("MsgType")
    if kind == "text":
        return str(reply.get("Content", ""))
    if kind == "news":
        articles = reply.get("Articles") or []
        return "\n".join(f"{a.get('Title', '')}\n{a.get('Description', '')}\n{a.get('Url', '')}" for a in articles)
    names = {"image": "［图片］", "voice": "［语音］", "video": "［视频］", "music": "［音乐］"}
    return names.get(str(kind), f"［{kind}］")


def _show(platform: "Platform", app: App, message: dict[str, Any], kind: str, text: str, data: Any) -> None:
    openid = str(message.get("FromUserName", ""))
    user = platform.world.user_of_openid(openid)
    name = user.name if user else ""
    platform.deliver("official_reply", kind, text, data, appid=app.appid, user=name, openid=openid)
