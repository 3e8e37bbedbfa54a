"""What people mean: words, short questions, numbers, and requests in their own words."""

from typing import Any

import pytest

from backend.chat.words import WORDS, Wish, wish_in, wish_of_text


@pytest.mark.parametrize(("word", "wish"), [(word, wish) for wish, words in WORDS.items() for word in words])
def test_each_word_means_its_wish(word: str, wish: Wish) -> None:
    assert wish_of_text(word) is wish
    assert wish_of_text(f" 【{word}】！ ") is wish


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("签到", Wish.CHECK_IN),
        ("怎么签到？", Wish.CHECK_IN),
        ("我的工单", Wish.PROGRESS),
        ("261123-483920", Wish.PROGRESS),
        ("请问 261123-483920 这个单子现在到底办到什么程度了呀", Wish.PROGRESS),
        ("本周 党课", Wish.LESSON),
        ("我要报修", Wish.ORDER),
        ("报修三号楼电梯", Wish.DRAFT),
        ("三号楼二单元的灯坏了一个星期", Wish.DRAFT),
        ("今天的党课讲得很好，但是会议室的空调坏了能不能修", Wish.DRAFT),
        ("HELP", Wish.HELP),
        ("", Wish.HELP),
        ("？", Wish.HELP),
        ("好的", Wish.HELP),
        ("😀", Wish.HELP),
        ("谢谢你们", Wish.HELP),
    ],
)
def test_what_people_write(text: str, wish: Wish) -> None:
    assert wish_of_text(text) is wish


@pytest.mark.parametrize(
    ("event", "wish"),
    [
        ({"MsgType": "event", "Event": "subscribe"}, Wish.HELP),
        ({"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_branch=DH"}, Wish.HELP),
        ({"MsgType": "event", "Event": "SCAN", "EventKey": "branch=DH"}, Wish.HELP),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "lesson"}, Wish.LESSON),
        ({"MsgType": "event", "Event": "CLICK", "EventKey": "of an older menu"}, Wish.HELP),
        ({"MsgType": "event", "Event": "VIEW", "EventKey": "https://a.example"}, Wish.NOTHING),
        ({"MsgType": "event", "Event": "unsubscribe"}, Wish.NOTHING),
        ({"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH"}, Wish.NOTHING),
        ({"MsgType": "image", "PicUrl": "https://a.example/p"}, Wish.ORDER),
        ({"MsgType": "voice"}, Wish.ORDER),
        ({"MsgType": "text"}, Wish.HELP),
    ],
)
def test_what_the_platform_tells(event: dict[str, Any], wish: Wish) -> None:
    assert wish_in(event) is wish
