"""Callbacks as the emulator delivers them: every mode and format, repeated, replayed, late, oversize, and slow work."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backend.core.database import connected
from backend.core.errors import AppError
from backend.core.settings import WeChatApp
from backend.messaging.models import MessageTemplate, SubscriptionGrant
from backend.people.models import Account, WeChatIdentity
from backend.rooms import PLATFORM_EVENTS
from backend.wechat import pushes
from backend.wechat.callbacks import Push, read_event
from backend.wechat.models import PlatformEvent, PushSignature
from backend.wechat.pushes import BACK_OFF, BUSY, NotYet
from backend.wechat.replies import CardReply, Reply, TextReply
from backend.wechat.verdicts import MediaVerdict, read_media_verdict
from tests.conftest import FakeClock
from tests.emulated import CREDENTIALS, Platform, served

TEMPLATES = (
    "tmpl-activity-notice-000000000000000000000001",
    "tmpl-lesson-published-00000000000000000000001",
)
MODES = ("plain", "compat", "safe")
FORMS = ("json", "xml")


@dataclass
class Line:
    """The line between the emulator and our callback address."""

    app: Flask
    platform: Platform

    def speak(self, channel: str = "MINIPROGRAM", **how: str) -> None:
        """How the platform talks to one of our apps from now on: mode and format."""
        self.platform.control("apps", appid=CREDENTIALS[f"{channel}_APPID"], **how)

    def push(self, kind: str, user: str = "member-qian", **more: Any) -> list[dict[str, Any]]:
        """Let the platform call us; gives how each delivery went."""
        return list(self.platform.control("push", kind=kind, user=user, **more)["deliveries"])

    def on(self, event: str, handler: Callable[..., None]) -> None:
        """Act on a kind of event."""
        self.app.extensions["zhibu.callbacks"] = {**PLATFORM_EVENTS, event: handler}

    def chat(self, reply: Callable[..., Reply | None]) -> None:
        """Answer messages."""
        self.app.extensions["zhibu.chat"] = reply


@pytest.fixture
def line(app: Flask, platform: Platform) -> Iterator[Line]:
    """Our application behind HTTP, known to the platform as both apps; the test has a connection open."""
    with served(app) as url, connected():
        for channel in ("miniprogram", "official"):
            appid = CREDENTIALS[f"{channel.upper()}_APPID"]
            platform.control("apps", appid=appid, callback_url=f"{url}/wechat/{channel}")
        yield Line(app, platform)


@pytest.fixture
def reader(line: Line, clock: FakeClock) -> Account:
    """Somebody with the two templates before them."""
    account = Account.create(public_id="r" * 16, display_name="钱晓梅", created_at=clock())
    openid = line.platform.openid("member-qian")
    appid = CREDENTIALS["MINIPROGRAM_APPID"]
    WeChatIdentity.create(account=account, appid=appid, openid=openid, visited_at=clock())
    for number, template_id in enumerate(TEMPLATES):
        MessageTemplate.create(purpose=f"p{number}", template_id=template_id, title="提醒", fields={})
    return account


def credits() -> list[int]:
    """What is left of each template, by our books."""
    return [row.credits for row in SubscriptionGrant.select().order_by(SubscriptionGrant.template)]


@dataclass
class Recorder:
    """A handler that notes what it was called with; `fails` says how often it fails first."""

    fails: int = 0
    fault: type[Exception] = RuntimeError
    seen: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, _appid: str, event: Any, *, now: object) -> None:
        self.seen.append(dict(event))
        if len(self.seen) <= self.fails:
            raise self.fault("as ordered")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("form", FORMS)
def test_the_address_is_verified(line: Line, mode: str, form: str) -> None:
    line.speak(mode=mode, format=form)
    assert line.platform.control("push", kind="verify")["verified"]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("templates", [TEMPLATES[:1], TEMPLATES], ids=["object", "array"])
def test_a_grant_counts_in_every_mode_and_format(line: Line, mode: str, form: str, templates: tuple[str, ...]) -> None:
    line.speak(mode=mode, format=form)
    (delivery,) = line.push("subscribe_popup", results=dict.fromkeys(templates, "accept"))
    assert delivery["outcome"] == "delivered"
    assert credits() == [1] * len(templates)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("mode", MODES)
def test_an_event_delivered_three_times_counts_once(line: Line, mode: str) -> None:
    line.speak(mode=mode)
    deliveries = line.push("subscribe_popup", template_id=TEMPLATES[0], times=3)
    assert [one["outcome"] for one in deliveries] == ["delivered"] * 3
    assert credits() == [1]
    assert PlatformEvent.select().count() == 1


@pytest.mark.usefixtures("reader")
def test_the_same_request_once_more_has_no_second_effect(line: Line) -> None:
    line.speak(mode="plain")
    deliveries = line.push("subscribe_popup", template_id=TEMPLATES[0], times=3, replay=True)
    assert [one["attempts"] for one in deliveries] == [["200"]] * 3
    assert credits() == [1]
    assert PushSignature.select().count() == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_signature_comes_with_one_body_only(line: Line, form: str) -> None:
    signed = sign_once(line, form)
    client = line.app.test_client()
    mine = {"Event": "subscribe_msg_popup_event", "ToUserName": "a", "MsgType": "event"}
    answer = client.post(f"/wechat/miniprogram?{signed}", json=mine)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "replayed_callback")


def sign_once(line: Line, form: str) -> str:
    """The query of a plain push that has come."""
    queries: list[str] = []
    answer = line.app.wsgi_app

    def overhear(environ: dict[str, Any], start_response: Any) -> Any:
        queries.append(environ["QUERY_STRING"])
        return answer(environ, start_response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line.app, "wsgi_app", overhear)
        line.speak(mode="plain", format=form)
        line.push("event", event="debug_demo")
    return queries[0]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("seconds", [-301, 301])
@pytest.mark.parametrize("mode", MODES)
def test_a_time_stamp_outside_five_minutes_is_refused(line: Line, mode: str, seconds: int) -> None:
    line.speak(mode=mode)
    (delivery,) = line.push("subscribe_popup", template_id=TEMPLATES[0], timestamp_offset_s=seconds)
    assert delivery["attempts"] == ["403"] * 3
    assert PlatformEvent.select().count() == 0
    assert credits() == []


@pytest.mark.parametrize("mode", MODES)
def test_a_wrong_signature_is_refused(line: Line, mode: str) -> None:
    line.speak(mode=mode)
    (delivery,) = line.push("subscribe_popup", template_id=TEMPLATES[0], wrong_signature=True)
    assert delivery["attempts"] == ["403"] * 3
    assert PushSignature.select().count() == 0


@pytest.mark.parametrize("mode", MODES)
def test_an_oversize_body_is_refused(line: Line, mode: str) -> None:
    line.speak(mode=mode)
    (delivery,) = line.push("event", event="debug_demo", oversize_bytes=1_000_000)
    assert set(delivery["attempts"]) <= {"413", "BrokenPipeError", "ConnectionResetError"}
    assert PushSignature.select().count() == 0


@pytest.mark.usefixtures("reader")
def test_a_yes_that_a_no_has_overtaken_counts_for_nothing(line: Line) -> None:
    line.push("subscribe_change", template_id=TEMPLATES[0])
    line.push("subscribe_popup", template_id=TEMPLATES[0], create_time_offset_s=-60)
    assert credits() == [0]
    line.push("subscribe_popup", template_id=TEMPLATES[0], create_time_offset_s=60)
    assert credits() == [1]


@pytest.mark.usefixtures("reader")
def test_a_late_no_leaves_what_was_accepted_after_it(line: Line) -> None:
    for seconds in (0, 10, 20):
        line.push("subscribe_popup", template_id=TEMPLATES[0], create_time_offset_s=seconds)
    line.push("subscribe_change", template_id=TEMPLATES[0], create_time_offset_s=15)
    assert credits() == [1]


def test_an_event_that_nobody_wants_is_acknowledged_and_forgotten(line: Line) -> None:
    (delivery,) = line.push("event", event="weapp_audit_success")
    assert delivery["outcome"] == "delivered"
    assert PlatformEvent.select().count() == 0


def test_an_event_whose_handler_fails_is_acknowledged_and_done_again(line: Line, clock: FakeClock) -> None:
    handler = Recorder(fails=2)
    line.on("debug_demo", handler)
    (delivery,) = line.push("event", event="debug_demo", times=2)[:1]
    assert delivery["attempts"] == ["200"]
    assert len(handler.seen) == 1
    for pause, done in zip(BACK_OFF, (0, 1), strict=False):
        assert pushes.handle_waiting({"debug_demo": handler}, now=clock()) == 0
        clock.advance(seconds=pause.total_seconds())
        assert pushes.handle_waiting({"debug_demo": handler}, now=clock()) == done
    assert len(handler.seen) == 3
    row = PlatformEvent.get()
    assert (row.handled_at, row.available_at, row.fault) == (clock(), None, None)


def test_an_event_that_never_succeeds_ends_with_its_fault(line: Line, clock: FakeClock) -> None:
    handler = Recorder(fails=99, fault=NotYet)
    line.on("debug_demo", handler)
    line.push("event", event="debug_demo")
    for pause in BACK_OFF:
        clock.advance(seconds=pause.total_seconds())
        pushes.handle_waiting({"debug_demo": handler}, now=clock())
    clock.advance(days=1)
    assert pushes.handle_waiting({"debug_demo": handler}, now=clock()) == 0
    row = PlatformEvent.get()
    assert (row.handled_at, row.available_at, row.fault) == (None, None, "not yet")
    assert len(handler.seen) == 1 + len(BACK_OFF)


@pytest.mark.slow
def test_a_handler_that_hangs_holds_up_neither_the_answer_nor_the_work(line: Line, clock: FakeClock) -> None:
    released = threading.Event()
    line.on("debug_demo", lambda _appid, _event, *, now: released.wait(30) and None)
    (delivery,) = line.push("event", event="debug_demo")
    assert delivery["attempts"] == ["200"]  # the platform waits five seconds for each
    second = Recorder()
    assert pushes.handle_waiting({"debug_demo": second}, now=clock()) == 0  # it is in hand
    clock.advance(seconds=pushes.LEASE.total_seconds())
    assert pushes.handle_waiting({"debug_demo": second}, now=clock()) == 1
    released.set()
    assert len(second.seen) == 1


def test_the_word_that_a_message_failed_may_overtake_our_own_mark(line: Line, clock: FakeClock) -> None:
    line.push("subscribe_sent", template_id=TEMPLATES[0], msgid="m-1", errcode=43101, status="failed")
    assert PlatformEvent.get().fault == "not yet"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("url", "verdict"),
    [("https://a.example/p.jpg", "pass"), ("https://a.example/bad", "risky"), ("https://unreachable.example/", None)],
)
def test_the_verdict_on_a_file_comes_as_an_event(line: Line, form: str, url: str, verdict: str | None) -> None:
    handler = Recorder()
    line.on("wxa_media_check", handler)
    line.speak(format=form)
    line.platform.control("settings", words=[{"word": "bad"}], media_check_delay_s=0)
    program = line.app.extensions["zhibu.gateway"].miniprogram
    openid = program.visitor(line.platform.login_code("resident-li")).openid
    trace_id = program.start_media_check(url, "picture", openid=openid, scene=2)
    assert line.platform.control("settle")["settled"]
    assert [read_media_verdict(event) for event in handler.seen] == [MediaVerdict(trace_id, verdict)]


def test_old_signatures_and_events_are_forgotten(line: Line, clock: FakeClock) -> None:
    line.on("debug_demo", Recorder())
    line.push("event", event="debug_demo")
    assert pushes.purge(now=clock() + timedelta(minutes=9)) == 0
    assert pushes.purge(now=clock() + timedelta(minutes=11)) == 1
    assert pushes.purge(now=clock() + timedelta(days=8)) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("form", FORMS)
def test_a_message_is_answered_in_kind(line: Line, mode: str, form: str) -> None:
    line.speak("OFFICIAL", mode=mode, format=form)
    line.chat(
        lambda _appid, event, *, now: TextReply(f"您说：{event['Content']}\u0001 <a href='https://a.example'>看</a>")
    )
    (delivery,) = line.push("text", content="灯坏了 ]]> &")
    assert delivery["outcome"] == "replied"
    (reply,) = line.platform.sent(channel="official_reply")
    assert reply["text"].startswith("您说：灯坏了 ]] > & <a")
    assert "<a href='https://a.example'>看</a>" in reply["text"]
    assert reply["user"] == "member-qian"


def test_two_cards_in_a_row_show_one_article_each(line: Line) -> None:
    line.chat(
        lambda _appid, event, *, now: CardReply(event["Content"], "本周", "https://a.example", "https://a.example/p")
    )
    line.push("text", content="甲")
    line.push("text", content="乙")
    assert [one["title"] for one in line.platform.sent(channel="official_reply")] == ["news", "news"]
    assert [one["text"].split()[0] for one in line.platform.sent(channel="official_reply")] == ["甲", "乙"]


def test_a_chat_that_fails_says_so_and_events_stay_silent(line: Line) -> None:
    def broken(_appid: str, _event: Any, *, now: object) -> None:
        raise RuntimeError("as ordered")

    line.chat(broken)
    assert line.push("text", content="甲")[0]["outcome"] == "replied"
    assert line.push("menu_click", key="help")[0]["outcome"] == "delivered"
    assert [one["text"] for one in line.platform.sent(channel="official_reply")] == [BUSY.text]


@pytest.mark.slow
def test_a_chat_that_hangs_is_answered_for_in_time(line: Line) -> None:
    released = threading.Event()
    line.chat(lambda _appid, _event, *, now: released.wait(30) and None)
    (delivery,) = line.push("text", content="甲")
    released.set()
    assert delivery["attempts"] == ["200"]
    assert [one["text"] for one in line.platform.sent(channel="official_reply")] == [BUSY.text]


def test_a_repeated_message_gets_its_answer_again(line: Line) -> None:
    line.chat(lambda _appid, _event, *, now: TextReply("好的"))
    deliveries = line.push("text", content="甲", times=3, replay=True)
    assert [one["outcome"] for one in deliveries] == ["replied"] * 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"{" * 3_000,
        b"[1, 2]",
        b"<xml>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</xml>",
        b'<!DOCTYPE x [<!ENTITY e "boom">]><xml><ToUserName>&e;</ToUserName><MsgType>event</MsgType></xml>',
        b'{"ToUserName": "a", "MsgType": 1}',
        b'{"Encrypt": ["a"]}',
    ],
)
def test_gibberish_is_refused_and_never_breaks_anything(body: bytes) -> None:
    with pytest.raises(AppError) as caught:
        read_event(WeChatApp("a", "s", "t", "A" * 43), Push({}, body))
    assert caught.value.status in {400, 403}
