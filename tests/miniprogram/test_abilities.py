"""What a phone can do beyond showing pages: read aloud, scan and locate inside WeChat, keep photos until there is
a network. The phone's own part is played by a few lines in the page; server, database and client are the real ones."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.conftest import Product
from tests.e2e.walk import until
from tests.miniprogram.conftest import SMALL, Phone, Phones

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LI, ZHAO = "李桂芳", "赵志强"
VENUE = {"text": "社区活动室", "lat": 30.245, "lng": 120.15, "datum": "wgs84", "radius_m": 300}

# a voice that says nothing but notes what it was given
VOICE = """
window.spoken = [];
Object.defineProperty(window, 'speechSynthesis', {value: {
  speak(one) { window.spoken.push([one.text, one.lang]); setTimeout(() => one.onend(), 1); },
  cancel() { window.spoken.push(['(cancelled)', '']); },
}});
"""
# what WeChat puts into the pages of its web view
WEB_VIEW = """
window.asked = [];
window.WeixinJSBridge = {
  on() {},
  invoke(name, args, done) {
    window.asked.push([name, args]);
    const answers = {
      preVerifyJSAPI: {err_msg: 'preVerifyJSAPI:ok'},
      scanQRCode: {err_msg: 'scanQRCode:ok', resultStr: window.code},
      geoLocation: {err_msg: 'geoLocation:ok', latitude: '30.245', longitude: '120.15', accuracy: '20'},
    };
    setTimeout(() => done(answers[name] || {err_msg: name + ':ok'}), 1);
  },
};
"""
KEPT = """new Promise(done => {
  const open = indexedDB.open('zhibu', 1);
  open.onsuccess = () => {
    const all = open.result.transaction('files').objectStore('files').count();
    all.onsuccess = () => done(all.result);
  };
})"""
IN_WECHAT = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0.50"


def meeting(product: Product, **changed: Any) -> str:
    """An activity of the branch that is about to begin, where a phone's position counts as a hint."""
    secretary = product.person("secretary-sun")
    now = datetime.fromisoformat(str(product.emulator.clock()["now"]))
    body: dict[str, Any] = {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": "主题党日：植树",
        "starts_at": (now + timedelta(minutes=10)).isoformat(),
        "ends_at": (now + timedelta(minutes=130)).isoformat(),
        "place": VENUE,
        "check_in": {"methods": ["code", "typed_code", "location"]},
    }
    return str(secretary.ok("/activities", body | changed)["id"])


def in_web_view(phone: Phone, code: str = "") -> None:
    """The phone's pages are opened by WeChat from now on."""
    context = phone.page.context
    context.add_init_script(f"window.code = {json.dumps(code)};{WEB_VIEW}")
    context.add_init_script(f"Object.defineProperty(navigator, 'userAgent', {{get: () => {json.dumps(IN_WECHAT)}}})")


def spoken(phone: Phone) -> list[str]:
    """What was read aloud so far."""
    words: list[list[str]] = phone.page.evaluate("window.spoken")
    assert {language for text, language in words if text != "(cancelled)"} <= {"zh-CN"}
    return [text for text, _ in words]


def test_a_page_is_read_aloud_in_large_letters(phones: Phones) -> None:
    phone = phones(None, SMALL, "elder")
    phone.page.context.add_init_script(VOICE)
    phone.log_in(LI)
    phone.tap("念给我听")
    until(lambda: any(one.startswith("可以点的有") for one in spoken(phone)), "it comes to what one may tap")
    words = spoken(phone)
    assert words[0] == f"{LI}，您好"
    assert "党课星期天" in words
    assert "请人帮忙" in words[-1]
    assert not any("念给我听" in one for one in words)
    expect(phone.button("念给我听")).to_be_visible()  # it has come to its end


def test_reading_stops_when_one_goes_on(phones: Phones) -> None:
    phone = phones(None, SMALL, "elder")
    # a voice that never comes to the end of a sentence
    phone.page.context.add_init_script(VOICE.replace("setTimeout(() => one.onend(), 1);", ""))
    phone.log_in(LI)
    phone.tap("念给我听")
    expect(phone.button("不念了")).to_be_visible()
    phone.tap("我提的诉求")
    assert spoken(phone)[-1] == "(cancelled)"
    expect(phone.heading("我提的诉求")).to_be_visible()
    expect(phone.button("念给我听")).to_be_visible()


def test_usual_letters_are_not_bothered_by_it(phones: Phones) -> None:
    phone = phones(LI)
    expect(phone.page.get_by_role("button", name="念给我听")).to_have_count(0)


def test_in_wechats_web_view_the_code_is_scanned_from_inside(product: Product, phones: Phones) -> None:
    activity = meeting(product)
    code = product.person("secretary-sun").read(f"/activities/{activity}/code")["qr"]
    phone = phones(ZHAO)
    in_web_view(phone, code)
    phone.open(f"pages/check-in/index?activity={activity}")
    phone.tap("扫会场的码")
    phone.sees("签到成功")
    asked = dict(phone.page.evaluate("window.asked"))
    config = asked["preVerifyJSAPI"]
    assert (config["verifySignType"], len(config["verifySignature"])) == ("sha1", 40)
    assert "scanQRCode" in config["verifyJsApiList"]


def test_without_wechat_nobody_asks_for_a_signature(product: Product, phones: Phones) -> None:
    phone = phones(ZHAO)
    signed: list[str] = []
    phone.page.on("request", lambda request: signed.append(request.url) if "js-signature" in request.url else None)
    phone.open(f"pages/check-in/index?activity={meeting(product)}")
    expect(phone.page.get_by_role("button", name="扫会场的码")).to_have_count(0)
    phone.sees(re.compile("用微信“扫一扫”"))
    assert signed == []


@pytest.mark.parametrize("inside", [True, False], ids=["in WeChat", "in a browser"])
def test_a_position_is_a_hint_and_is_asked_for_with_consent(product: Product, phones: Phones, inside: bool) -> None:
    activity = meeting(product, title=f"植树 {inside}")
    phone = phones(ZHAO)
    if inside:
        in_web_view(phone)
    else:
        phone.page.context.grant_permissions(["geolocation"])
        phone.page.context.set_geolocation({"latitude": VENUE["lat"], "longitude": VENUE["lng"], "accuracy": 20})
    # a position has no other time than the phone's: it has to be the product's, which is turned to a morning
    phone.page.clock.set_system_time(str(product.emulator.clock()["now"]))
    phone.open(f"pages/check-in/index?activity={activity}")
    phone.tap("扫不了码，用位置签到")
    consent = phone.page.get_by_role("checkbox", name=re.compile("同意"))
    if consent.count():
        phone.tap("用我现在的位置")
        phone.sees("请勾选“同意”，才能使用位置")
        consent.tap()
    phone.tap("用我现在的位置")
    phone.sees(re.compile("签到成功|已记下"))
    roll = product.person("secretary-sun").read(f"/activities/{activity}/roll")
    assert ZHAO in json.dumps(roll, ensure_ascii=False)


def test_a_phone_that_gives_no_position_says_what_to_do(product: Product, phones: Phones) -> None:
    activity = meeting(product, title="植树，没有位置")
    phone = phones("冯磊")
    phone.open(f"pages/check-in/index?activity={activity}")
    phone.tap("扫不了码，用位置签到")
    consent = phone.page.get_by_role("checkbox", name=re.compile("同意"))
    if consent.count():
        consent.tap()
    phone.tap("用我现在的位置")
    phone.sees(re.compile("手机没有给出位置"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of a stairway."""
    from PIL import Image

    file = tmp_path / "灯.jpg"
    Image.effect_noise((900, 700), 60).convert("RGB").save(file, quality=95)
    return file


def test_the_public_ledger_needs_nobody_to_log_in(product: Product, phones: Phones) -> None:
    phone = phones()
    phone.page.goto(f"{product.web}/m/#/pages/ledger/list?organization=DH-01-01")
    expect(phone.heading("公开台账")).to_be_visible()
    phone.sees(re.compile("没有姓名、电话和门牌"))
    assert phone.page.evaluate("localStorage.getItem('token')") is None
    assert phone.fits()


def test_an_order_with_a_photo_waits_for_the_network_and_outlives_the_app(
    product: Product, phones: Phones, photo: Path
) -> None:
    resident = phones("王建国")
    resident.open("pages/order/new?draft=x")
    resident.go(re.compile("公共设施报修"))
    resident.fill("什么事", "楼道灯坏了，见照片")
    resident.fill("在哪里", "7号楼")
    if resident.page.get_by_role("textbox", name=re.compile("联系电话")).locator("visible=true").count():
        resident.fill("您的称呼", "王大爷")
        resident.fill("联系电话", "13800000002")
    resident.page.context.set_offline(True)
    with resident.page.expect_file_chooser() as chooser:
        resident.tap("加照片")
    chooser.value.set_files(photo)
    expect(resident.page.get_by_role("img", name="已选的照片")).to_be_visible()
    for tick in resident.page.get_by_role("checkbox").locator("visible=true").all():
        tick.tap()
    resident.tap("提交")
    resident.sees("已经存在手机里了")
    resident.page.context.set_offline(False)
    resident.page.close()  # the app is closed before the network has been noticed
    resident.page = resident.page.context.new_page()
    resident.open()
    orders = product.person("resident-wang")
    until(lambda: any(one["title"].startswith("楼道灯坏了") for one in orders.read("/orders")["items"]), "it arrived")
    number = next(one["number"] for one in orders.read("/orders")["items"] if one["title"].startswith("楼道灯坏了"))
    with resident.page.expect_response(re.compile("/media/.*/content")) as shown:
        resident.open(f"pages/order/detail?number={number}")
    assert (shown.value.status, shown.value.headers["content-type"]) == (200, "image/jpeg")
    until(lambda: resident.page.evaluate(KEPT) == 0, "the phone lets go of what the server has")


def test_a_request_is_spoken_played_and_arrives_as_sound(product: Product, phones: Phones) -> None:
    """Nothing is typed: the browser's recorder is turned into a wave, which the server takes and gives back."""
    resident = phones(LI)
    resident.page.context.grant_permissions(["microphone"])
    resident.open("pages/order/new")
    resident.go(re.compile("代办跑腿"))
    resident.fill("在哪里", "8号楼")
    if resident.page.get_by_role("textbox", name=re.compile("联系电话")).locator("visible=true").count():
        resident.fill("您的称呼", "李阿姨")
        resident.fill("联系电话", "13800000001")
    resident.tap("按一下，开始说")
    resident.sees(re.compile("正在录音 2 秒"))
    resident.tap("说完了")
    expect(resident.button(re.compile(r"听一听（\d 秒）"))).to_be_visible()
    resident.tap(re.compile("听一听"))
    expect(resident.button("不听了")).to_be_visible()
    for tick in resident.page.get_by_role("checkbox").locator("visible=true").all():
        tick.tap()
    resident.tap("提交")
    resident.sees("提交好了")
    orders = product.person("resident-li")
    number = next(one["number"] for one in orders.read("/orders")["items"] if one["title"] == "代办跑腿（语音）")
    voice = orders.read(f"/orders/{number}")["voice"]
    assert 2 <= voice["seconds"] <= 6
    sound = requests.get(product.web + voice["url"], timeout=5)
    assert (sound.headers["Content-Type"], sound.content[:4]) == ("audio/wav", b"RIFF")
    resident.open(f"pages/order/detail?number={number}")
    resident.sees("这段话还没有记成文字。")
    with resident.page.expect_response(re.compile("/media/.*/content")) as heard:
        resident.tap(re.compile("听一听"))
    assert (heard.value.status in {200, 206}, heard.value.headers["content-type"]) == (True, "audio/wav")
    assert resident.fits()
