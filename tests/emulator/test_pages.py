"""The pages for a person, and the news they live on."""

import re

import pytest

from tests.emulator.receiver import Receiver
from tests.emulator.speaking import DEMO, LESSON, ROBOT, Emulator, put_menu

HELLO = {"msgtype": "text", "text": {"content": "x"}}


@pytest.mark.parametrize("path", ["/", "/phone/resident-li", f"/group/{ROBOT}"])
def test_page_loads_nothing_from_elsewhere(emulator: Emulator, path: str) -> None:
    answer = emulator.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)
    for asset in re.findall(r"(?:src|href)=\"(/pages/static/[^\"]+)\"", answer.text):
        assert emulator.get(asset).status_code == 200


def test_page_is_named_after_its_chat(emulator: Emulator) -> None:
    assert "<title>李桂芳 · 微信替身</title>" in emulator.get("/phone/resident-li").text
    assert DEMO.robots[0].name in emulator.get(f"/group/{ROBOT}").text


@pytest.mark.parametrize("path", ["/phone/nobody", "/group/nothing"])
def test_page_of_nobody_is_not_found(emulator: Emulator, path: str) -> None:
    assert emulator.get(path).status_code == 404


def test_people_are_users_and_groups(emulator: Emulator) -> None:
    people = emulator.get("/pages/people").json()
    assert [user["name"] for user in people["users"]][:2] == ["李桂芳", "王建国"]
    assert [group["kind"] for group in people["groups"]] == ["企业微信群", "企业微信群", "客户群"]
    emulator.qy("/cgi-bin/appchat/create", {"userlist": ["secretary-sun", "member-zhao"], "chatid": "c1"})
    assert emulator.get("/pages/people").json()["groups"][-1]["kind"] == "应用群"


def test_news_bring_what_is_new_once(emulator: Emulator) -> None:
    emulator.accept("resident-li", LESSON)
    emulator.send_lesson("resident-li")
    emulator.post_to_group(HELLO, "unknown")
    first = emulator.get("/pages/news").json()
    assert [item["title"] for item in first["sent"]] == ["党课更新提醒"]
    assert [item["errcode"] for item in first["refusals"]] == [93000]
    emulator.post_to_group(HELLO)
    second = emulator.get("/pages/news", params={"after": first["seq"]}).json()
    assert [item["channel"] for item in second["sent"]] == ["wecom_robot"]
    assert second["refusals"] == []


def test_news_of_a_user_show_the_menu(emulator: Emulator) -> None:
    assert _menu(emulator, "user:resident-li") == []
    put_menu(emulator)
    assert [button["name"] for button in _menu(emulator, "user:resident-li")] == ["点单", "办事"]
    assert _menu(emulator, f"group:{ROBOT}") == []


def _menu(emulator: Emulator, chat: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = emulator.get("/pages/news", params={"chat": chat}).json()["menu"]
    return found


def test_news_of_a_user_show_grants(emulator: Emulator) -> None:
    emulator.accept("resident-li", LESSON)
    news = emulator.get("/pages/news", params={"chat": "user:resident-li"}).json()
    left = {grant["title"]: grant["left"] for grant in news["grants"]}
    assert left["党课更新提醒"] == 1
    assert left["活动提醒"] == 0
    assert emulator.get("/pages/news", params={"chat": f"group:{ROBOT}"}).json()["grants"] == []
    assert emulator.get("/pages/news", params={"chat": "user:nobody"}).json()["grants"] == []


def test_news_change_their_epoch_at_a_reset(emulator: Emulator) -> None:
    before = emulator.get("/pages/news").json()["epoch"]
    emulator.control("reset")
    assert emulator.get("/pages/news").json()["epoch"] != before


def test_news_show_tasks_until_they_are_confirmed(emulator: Emulator) -> None:
    body = {"chat_type": "group", "sender": "secretary-sun", "text": {"content": "开会"}}
    msgid = emulator.qy("/cgi-bin/externalcontact/add_msg_template", body)["msgid"]
    (task,) = emulator.get("/pages/news").json()["tasks"]
    assert (task["msgid"], task["text"]) == (msgid, "开会")
    emulator.control("wecom/confirm", msgid=msgid)
    assert emulator.get("/pages/news").json()["tasks"] == []


def test_news_always_bring_the_last_callbacks(emulator: Emulator, receiver: Receiver) -> None:
    emulator.accept("resident-li", LESSON)
    seq = emulator.get("/pages/news").json()["seq"]
    (delivery,) = emulator.get("/pages/news", params={"after": seq}).json()["deliveries"]
    assert (delivery["event"], delivery["outcome"]) == ("subscribe_msg_popup_event", "delivered")
    assert len(receiver.pushes) == 1
