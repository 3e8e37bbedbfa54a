"""Subscribe messages: sending, refusals, and the grants they use up."""

import threading
from typing import Any

import pytest
from wechatpy import WeChatClient

from emulator.platform import Platform
from tests.emulator.speaking import LESSON, LESSON_DATA, MINI, TASK, Emulator, refused

PATH = "/cgi-bin/message/subscribe/send"


def grants(emulator: Emulator, **body: Any) -> dict[str, Any]:
    fields: dict[str, Any] = emulator.control("subscribe", **body)
    return fields


def test_send_through_wechatpy_reaches_the_phone(emulator: Emulator, mini: WeChatClient) -> None:
    emulator.accept("member-zhao", LESSON)
    openid = emulator.openid("member-zhao")
    answer = mini.wxa.send_subscribe_message(openid, LESSON, LESSON_DATA, page="pages/lesson?id=1")
    (item,) = emulator.sent(user="member-zhao")
    assert item["msgid"] == str(answer["msgid"])
    assert (item["channel"], item["title"], item["page"]) == (
        "subscribe_message",
        "党课更新提醒",
        "pages/lesson?id=1",
    )
    assert item["text"] == (
        "党课更新提醒\n课程名称：学习二十届四中全会精神\n主讲人：孙立新\n发布时间：2026年11月29日 08:00"
    )
    assert (item["template_id"], item["openid"], item["data"]) == (LESSON, openid, LESSON_DATA)
    assert item["at"] == "2026-11-23T09:00:00.000+08:00"


def test_many_accept_at_once(emulator: Emulator) -> None:
    names = ["member-zhao", "member-qian", "member-feng"]
    assert grants(emulator, users=names, template_id=LESSON) == {"users": 3}
    assert [emulator.send_lesson(name)["errcode"] for name in [*names, "member-chen"]] == [0, 0, 0, 43101]
    assert emulator.post("/_control/subscribe", json={"users": ["nobody"], "template_id": LESSON}).status_code == 404


def test_what_many_are_told_is_kept_once(emulator: Emulator, running: Platform) -> None:
    for name in ("member-zhao", "member-qian"):
        emulator.accept(name, LESSON)
        emulator.send_lesson(name)
    emulator.accept("member-zhao", LESSON)
    emulator.send_lesson("member-zhao", data={**LESSON_DATA, "name2": {"value": "别人"}})
    same, other, third = running.state.sent
    assert (same.text, same.user, other.user) == (other.text, "member-zhao", "member-qian")
    assert same.data is other.data
    assert same.lines is other.lines
    assert third.data != same.data


def test_send_takes_state_and_language_and_unknown_parameters(emulator: Emulator) -> None:
    emulator.accept("member-zhao", LESSON)
    answer = emulator.send_lesson("member-zhao", miniprogram_state="trial", lang="zh_CN", anything=1)
    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    assert 0 < answer["msgid"] < 2**63


def test_send_uses_up_one_grant_each(emulator: Emulator) -> None:
    emulator.accept("member-zhao", LESSON)
    emulator.accept("member-zhao", LESSON)
    codes = [emulator.send_lesson("member-zhao")["errcode"] for _ in range(3)]
    assert codes == [0, 0, 43101]
    assert len(emulator.sent()) == 2


def test_send_with_a_long_term_grant_uses_nothing_up(emulator: Emulator) -> None:
    emulator.control("templates", id=LESSON, kind="long_term")
    emulator.accept("member-zhao", LESSON)
    assert [emulator.send_lesson("member-zhao")["errcode"] for _ in range(3)] == [0, 0, 0]


def test_send_grants_belong_to_user_and_template(emulator: Emulator) -> None:
    emulator.accept("member-zhao", TASK)
    emulator.accept("member-qian", LESSON)
    assert emulator.send_lesson("member-zhao")["errcode"] == 43101


def test_send_without_grant_is_told_by_wechatpy(emulator: Emulator, mini: WeChatClient) -> None:
    with refused(43101):
        mini.wxa.send_subscribe_message(emulator.openid("member-zhao"), LESSON, LESSON_DATA)


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "o" + "x" * 27}, 40003),
        ({"touser": None}, 40003),
        ({"template_id": "unknown"}, 40037),
        ({"template_id": None}, 40037),
        ({"page": "/pages/lesson"}, 41030),
        ({"data": "text"}, 47003),
        ({"data": {}}, 47003),
    ],
)
def test_send_refusals_leave_the_grant(emulator: Emulator, changed: dict[str, Any], errcode: int) -> None:
    emulator.accept("member-zhao", LESSON)
    assert emulator.send_lesson("member-zhao", **changed)["errcode"] == errcode
    assert emulator.send_lesson("member-zhao")["errcode"] == 0


def test_send_to_the_openid_of_another_app_is_refused(emulator: Emulator) -> None:
    openid = emulator.openid("member-zhao", "official")
    assert emulator.send_lesson("member-zhao", touser=openid)["errcode"] == 40003


def test_send_names_the_empty_and_the_wrong_value(emulator: Emulator) -> None:
    emulator.accept("member-zhao", LESSON)
    empty = emulator.send_lesson("member-zhao", data=LESSON_DATA | {"thing2": {"value": " "}})
    wrong = emulator.send_lesson("member-zhao", data=LESSON_DATA | {"time3": {"value": "明天"}})
    assert empty["errmsg"].startswith("argument invalid! data.thing2.value is empty rid: ")
    assert wrong["errmsg"].startswith("argument invalid! data.time3.value invalid rid: ")


def test_send_checks_pages_against_the_published_ones(emulator: Emulator) -> None:
    emulator.control("settings", pages=["pages/lesson"])
    emulator.accept("member-zhao", LESSON)
    assert emulator.send_lesson("member-zhao", page="pages/other")["errcode"] == 41030
    assert emulator.send_lesson("member-zhao", page="pages/lesson?id=1")["errcode"] == 0


def test_send_with_a_sensitive_word_is_refused(emulator: Emulator) -> None:
    emulator.control("settings", sensitive_words=["中全会"])
    emulator.accept("member-zhao", LESSON)
    assert emulator.send_lesson("member-zhao")["errcode"] == 45168


def test_send_from_a_banned_app_is_refused(emulator: Emulator) -> None:
    emulator.control("apps", appid=MINI.appid, subscribe_banned=True)
    emulator.accept("member-zhao", LESSON)
    assert emulator.send_lesson("member-zhao")["errcode"] == 43107


def test_send_twice_at_once_to_one_user_is_refused(emulator: Emulator, running: Platform) -> None:
    emulator.accept("member-zhao", LESSON)
    body = emulator.lesson_for("member-zhao")
    params = {"access_token": emulator.token()}
    running.in_flight.add(body["touser"])  # as if another message were still under way
    assert emulator.post(f"/wx{PATH}", params=params, json=body).json()["errcode"] == 43108
    running.in_flight.clear()
    assert emulator.post(f"/wx{PATH}", params=params, json=body).json()["errcode"] == 0


def test_send_is_in_flight_as_long_as_the_settings_say(emulator: Emulator, running: Platform) -> None:
    emulator.control("settings", send_takes_s=0.5)
    emulator.accept("member-zhao", LESSON)
    body, token = emulator.lesson_for("member-zhao"), emulator.token()
    slow = threading.Thread(target=emulator.post, args=(f"/wx{PATH}?access_token={token}",), kwargs={"json": body})
    slow.start()
    while body["touser"] not in running.in_flight:
        assert slow.is_alive()
    second = Emulator(emulator.base)
    assert second.post(f"/wx{PATH}?access_token={token}", json=body).json()["errcode"] == 43108
    second.close()
    slow.join()
    assert len(emulator.sent()) == 1


def test_send_daily_quota(emulator: Emulator) -> None:
    emulator.accept("member-zhao", LESSON)
    emulator.control("used", call=PATH, span="day", used=10_000_000)
    assert emulator.send_lesson("member-zhao")["errcode"] == 45009
    emulator.advance(15 * 3600)
    assert emulator.send_lesson("member-zhao")["errcode"] == 0


@pytest.mark.parametrize(("raw", "errcode"), [(b"", 44002), (b"{", 47001), (b"[1]", 47001)])
def test_send_without_a_json_object_is_refused(emulator: Emulator, raw: bytes, errcode: int) -> None:
    answer = emulator.post(f"/wx{PATH}", params={"access_token": emulator.token()}, data=raw)
    assert answer.json()["errcode"] == errcode


def test_send_by_get_is_refused_first(emulator: Emulator) -> None:
    assert emulator.get(f"/wx{PATH}").json()["errcode"] == 43002


def test_accepting_adds_a_grant_each_time(emulator: Emulator) -> None:
    assert grants(emulator, user="member-zhao", template_id=LESSON)["credits"] == {LESSON: 1}
    assert grants(emulator, user="member-zhao", template_id=LESSON)["credits"] == {LESSON: 2}


def test_rejecting_in_the_dialog_leaves_grants(emulator: Emulator) -> None:
    emulator.accept("member-zhao", LESSON)
    answer = grants(emulator, user="member-zhao", template_id=LESSON, result="reject")
    assert answer["credits"] == {LESSON: 1}


def test_rejecting_in_the_settings_takes_grants(emulator: Emulator) -> None:
    emulator.accept("member-zhao", LESSON)
    answer = grants(emulator, user="member-zhao", template_id=LESSON, result="reject", source="settings")
    assert answer["credits"] == {LESSON: 0}
    assert emulator.send_lesson("member-zhao")["errcode"] == 43101


def test_dialog_takes_five_templates_of_one_kind(emulator: Emulator) -> None:
    for number in range(6):
        emulator.control("templates", id=f"t{number}", title="t", fields={"thing1": "t"})
    emulator.control("templates", id="long", title="t", fields={"thing1": "t"}, kind="long_term")
    names = [f"t{number}" for number in range(6)]
    assert len(grants(emulator, user="member-zhao", template_ids=names[:5])["credits"]) == 5
    too_many = emulator.post("/_control/subscribe", json={"user": "member-zhao", "template_ids": names})
    mixed = emulator.post("/_control/subscribe", json={"user": "member-zhao", "template_ids": ["t1", "long"]})
    assert (too_many.status_code, too_many.json()["errCode"]) == (400, 20003)
    assert (mixed.status_code, mixed.json()["errCode"]) == (400, 20002)


def test_templates_are_listed_as_the_account_shows_them(emulator: Emulator) -> None:
    listed = emulator.wx("/wxaapi/newtmpl/gettemplate")["data"]
    lesson = next(entry for entry in listed if entry["priTmplId"] == LESSON)
    assert (lesson["title"], lesson["type"]) == ("党课更新提醒", 2)
    assert lesson["content"] == "课程名称:{{thing1.DATA}}\n主讲人:{{thing2.DATA}}\n发布时间:{{time3.DATA}}\n"
