"""Mini-program codes: real pictures that say what they should."""

from typing import Any

import pytest
import segno
from wechatpy import WeChatClient

from tests.emulator.png import dark_modules
from tests.emulator.speaking import MINI, Emulator, refused

PATH = "/wxa/getwxacodeunlimit"


def modules_of(text: str) -> list[list[bool]]:
    return [[bool(module) for module in row] for row in segno.make(text, error="m", micro=False).matrix]


def drawn(emulator: Emulator, call: str = PATH, /, **body: Any) -> bytes:
    answer = emulator.post(f"/wx{call}", params={"access_token": emulator.token()}, json=body)
    assert answer.headers["Content-Type"] == "image/png"
    return answer.content


def width_of(png: bytes) -> int:
    return int.from_bytes(png[16:20], "big")


def test_code_through_wechatpy_says_app_page_and_scene(mini: WeChatClient) -> None:
    answer = mini.wxa.get_wxa_code_unlimited("o=7&c=abc", page="pages/order/rate")
    wanted = modules_of(f"EMU:{MINI.appid}:pages/order/rate:o=7&c=abc")
    assert dark_modules(answer.content) == wanted


def test_code_has_about_the_asked_width(emulator: Emulator) -> None:
    narrow, usual, wide = (width_of(drawn(emulator, scene="a", width=w)) for w in (280, 430, 1280))
    assert 230 <= narrow <= 280 < usual <= 430 < wide <= 1280


def test_code_can_be_see_through_and_coloured(emulator: Emulator) -> None:
    png = drawn(emulator, scene="a", is_hyaline=True, line_color={"r": "200", "g": 0, "b": 0})
    assert b"tRNS" in png
    assert bytes([200, 0, 0]) in png
    assert dark_modules(png) == modules_of(f"EMU:{MINI.appid}::a")


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40169),
        ({"scene": ""}, 40169),
        ({"scene": "x" * 33}, 40169),
        ({"scene": 7}, 40169),
        ({"scene": "a%20"}, 40129),
        ({"scene": "中文"}, 40129),
        ({"scene": "scancode_time=1"}, 85096),
        ({"scene": "a", "page": "/pages/a"}, 41030),
        ({"scene": "a", "page": "pages/a?b=1"}, 41030),
        ({"scene": "a", "env_version": "beta"}, 40097),
        ({"scene": "a", "width": 279}, 40097),
        ({"scene": "a", "width": 1281}, 40097),
        ({"scene": "a", "width": "430"}, 40097),
        ({"scene": "a", "line_color": {"r": 1}}, 40097),
        ({"scene": "a", "line_color": {"r": 256, "g": 0, "b": 0}}, 40097),
    ],
)
def test_code_refusals(emulator: Emulator, body: dict[str, Any], errcode: int) -> None:
    assert emulator.wx(PATH, body)["errcode"] == errcode


def test_code_takes_every_allowed_character_and_length(emulator: Emulator) -> None:
    assert drawn(emulator, scene="0aZ!#$&'()*+,/:;=?@-._~" + "x" * 9)


def test_code_of_an_unpublished_page_only_unchecked(emulator: Emulator, mini: WeChatClient) -> None:
    emulator.control("settings", pages=["pages/a"])
    with refused(41030):
        mini.wxa.get_wxa_code_unlimited("a", page="pages/b")
    assert drawn(emulator, scene="a", page="pages/b", check_path=False)
    assert drawn(emulator, scene="a", page="pages/a")


@pytest.mark.parametrize("path", [PATH, "/wxa/getwxacode", "/cgi-bin/wxaapp/createwxaqrcode"])
def test_code_limit_of_a_minute(emulator: Emulator, path: str) -> None:
    emulator.control("used", call=path, span="minute", used=5_000)
    assert emulator.wx(path, {"scene": "a", "path": "pages/a"})["errcode"] == 45009
    emulator.advance(60)
    assert drawn(emulator, path, scene="a", path="pages/a")


def test_limited_code_through_wechatpy(mini: WeChatClient) -> None:
    answer = mini.wxa.get_wxa_code("pages/a?b=1")
    assert dark_modules(answer.content) == modules_of(f"EMU:{MINI.appid}:pages/a?b=1")


@pytest.mark.parametrize("path", ["/wxa/getwxacode", "/cgi-bin/wxaapp/createwxaqrcode"])
@pytest.mark.parametrize("body", [{"path": ""}, {"path": "x" * 1025}, {"path": "pages/a", "width": 1}])
def test_limited_code_refusals(emulator: Emulator, path: str, body: dict[str, Any]) -> None:
    assert emulator.wx(path, body)["errcode"] == 40097


def test_limited_codes_end_at_a_hundred_thousand_of_both_kinds(emulator: Emulator, running: Any) -> None:
    known = f"EMU:{MINI.appid}:pages/a"
    running.state.limited_codes = {known: 1} | {str(number): 1 for number in range(99_999)}
    assert drawn(emulator, "/wxa/getwxacode", path="pages/a")
    assert emulator.wx("/wxa/getwxacode", {"path": "pages/b"})["errcode"] == 45029
    assert emulator.wx("/cgi-bin/wxaapp/createwxaqrcode", {"path": "pages/c"})["errcode"] == 45029
