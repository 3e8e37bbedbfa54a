"""Phone numbers for codes of the phone-number button."""

import pytest
from wechatpy import WeChatClient

from tests.emulator.speaking import MINI, Emulator, refused

PATH = "/wxa/business/getuserphonenumber"


def phone_code(emulator: Emulator, user: str = "resident-li", **body: str) -> str:
    return str(emulator.control("phone-code", user=user, **body)["code"])


def test_phone_number_through_wechatpy(emulator: Emulator, mini: WeChatClient) -> None:
    info = mini.wxa.get_phone_number(phone_code(emulator))["phone_info"]
    assert info == {
        "phoneNumber": "13800000001",
        "purePhoneNumber": "13800000001",
        "countryCode": "86",
        "watermark": {"timestamp": 1_795_395_600, "appid": MINI.appid},
    }


def test_phone_numbers_follow_the_list_of_users(emulator: Emulator) -> None:
    answer = emulator.wx(PATH, {"code": phone_code(emulator, "member-zhao")})
    assert answer["phone_info"]["phoneNumber"] == "13800000003"


def test_phone_code_works_once(emulator: Emulator, mini: WeChatClient) -> None:
    code = phone_code(emulator)
    mini.wxa.get_phone_number(code)
    with refused(40029):
        mini.wxa.get_phone_number(code)


def test_phone_code_lives_five_minutes(emulator: Emulator) -> None:
    code = phone_code(emulator)
    emulator.advance(300)
    answer = emulator.wx(PATH, {"code": code})
    assert answer["errcode"] == 40029
    assert answer["errmsg"].startswith("invalid code hint: [")


def test_phone_number_for_a_log_in_code_is_refused(emulator: Emulator) -> None:
    code = emulator.control("login-code", user="resident-li")["code"]
    assert emulator.wx(PATH, {"code": code})["errcode"] == 40029


def test_phone_number_without_code_is_refused(emulator: Emulator) -> None:
    assert emulator.wx(PATH, {"code": ""})["errcode"] == 40097
    emulator.control("settings", codes={"phone_code_missing": 40029})
    assert emulator.wx(PATH, {"code": ""})["errcode"] == 40029


def test_phone_number_for_a_code_of_another_app_is_refused(emulator: Emulator) -> None:
    assert emulator.wx(PATH, {"code": phone_code(emulator, channel="official")})["errcode"] == 40013


@pytest.mark.parametrize(("user", "errcode"), [("resident-li", 0), ("resident-wang", 40013)])
def test_phone_number_checks_the_openid_if_given(emulator: Emulator, user: str, errcode: int) -> None:
    body = {"code": phone_code(emulator), "openid": emulator.openid(user)}
    assert emulator.wx(PATH, body)["errcode"] == errcode


def test_phone_code_is_not_used_up_by_a_wrong_openid(emulator: Emulator) -> None:
    code = phone_code(emulator)
    emulator.wx(PATH, {"code": code, "openid": emulator.openid("resident-wang")})
    assert emulator.wx(PATH, {"code": code})["errcode"] == 0


def test_phone_number_limit(emulator: Emulator) -> None:
    emulator.control("used", call=PATH, span="minute", used=5_000)
    assert emulator.wx(PATH, {"code": phone_code(emulator)})["errcode"] == 45011
