"""Control calls: the clock, the world, the outbox, who may use them."""

from typing import Any

import pytest

from emulator.clock import VirtualClock
from tests.emulator.speaking import DEMO, LESSON, MINI, OFFICIAL, ROBOT, Emulator

HELLO = {"msgtype": "text", "text": {"content": "x"}}


def test_clock_goes_with_the_machine_and_its_offset() -> None:
    real = iter([100.0, 101.0, 102.0])
    clock = VirtualClock(lambda: next(real))
    assert clock.now() == 100.0
    clock.advance(50)
    assert [clock.now(), clock.now()] == [151.0, 152.0]


def test_clock_is_read_and_moved(emulator: Emulator) -> None:
    start = {"now": "2026-11-23T09:00:00.000+08:00", "offset_s": 0.0}
    assert emulator.get("/_control/clock").json() == start
    moved = emulator.control("clock", advance_s=3600)
    assert moved == {"now": "2026-11-23T10:00:00.000+08:00", "offset_s": 3600.0}
    assert emulator.control("clock", advance_s=-1800)["offset_s"] == 1800.0
    assert emulator.get("/_control/clock").json()["offset_s"] == 1800.0
    assert emulator.control("clock", offset_s=0) == start


@pytest.mark.parametrize(
    ("at", "now"),
    [
        ("2026-11-29T08:00:00+08:00", "2026-11-29T08:00:00.000+08:00"),
        ("2026-11-29T00:00:00Z", "2026-11-29T08:00:00.000+08:00"),
        ("2026-11-29T08:00", "2026-11-29T08:00:00.000+08:00"),
    ],
    ids=["offset", "utc", "without offset"],
)
def test_clock_is_set_to_an_instant(emulator: Emulator, at: str, now: str) -> None:
    assert emulator.control("clock", at=at)["now"] == now


@pytest.mark.parametrize("body", [{}, {"advance_s": "1"}, {"at": "tomorrow"}, {"advance_s": 1e12}, {"advance_s": True}])
def test_clock_refuses_nonsense(emulator: Emulator, body: dict[str, Any]) -> None:
    answer = emulator.post("/_control/clock", json=body)
    assert answer.status_code == 400
    assert emulator.get("/_control/clock").json()["offset_s"] == 0


def test_reset_forgets_everything(emulator: Emulator) -> None:
    emulator.accept("member-zhao", LESSON)
    emulator.send_lesson("member-zhao")
    emulator.control("users", name="new", display_name="新人")
    emulator.control("settings", webhook_per_minute=1)
    emulator.advance(100)
    token = emulator.token()
    emulator.control("reset")
    world = emulator.get("/_control/world").json()
    assert "new" not in world["openids"]
    assert world["settings"]["webhook_per_minute"] == 20
    assert emulator.sent() == []
    assert emulator.get("/_control/clock").json()["offset_s"] == 0
    answer = emulator.get("/wx/cgi-bin/get_api_domain_ip", params={"access_token": token})
    assert answer.json()["errcode"] == 40001
    assert emulator.send_lesson("member-zhao")["errcode"] == 43101


def test_reset_can_keep_the_clock(emulator: Emulator) -> None:
    emulator.advance(100)
    emulator.control("reset", keep_clock=True)
    assert emulator.get("/_control/clock").json()["offset_s"] == 100


def test_sent_is_in_order_and_filtered(emulator: Emulator) -> None:
    emulator.accept("member-zhao", LESSON)
    emulator.accept("member-qian", LESSON)
    emulator.send_lesson("member-zhao")
    emulator.post_to_group(HELLO)
    emulator.send_lesson("member-qian")
    everything = emulator.sent()
    assert [item["channel"] for item in everything] == ["subscribe_message", "wecom_robot", "subscribe_message"]
    numbers = [item["seq"] for item in everything]
    assert numbers == sorted(set(numbers))
    assert [item["user"] for item in emulator.sent(channel="subscribe_message")] == ["member-zhao", "member-qian"]
    assert len(emulator.sent(user=emulator.openid("member-qian"))) == 1
    assert len(emulator.sent(robot=ROBOT)) == 1
    assert len(emulator.sent(template_id=LESSON)) == 2
    assert [item["seq"] for item in emulator.sent(after=numbers[0])] == numbers[1:]
    assert [item["seq"] for item in emulator.sent(limit=1)] == numbers[:1]
    assert emulator.sent(user="nobody") == []


def test_sent_refuses_what_is_no_number(emulator: Emulator) -> None:
    assert emulator.get("/_control/sent", params={"after": "x"}).status_code == 400


@pytest.mark.parametrize("call", ["login-code", "phone-code", "subscribe", "visit"])
def test_unknown_user_is_named(emulator: Emulator, call: str) -> None:
    answer = emulator.post(f"/_control/{call}", json={"user": "nobody", "template_id": LESSON})
    assert answer.status_code == 404
    assert "nobody" in answer.json()["error"]


def test_unknown_app_and_template_are_named(emulator: Emulator) -> None:
    app = emulator.post("/_control/login-code", json={"user": "member-zhao", "appid": "wx0"})
    channel = emulator.post("/_control/login-code", json={"user": "member-zhao", "channel": "fax"})
    template = emulator.post("/_control/subscribe", json={"user": "member-zhao", "template_id": "t0"})
    assert [answer.status_code for answer in (app, channel, template)] == [404, 404, 404]
    assert "t0" in template.json()["error"]


def test_user_may_be_named_by_openid(emulator: Emulator) -> None:
    code = emulator.control("login-code", user=emulator.openid("member-zhao"))
    assert code["user"] == "member-zhao"


@pytest.mark.parametrize("raw", [b"[]", b"{", b'"x"'])
def test_body_must_be_an_object(emulator: Emulator, raw: bytes) -> None:
    assert emulator.post("/_control/login-code", data=raw).status_code == 400


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("subscribe", {"user": "member-zhao", "template_ids": 5}),
        ("subscribe", {"user": "member-zhao", "template_ids": [["x"]]}),
        ("login-code", {"user": ["member-zhao"]}),
        ("push", {"kind": "text", "user": "member-zhao", "create_time_offset_s": "x"}),
        ("push", {"kind": "subscribe_sent", "user": "member-zhao", "errcode": []}),
        ("push", {"batch": 5}),
        ("settle", {"timeout_s": "x"}),
        ("wecom/chats", {}),
        ("users", {"users": 5}),
        ("users", {"users": [5]}),
        ("settings", {"codes": 5}),
    ],
)
@pytest.mark.usefixtures("receiver")
def test_values_of_the_wrong_kind_are_refused(emulator: Emulator, call: str, body: dict[str, Any]) -> None:
    answer = emulator.post(f"/_control/{call}", json=body)
    assert answer.status_code in {400, 404}
    assert answer.json()["error"]


def test_unknown_call_is_not_found_in_json(emulator: Emulator) -> None:
    assert emulator.post("/_control/nothing").status_code == 404


def test_world_shows_openids_and_phones(emulator: Emulator) -> None:
    world = emulator.get("/_control/world").json()
    assert [user["name"] for user in world["users"]] == [user.name for user in DEMO.users]
    assert world["phones"]["member-chen"] == "13800000009"
    openids = world["openids"]["county-wu"]
    assert set(openids) == {"miniprogram", "official", MINI.appid, OFFICIAL.appid}
    assert openids["miniprogram"] == openids[MINI.appid]


def test_users_are_added_by_the_hundred(emulator: Emulator) -> None:
    listed = [{"name": f"u{number}", "display_name": f"用户{number}"} for number in range(300)]
    assert len(emulator.control("users", users=listed)) == 300
    assert emulator.log_in("u299")["openid"] == emulator.openid("u299")


def test_new_app_knows_all_users(emulator: Emulator) -> None:
    emulator.control("apps", appid="wx0d0e0a0b00000009", secret="s" * 32, kind="miniprogram")
    code = emulator.control("login-code", user="member-zhao", appid="wx0d0e0a0b00000009")
    assert code["openid"] != emulator.openid("member-zhao")


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("users", {"display_name": "谁"}),
        ("users", {"name": "x"}),
        ("users", {"name": "x", "display_name": "y", "height": 180}),
        ("apps", {"appid": MINI.appid, "mode": "loud"}),
        ("robots", {"key": ROBOT, "disabled": "yes"}),
        ("settings", {"pages": 7}),
        ("used", {"call": "links", "span": "year", "used": 1}),
    ],
)
def test_wrong_shapes_are_refused_and_change_nothing(emulator: Emulator, part: str, body: dict[str, Any]) -> None:
    before = emulator.get("/_control/world").json()
    answer = emulator.post(f"/_control/{part}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert emulator.get("/_control/world").json() == before


def test_pages_of_this_machine_may_call(emulator: Emulator) -> None:
    for origin in ("http://127.0.0.1:8000", "http://localhost:5173"):
        answer = emulator.get("/_control/clock", headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
    asked = {"Origin": "http://127.0.0.1:8000", "Access-Control-Request-Method": "POST"}
    preflight = emulator.http.options(f"{emulator.base}/_control/subscribe", headers=asked, timeout=5)
    assert preflight.status_code == 200
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]


def test_pages_from_elsewhere_may_not(emulator: Emulator) -> None:
    for origin in ("https://elsewhere.example", "http://127.0.0.1.elsewhere.example", "null"):
        answer = emulator.post("/_control/clock", json={"advance_s": 1}, headers={"Origin": origin})
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert emulator.get("/_control/clock").json()["offset_s"] == 0


def test_healthz(emulator: Emulator) -> None:
    assert emulator.get("/healthz").json() == {"status": "ok"}
