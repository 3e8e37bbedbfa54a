"""One message, written as JSON or XML, plain, compatible or safe."""

import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from emulator.callbacks.crypto import encrypt, signature
from emulator.config import App

# In XML the entries of these events stand one level deeper than in JSON.
XML_NESTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}


@dataclass(frozen=True)
class Envelope:
    """A request to the callback: query string, body, content type."""

    query: str
    body: bytes
    content_type: str


def written(app: App, message: dict[str, Any]) -> bytes:
    """The bare message in the app's format. In JSON a `List` of one entry becomes an object."""
    if app.format == "xml":
        return f"<xml>{_xml_of(_nested(message))}</xml>".encode()
    entries = message.get("List")
    if isinstance(entries, list) and len(entries) == 1:
        message = message | {"List": entries[0]}
    return json.dumps(message, ensure_ascii=False).encode()


def _nested(message: dict[str, Any]) -> dict[str, Any]:
    nest = XML_NESTS.get(str(message.get("Event")))
    if nest is None or "List" not in message:
        return message
    outside = {name: value for name, value in message.items() if name != "List"}
    return outside | {nest: {"List": message["List"]}}


def _xml_of(fields: dict[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        return f"<{name}>{_xml_of(value)}</{name}>"
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    text = str(value)
    # a text that would end the CDATA section is escaped instead
    return f"<{name}>{escape(text) if ']]>' in text else f'<![CDATA[{text}]]>'}</{name}>"


def enveloped(
    app: App, message: dict[str, Any], timestamp: int, *, nonce: str = "", wrong_signature: bool = False
) -> Envelope:
    """Sign and, where the app asks for it, encrypt a message. `wrong_signature` spoils every signature."""
    nonce = nonce or str(secrets.randbelow(10**10))
    token = app.token + ("-spoiled" if wrong_signature else "")
    query = {
        "signature": signature(token, str(timestamp), nonce),
        "timestamp": str(timestamp),
        "nonce": nonce,
    }
    if openid := message.get("FromUserName"):
        query["openid"] = str(openid)
    body = written(app, message)
    if app.mode != "plain":
        sealed = encrypt(app.aes_key, app.appid, body)
        query |= {"encrypt_type": "aes", "msg_signature": signature(token, str(timestamp), nonce, sealed)}
        plain = message if app.mode == "compat" else {"ToUserName": message.get("ToUserName", "")}
        body = written(app, plain | {"Encrypt": sealed})
    kind = "application/json" if app.format == "json" else "text/xml"
    return Envelope(urlencode(query), body, kind)
