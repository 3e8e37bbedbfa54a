"""The menu below the chat: taps that the chat answers, and pages that open at once."""

from typing import Any

from backend.chat import links
from backend.chat.links import Links
from backend.chat.words import WORDS, Wish


def buttons(to: Links) -> list[dict[str, Any]]:
    """Three buttons, as the platform wants them; phones show a change within five minutes."""
    return [
        _page(to, "点单", links.NEW_ORDER),
        {"name": "办事", "sub_button": [_tap(Wish.CHECK_IN), _tap(Wish.PROGRESS), _tap(Wish.HELP)]},
        {"name": "学习", "sub_button": [_tap(Wish.LESSON), _page(to, "学习卡", links.CARD)]},
    ]


def _tap(wish: Wish) -> dict[str, Any]:
    return {"type": "click", "name": WORDS[wish][0], "key": wish.value}


def _page(to: Links, name: str, page: str) -> dict[str, Any]:
    return {"type": "miniprogram", "name": name, "url": to.web(page), "appid": to.appid, "pagepath": page}
