"""The eight kinds of robot posts: what each must hold, and how a person would read it."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator.bodies import part_of, texts_of
from emulator.calls import Call
from emulator.errors import PlatformError

MARKDOWN_BYTES = 4096
IMAGE_BYTES = 2 * 1024 * 1024
MOST_ARTICLES = 8
ARTICLE_TITLE_BYTES = 128
ARTICLE_DESCRIPTION_BYTES = 512
MOST_CARD_ROWS = 6
MOST_CARD_JUMPS = 3
MEDIA_LIFE_S = 3 * 86_400


@dataclass(frozen=True)
class Post:
    """A checked post. `kept` replaces the content in the outbox where the original is too large to keep."""

    title: str
    text: str
    url: str = ""
    kept: dict[str, Any] | None = None
    lines: list[list[str]] = field(default_factory=list)


def read_text(call: Call, content: dict[str, Any]) -> Post:
    text = _filled(content.get("content"))
    _check_length("text.content", text, call.platform.world.settings.webhook_text_bytes)
    named = texts_of(content, "mentioned_list") + texts_of(content, "mentioned_mobile_list")
    mentions = " ".join(f"@{'所有人' if name == '@all' else name}" for name in named)
    return Post("", f"{text}\n{mentions}" if mentions else text)


def read_markdown(kind: str) -> Callable[[Call, dict[str, Any]], Post]:
    def read(call: Call, content: dict[str, Any]) -> Post:
        text = _filled(content.get("content"))
        _check_length(f"{kind}.content", text, MARKDOWN_BYTES)
        return Post("", text)

    return read


def _filled(text: Any) -> str:
    if not isinstance(text, str) or not text:
        raise PlatformError(44004)
    return text


def _check_length(name: str, text: str, most: int) -> None:
    if len(text.encode()) > most:
        raise PlatformError(40058, f"{name} exceed max length {most}. invalid Request Parameter")


def read_image(call: Call, content: dict[str, Any]) -> Post:
    """Base64 and MD5 of a JPG or PNG of at most 2 MB."""
    codes = call.platform.world.settings.code
    try:
        raw = base64.b64decode(_filled(content.get("base64")), validate=True)
    except binascii.Error:
        raise PlatformError(40009) from None
    if len(raw) > IMAGE_BYTES:
        raise PlatformError(codes("webhook_image_too_large"))
    md5 = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    if md5 != str(content.get("md5", "")).lower():
        raise PlatformError(codes("webhook_image_md5"))
    return Post("", "［图片］", kept={"md5": md5, "bytes": len(raw), "base64": content["base64"]})


def read_news(call: Call, content: dict[str, Any]) -> Post:
    """1 to 8 articles; a description that is too long is cut."""
    codes = call.platform.world.settings.code
    articles = content.get("articles")
    if not isinstance(articles, list) or not 1 <= len(articles) <= MOST_ARTICLES:
        raise PlatformError(codes("webhook_news_count"))
    kept = [_article(article, codes("webhook_news_url")) for article in articles]
    text = "\n".join(f"{a['title']}\n{a['description']}".rstrip() for a in kept)
    return Post(kept[0]["title"], text, kept[0]["url"], {"articles": kept})


def _article(article: Any, url_missing: int) -> dict[str, str]:
    if not isinstance(article, dict):
        raise PlatformError(40058)
    title = _filled(article.get("title"))
    _check_length("news.articles.title", title, ARTICLE_TITLE_BYTES)
    if not article.get("url"):
        raise PlatformError(url_missing)
    description = str(article.get("description") or "").encode()[:ARTICLE_DESCRIPTION_BYTES].decode(errors="ignore")
    picture = str(article.get("picurl") or "")
    return {"title": title, "description": description, "url": str(article["url"]), "picurl": picture}


def read_media(kind: str) -> Callable[[Call, dict[str, Any]], Post]:
    def read(call: Call, content: dict[str, Any]) -> Post:
        media = call.platform.state.media.get(str(content.get("media_id")))
        if media is None or media.kind != kind or call.now >= media.created_at + MEDIA_LIFE_S:
            raise PlatformError(40007)
        name = "文件" if kind == "file" else "语音"
        return Post(media.file_name, f"［{name}］{media.file_name}", kept={"media_id": media.id, "size": media.size})

    return read


def read_card(call: Call, content: dict[str, Any]) -> Post:
    """A text_notice or news_notice; it must lead somewhere and say something."""
    if content.get("card_type") not in ("text_notice", "news_notice"):
        raise PlatformError(40058, "template_card.card_type invalid. invalid Request Parameter")
    title, rest = _card_title(content)
    rows = _items(content, "horizontal_content_list", MOST_CARD_ROWS)
    _items(content, "jump_list", MOST_CARD_JUMPS)
    if content["card_type"] == "news_notice" and not part_of(content, "card_image").get("url"):
        raise PlatformError(40058, "template_card.card_image.url missing. invalid Request Parameter")
    lines = [[str(row.get("keyname") or ""), str(row.get("value") or "")] for row in rows]
    text = "\n".join(part for part in [title, *rest, *(f"{label}：{value}" for label, value in lines)] if part)
    return Post(title or rest[-1], text, _card_target(content), lines=lines)


def _card_title(content: dict[str, Any]) -> tuple[str, list[str]]:
    main = part_of(content, "main_title")
    title, description = str(main.get("title") or ""), str(main.get("desc") or "")
    subtitle = str(content.get("sub_title_text") or "")
    if not title and not subtitle:
        raise PlatformError(
            40058, "template_card main_title.title and sub_title_text missing. invalid Request Parameter"
        )
    return title, [description, subtitle]


def _card_target(content: dict[str, Any]) -> str:
    """`card_action` type 1 opens an address, type 2 a mini program."""
    action = part_of(content, "card_action")
    if action.get("type") == 1 and action.get("url"):
        return str(action["url"])
    if action.get("type") == 2 and action.get("appid"):
        return str(action.get("pagepath") or action["appid"])
    raise PlatformError(40058, "template_card.card_action invalid. invalid Request Parameter")


def _items(content: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    items = content.get(name) or []
    if not isinstance(items, list) or len(items) > most:
        raise PlatformError(40058, f"template_card.{name} exceed max length {most}. invalid Request Parameter")
    return [item for item in items if isinstance(item, dict)]


KINDS: dict[str, Callable[[Call, dict[str, Any]], Post]] = {
    "text": read_text,
    "markdown": read_markdown("markdown"),
    "markdown_v2": read_markdown("markdown_v2"),
    "image": read_image,
    "news": read_news,
    "file": read_media("file"),
    "voice": read_media("voice"),
    "template_card": read_card,
}
