"""What a person wants: read from a tap on the menu, a word, or a few of them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

# a longer text that mentions one of the words is a request of its own
LONGEST_QUESTION = 10
SHORTEST_REQUEST = 4
ORDER_NUMBER = re.compile(r"\d{6}-\d{6}")
NOISE = re.compile(r"[\s\W_]+")


class Wish(StrEnum):
    """What a person may want of the chat; the value is the key of its menu button."""

    CHECK_IN = "check_in"
    ORDER = "order"
    PROGRESS = "progress"
    LESSON = "lesson"
    HELP = "help"
    DRAFT = "draft"
    NOTHING = "nothing"


# the first word of each line is the one that people are told; which line comes first decides where two would fit
WORDS: Mapping[Wish, tuple[str, ...]] = {
    Wish.CHECK_IN: ("签到", "打卡", "扫码"),
    Wish.PROGRESS: ("进度", "查询", "工单", "办得怎么样", "办到哪"),
    Wish.LESSON: ("本周党课", "党课", "听课", "学习"),
    Wish.ORDER: ("点单", "下单", "报修", "求助", "诉求", "投诉"),
    Wish.HELP: ("帮助", "菜单", "你好", "您好", "谢谢", "怎么用", "help"),
}
# events of the platform to which a person expects no answer
GREETED = {"subscribe", "SCAN"}


def wish_in(event: Mapping[str, Any]) -> Wish:
    """What this message or event asks for."""
    kind = event.get("MsgType")
    if kind == "event":
        return _wish_of_event(str(event.get("Event")), str(event.get("EventKey") or ""))
    return wish_of_text(str(event.get("Content") or "")) if kind == "text" else Wish.ORDER


def _wish_of_event(name: str, key: str) -> Wish:
    if name == "CLICK":
        return Wish(key) if key in set(Wish) else Wish.HELP
    return Wish.HELP if name in GREETED else Wish.NOTHING


def wish_of_text(text: str) -> Wish:
    """A word, a short question with such a word in it, an order's number, or a request in the person's own words."""
    if ORDER_NUMBER.search(text):
        return Wish.PROGRESS
    bare = NOISE.sub("", text).lower()
    if len(bare) <= LONGEST_QUESTION:
        for wish, words in WORDS.items():
            if any(word in bare for word in words) and (wish is not Wish.ORDER or _asks_for_form(bare)):
                return wish
    return Wish.DRAFT if len(bare) >= SHORTEST_REQUEST else Wish.HELP


def _asks_for_form(bare: str) -> bool:
    """Whether somebody wants to write an order, rather than being at it already (报修楼道灯)."""
    return bare.removeprefix("我要").removeprefix("我想") in WORDS[Wish.ORDER]
