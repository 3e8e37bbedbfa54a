"""Robots of WeCom groups (群机器人, now 消息推送): eight kinds of posts, and uploads for two of them.

wechatpy has no such calls. What a post must hold is checked before the call (wechat.md §D.1), so that a mistake of
ours costs nothing of the robot's 20 posts a minute.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import requests

from backend.core.settings import WECOM_API_URL
from backend.wechat.calls import ask, refuse
from backend.wechat.client import TIMEOUT_S, session_for
from backend.wechat.faults import Unsendable, WeComFault

MAX_TEXT_BYTES = 2048
MAX_MARKDOWN_BYTES = 4096
MAX_IMAGE_BYTES = 2 * 1024 * 1024
MAX_ARTICLES = 8
MAX_TITLE_BYTES, MAX_DESCRIPTION_BYTES = 128, 512
MAX_CARD_ROWS = 6
UPLOAD_BYTES = {"file": (5, 20 * 1024 * 1024), "voice": (5, 2 * 1024 * 1024)}
UPLOAD_TIMEOUT_S = (3, 60)
EVERYBODY = "@all"

TOO_LONG, EMPTY, IMAGE_SIZE, FILE_SIZE, BAD_ROBOT = 40058, 44004, 40009, 40006, 93000


@dataclass(frozen=True)
class Post:
    """One post of a robot, checked when it is made."""

    kind: str
    content: Mapping[str, Any]

    def body(self) -> dict[str, Any]:
        """What the platform wants to see."""
        return {"msgtype": self.kind, self.kind: dict(self.content)}


@dataclass(frozen=True)
class Article:
    """One entry of a news post."""

    title: str
    url: str
    description: str = ""
    picture_url: str = ""


@dataclass(frozen=True)
class Card:
    """A template card that leads somewhere: an address, or with `appid` a page of the mini program.

    With a picture it is a news_notice, without one a text_notice. `rows` are names and values, six at most.
    """

    title: str
    target: str
    description: str = ""
    rows: Sequence[tuple[str, str]] = ()
    appid: str | None = None
    picture_url: str | None = None


def text(content: str, *, mentioned: Sequence[str] = (), phones: Sequence[str] = ()) -> Post:
    """A text of up to 2,048 bytes, cut when longer; `mentioned` are user ids, `phones` numbers, or `@all`."""
    named = {"mentioned_list": list(mentioned), "mentioned_mobile_list": list(phones)}
    clipped = clip_bytes(_filled(content), MAX_TEXT_BYTES)
    return Post("text", {"content": clipped, **{name: who for name, who in named.items() if who}})


def markdown(content: str, *, version: Literal[1, 2] = 1) -> Post:
    """Up to 4,096 bytes; version 1 has colours and mentions, version 2 tables, lists and pictures."""
    if len(_filled(content).encode()) > MAX_MARKDOWN_BYTES:
        raise Unsendable(TOO_LONG, "webhook/send", f"markdown of more than {MAX_MARKDOWN_BYTES} bytes")
    return Post("markdown" if version == 1 else "markdown_v2", {"content": content})


def picture(raw: bytes) -> Post:
    """A JPG or PNG of up to 2 MB."""
    if not 0 < len(raw) <= MAX_IMAGE_BYTES:
        raise Unsendable(IMAGE_SIZE, "webhook/send", f"picture of {len(raw)} bytes")
    md5 = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    return Post("image", {"base64": base64.b64encode(raw).decode(), "md5": md5})


def news(articles: Sequence[Article]) -> Post:
    """One to eight articles; titles and descriptions are cut to what the platform takes."""
    if not 1 <= len(articles) <= MAX_ARTICLES or not all(one.title and one.url for one in articles):
        raise Unsendable(TOO_LONG, "webhook/send", "1 to 8 articles, each with title and url")
    return Post("news", {"articles": [_article(one) for one in articles]})


def _article(article: Article) -> dict[str, str]:
    entry = {"title": clip_bytes(article.title, MAX_TITLE_BYTES), "url": article.url, "picurl": article.picture_url}
    description = clip_bytes(article.description, MAX_DESCRIPTION_BYTES)
    return {name: value for name, value in {**entry, "description": description}.items() if value}


def uploaded(media_id: str, kind: Literal["file", "voice"]) -> Post:
    """A file or voice that was uploaded by the same robot within three days."""
    return Post(kind, {"media_id": _filled(media_id)})


def card(content: Card) -> Post:
    """A template card."""
    if len(content.rows) > MAX_CARD_ROWS:
        raise Unsendable(TOO_LONG, "webhook/send", f"card of more than {MAX_CARD_ROWS} rows")
    action = {"type": 1, "url": _filled(content.target)}
    if content.appid:
        action = {"type": 2, "appid": content.appid, "pagepath": content.target}
    parts: dict[str, Any] = {
        "card_type": "news_notice" if content.picture_url else "text_notice",
        "main_title": {"title": _filled(content.title), "desc": content.description},
        "horizontal_content_list": [{"keyname": name, "value": value} for name, value in content.rows],
        "card_action": action,
    }
    picture_part = {"card_image": {"url": content.picture_url}} if content.picture_url else {}
    return Post("template_card", parts | picture_part)


def _filled(content: str) -> str:
    if not content.strip():
        raise Unsendable(EMPTY, "webhook/send", "nothing to say")
    return content


@dataclass
class GroupRobots:
    """All robots of all groups; the key of each is its secret."""

    base_url: str
    _session: requests.Session = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._session = session_for(WECOM_API_URL, self.base_url)

    def post(self, key: str, post: Post) -> None:
        """Post to the group of a robot; 20 a minute for each robot, which is for the caller to keep."""

        def call() -> None:
            url = f"{WECOM_API_URL}/cgi-bin/webhook/send"
            answer = self._session.post(url, params={"key": key}, json=post.body(), timeout=TIMEOUT_S).json()
            _accepted(answer, "webhook/send")

        ask("webhook/send", call, WeComFault)

    def upload(self, key: str, name: str, raw: bytes, kind: Literal["file", "voice"] = "file") -> str:
        """Upload a file (5 bytes to 20 MB) or an AMR voice (2 MB, 60 s) to post; its id lives three days."""
        least, most = UPLOAD_BYTES[kind]
        if not least <= len(raw) <= most:
            raise Unsendable(FILE_SIZE, "webhook/upload_media", f"{kind} of {len(raw)} bytes")

        def call() -> str:
            url = f"{WECOM_API_URL}/cgi-bin/webhook/upload_media"
            query, parts = {"key": key, "type": kind}, {"media": (name, raw)}
            answer = self._session.post(url, params=query, files=parts, timeout=UPLOAD_TIMEOUT_S).json()
            _accepted(answer, "webhook/upload_media")
            return str(answer["media_id"])

        return ask("webhook/upload_media", call, WeComFault)

    def probe(self, key: str) -> bool:
        """Whether the platform knows this key; nothing reaches the group (an empty post is refused after the key)."""
        try:
            ask("webhook/probe", lambda: self._post_nothing(key), WeComFault)
        except WeComFault as fault:
            if fault.errcode != EMPTY:
                raise
        return True

    def _post_nothing(self, key: str) -> None:
        url, body = f"{WECOM_API_URL}/cgi-bin/webhook/send", {"msgtype": "text", "text": {"content": ""}}
        _accepted(self._session.post(url, params={"key": key}, json=body, timeout=TIMEOUT_S).json(), "webhook/probe")


def _accepted(answer: Mapping[str, Any], what: str) -> None:
    answer["errcode"]  # an answer without one is none
    refuse(answer, what, WeComFault)


def clip_bytes(content: str, limit: int) -> str:
    """The text cut to `limit` bytes of UTF-8, never inside a character, with an ellipsis when cut."""
    raw = content.encode()
    if len(raw) <= limit:
        return content
    return raw[: limit - len("…".encode())].decode(errors="ignore") + "…"
