"""Passive replies: what a person reads in the official account's chat, at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.wechat.robots import clip_bytes

MAX_TEXT_BYTES = 2000
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class TextReply:
    """A text; links may stand in it as `<a href=…>`."""

    text: str


@dataclass(frozen=True)
class CardReply:
    """One article with a picture; the platform takes one for an answer."""

    title: str
    description: str
    url: str
    picture_url: str = ""


Reply = TextReply | CardReply


def render(reply: Reply, event: Mapping[str, Any], *, now: datetime) -> str:
    """The reply to this event as the platform's XML."""
    from wechatpy.replies import ArticlesReply
    from wechatpy.replies import TextReply as PlatformText

    head = {
        "source": _safe(str(event.get("ToUserName", ""))),
        "target": _safe(str(event.get("FromUserName", ""))),
        "time": int(now.timestamp()),
    }
    if isinstance(reply, TextReply):
        shown = PlatformText(**head, content=_safe(clip_bytes(reply.text, MAX_TEXT_BYTES)))
    else:  # the list is given: wechatpy's default one is shared by all replies and would grow
        shown = ArticlesReply(**head, articles=[_article(reply)])
    text: str = shown.render()
    return text


def _article(reply: CardReply) -> dict[str, str]:
    parts = {"title": reply.title, "description": reply.description, "url": reply.url, "image": reply.picture_url}
    return {name: _safe(value) for name, value in parts.items()}


def _safe(text: str) -> str:
    """Nothing that XML forbids, and nothing that ends the section in which the platform wants its texts."""
    return NOT_IN_XML.sub("", text).replace("]]>", "]] >")
