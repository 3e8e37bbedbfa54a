"""What the chat answers: links into the mini program, the person's own things, nobody else's."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from backend.chat.links import Links
from backend.chat.menu import buttons
from backend.chat.words import WORDS, Wish, wish_in
from backend.service.models import ServiceOrder
from tests.branch_life.makers import START, planned, scan
from tests.cast import Person, World
from tests.chat.conftest import Chat
from tests.conftest import Api, FakeClock
from tests.learning.lessons.conftest import Desk, desk
from tests.service.conftest import CATALOGUE

__all__ = ["desk"]

Clients = Callable[[Person | None], Api]
LAMP: dict[str, Any] = {
    "service_type": "repair",
    "title": "三号楼楼道灯不亮",
    "description": "三单元二楼的灯坏了一周。",
    "place": {"text": "三号楼三单元"},
    "contact": {"name": "李桂芳", "phone": "13812345678"},
}
LINK = re.compile(r'<a href="([^"]*)" data-miniprogram-appid="([^"]*)" data-miniprogram-path="([^"]*)">([^<]*)</a>')


def pages(text: str) -> list[str]:
    """Where the links of an answer lead."""
    return [found[2] for found in LINK.findall(text)]


def submit(api: Clients, world: World, **changed: Any) -> str:
    """The number of a new order of the resident."""
    answer = api(world.resident).post("/orders", {**LAMP, **changed})
    assert answer.status == 201, answer.body
    return str(answer.data["number"])


@pytest.fixture
def catalogue(world: World) -> None:
    """The kinds of service and their timers."""
    CATALOGUE.lay_down()


def test_every_answer_leads_into_the_mini_program_and_to_the_web(chat: Chat, world: World) -> None:
    for word in [words[0] for words in WORDS.values()] + ["三号楼的灯坏了很久"]:
        for person in (world.member, None):
            ((web, appid, page, label),) = LINK.findall(chat.say(person, word))
            assert appid == chat.settings.miniprogram.appid
            assert web == f"https://zhibu.example/m/#/{page}"
            assert label


def test_help_tells_all_five_words(chat: Chat, world: World) -> None:
    text = chat.say(world.resident, "帮助")
    for word in ("签到", "点单", "进度", "本周党课", "帮助"):
        assert word in text


def test_whoever_follows_is_greeted(chat: Chat) -> None:
    assert chat.tell(None, MsgType="event", Event="subscribe") == chat.say(None, "帮助")


def test_an_activity_of_today_is_offered_for_check_in(chat: Chat, world: World, api: Clients, clock: FakeClock) -> None:
    activity = planned(api, world)
    planned(
        api,
        world,
        title="明天的",
        starts_at=(START + timedelta(days=1)).isoformat(),
        ends_at=(START + timedelta(days=1, hours=1)).isoformat(),
    )
    text = chat.say(world.member, "签到")
    assert "重走小平求学路”，11月23日 09:30，社区党群服务中心二楼" in text
    assert pages(text) == [f"pages/activity/detail?id={activity}"]
    assert "去签到" in text
    assert scan(api, world.member, activity, clock()).status == 201
    assert "已签到" in chat.say(world.member, "签到")


@pytest.mark.parametrize("part", ["resident", "stranger", "host_secretary", "county_officer"])
def test_who_is_not_invited_hears_of_no_activity(chat: Chat, world: World, api: Clients, part: str) -> None:
    planned(api, world)
    assert pages(chat.say(world.people[part], "签到")) == ["pages/activity/list"]


def test_a_cancelled_activity_is_not_offered(chat: Chat, world: World, api: Clients) -> None:
    activity = planned(api, world)
    assert api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "大雨"}).status == 200
    assert pages(chat.say(world.member, "签到")) == ["pages/activity/list"]


@pytest.mark.usefixtures("catalogue")
def test_progress_shows_kind_and_state_of_ones_own_orders(chat: Chat, world: World, api: Clients) -> None:
    number = submit(api, world)
    text = chat.say(world.resident, "进度")
    assert f"（{number}）：" in text
    assert pages(text) == [f"pages/order/detail?number={number}"]
    for secret in ("三号楼", "灯", "李桂芳", "138"):
        assert secret not in text
    assert pages(chat.say(world.neighbour, "进度")) == ["pages/order/list"]
    assert pages(chat.say(world.secretary, number)) == ["pages/order/list"]


@pytest.mark.usefixtures("catalogue")
def test_progress_shows_the_three_latest_open_orders(chat: Chat, world: World, api: Clients) -> None:
    numbers = [submit(api, world, title=f"第{n}件事") for n in range(5)]
    ServiceOrder.update(state="closed").where(ServiceOrder.number == numbers[4]).execute()
    shown = [page.partition("=")[2] for page in pages(chat.say(world.resident, "进度"))]
    assert shown == numbers[3:0:-1]


def test_this_weeks_lesson_is_offered_with_its_lecturer(chat: Chat, world: World, desk: Desk, clock: FakeClock) -> None:
    assert pages(chat.say(world.member, "本周党课")) == ["pages/lesson/list"]
    lesson = desk.published()
    text = chat.say(world.member, "党课")
    assert text.startswith("本周党课《把小事办到门口》，主讲：孙立新，约 5 分钟。")
    assert pages(text) == [f"pages/lesson/detail?id={lesson}"]
    clock.advance(days=8)
    assert "还没有更新" in chat.say(world.member, "党课")
    assert pages(chat.say(None, "党课")) == ["pages/lesson/list"]


def test_free_text_becomes_a_draft_behind_a_link_and_nothing_is_kept(
    chat: Chat, world: World, statements: Callable[[], Any]
) -> None:
    words = "三号楼二单元 301 的老人 & 邻居说：灯坏了！\n\n联系 13812345678 <b>"
    with statements() as ran:
        text = chat.say(world.resident, words)
    ((web, _, page, _),) = LINK.findall(text)
    drafted = parse_qs(urlsplit(page).query)["draft"]
    assert drafted == ["三号楼二单元 301 的老人 & 邻居说：灯坏了！ 联系 13812345678 <b>"]
    assert unquote(web).endswith(f"/m/#/pages/order/new?draft={drafted[0]}")
    assert not any(sql.split()[0] in {"INSERT", "UPDATE", "DELETE"} for sql in ran)
    assert ServiceOrder.select().count() == 0


def test_a_long_text_is_cut_and_says_so(chat: Chat, world: World) -> None:
    text = chat.say(world.resident, "灯" * 500)
    ((_, _, page, _),) = LINK.findall(text)
    assert parse_qs(urlsplit(page).query)["draft"] == ["灯" * 60]
    assert "前 60 个字" in text
    assert len(text.encode()) <= 2000  # the platform takes 2,048 bytes, and half a link is none


@pytest.mark.usefixtures("catalogue")
def test_the_longest_answers_stay_whole(chat: Chat, world: World, api: Clients) -> None:
    for number in range(3):
        submit(api, world, title=f"第{number}件事")
        planned(api, world, title="长" * 60, place={"text": "远" * 80})
    for word in ("进度", "签到"):
        assert len(chat.say(world.resident, word).encode()) <= 2000
        assert len(chat.say(world.member, word).encode()) <= 2000


def test_other_accounts_and_silent_events_get_no_answer(chat: Chat, world: World) -> None:
    event = {"MsgType": "text", "Content": "帮助", "FromUserName": "o-1"}
    assert chat.conversation.answer(chat.settings.miniprogram.appid, event, now=chat.clock()) is None
    assert chat.tell(world.member, MsgType="event", Event="unsubscribe") == ""


def test_the_menu_fits_the_platform_and_the_chat(chat: Chat) -> None:
    shown = buttons(Links("wx1", "https://zhibu.example"))
    assert 1 <= len(shown) <= 3
    leaves = [leaf for button in shown for leaf in button.get("sub_button", [button])]
    for button in shown:
        assert len(button["name"].encode()) <= 16
        assert len(button.get("sub_button", [])) <= 5
    for leaf in leaves:
        assert len(leaf["name"].encode()) <= 60
        if leaf["type"] == "click":
            assert wish_in({"MsgType": "event", "Event": "CLICK", "EventKey": leaf["key"]}) is Wish(leaf["key"])
