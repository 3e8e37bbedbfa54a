"""Bodies with values of the wrong kind: the platform refuses or ignores them, it never breaks."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from emulator.platform import Platform
from emulator.state import Activity, AppChat, GroupTask, OfficialUser
from tests.emulator.speaking import DEMO, LESSON, LESSON_DATA, MINI, ROBOT, Emulator

ODD: list[Any] = [None, 5, -1.5, True, "", "x", [], [5], {}, {"x": 5}, ["x", None]]
CHAT = next(iter(DEMO.wecom.customer_groups))

SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "stable token": (
        "/wx/cgi-bin/stable_token",
        {"grant_type": "client_credential", "appid": "x", "secret": "x", "force_refresh": True},
    ),
    "phone": ("/wx/wxa/business/getuserphonenumber", {"code": "x", "openid": "o"}),
    "subscribe": (
        "/wx/cgi-bin/message/subscribe/send",
        {"touser": "o", "template_id": LESSON, "page": "pages/a", "data": LESSON_DATA},
    ),
    "code": ("/wx/wxa/getwxacodeunlimit", {"scene": "a", "page": "p", "width": 430, "line_color": {"r": 0}}),
    "limited code": ("/wx/wxa/getwxacode", {"path": "a", "width": 430}),
    "link": ("/wx/wxa/generate_urllink", {"path": "a", "query": "b", "expire_type": 1, "expire_interval": 3}),
    "scheme": ("/wx/wxa/generatescheme", {"jump_wxa": {"path": "a"}, "expire_type": 0, "expire_time": 3}),
    "text": ("/wx/wxa/msg_sec_check", {"content": "a", "version": 2, "scene": 2, "openid": "o", "title": "a"}),
    "media": (
        "/wx/wxa/media_check_async",
        {"media_url": "u", "media_type": 2, "version": 2, "scene": 1, "openid": "o"},
    ),
    "updatable": (
        "/wx/cgi-bin/message/wxopen/updatablemsg/send",
        {
            "activity_id": "a",
            "target_state": 0,
            "template_info": {"parameter_list": [{"name": "member_count", "value": "1"}]},
        },
    ),
    "chat card": (
        "/wx/cgi-bin/message/wxopen/chattoolmsg/send",
        {
            "activity_id": "a",
            "target_state": 1,
            "template_id": "4A686463",
            "participator_info_list": [{"group_openid": "g"}],
        },
    ),
    "template": (
        "/wx/cgi-bin/message/template/send",
        {"touser": "o", "template_id": "official", "data": LESSON_DATA, "client_msg_id": "m", "url": "u"},
    ),
    "custom text": ("/wx/cgi-bin/message/custom/send", {"touser": "o", "msgtype": "text", "text": {"content": "x"}}),
    "custom news": (
        "/wx/cgi-bin/message/custom/send",
        {"touser": "o", "msgtype": "news", "news": {"articles": [{"title": "x"}]}},
    ),
    "custom menu": (
        "/wx/cgi-bin/message/custom/send",
        {"touser": "o", "msgtype": "msgmenu", "msgmenu": {"list": [{"content": "x"}]}},
    ),
    "mass": (
        "/wx/cgi-bin/message/mass/sendall",
        {"msgtype": "text", "text": {"content": "x"}, "clientmsgid": "c", "filter": {"is_to_all": True}},
    ),
    "menu": ("/wx/cgi-bin/menu/create", {"button": [{"name": "a", "sub_button": [{"name": "b", "key": "k"}]}]}),
    "scene code": (
        "/wx/cgi-bin/qrcode/create",
        {"action_name": "QR_STR_SCENE", "expire_seconds": 60, "action_info": {"scene": {"scene_str": "x"}}},
    ),
    "robot text": (
        "/qy/cgi-bin/webhook/send",
        {"msgtype": "text", "text": {"content": "x", "mentioned_list": ["a"], "mentioned_mobile_list": ["1"]}},
    ),
    "robot markdown": ("/qy/cgi-bin/webhook/send", {"msgtype": "markdown", "markdown": {"content": "x"}}),
    "robot image": ("/qy/cgi-bin/webhook/send", {"msgtype": "image", "image": {"base64": "eA==", "md5": "x"}}),
    "robot news": (
        "/qy/cgi-bin/webhook/send",
        {"msgtype": "news", "news": {"articles": [{"title": "a", "description": "b", "url": "c", "picurl": "d"}]}},
    ),
    "robot file": ("/qy/cgi-bin/webhook/send", {"msgtype": "file", "file": {"media_id": "m"}}),
    "robot card": (
        "/qy/cgi-bin/webhook/send",
        {
            "msgtype": "template_card",
            "template_card": {
                "card_type": "text_notice",
                "main_title": {"title": "a", "desc": "b"},
                "sub_title_text": "c",
                "horizontal_content_list": [{"keyname": "d", "value": "e"}],
                "jump_list": [],
                "card_action": {"type": 1, "url": "u"},
            },
        },
    ),
    "chat": ("/qy/cgi-bin/appchat/create", {"userlist": ["member-zhao"], "owner": "x", "name": "n", "chatid": "c"}),
    "chat change": (
        "/qy/cgi-bin/appchat/update",
        {"chatid": "c1", "add_user_list": ["x"], "del_user_list": ["y"], "owner": "o", "name": "n"},
    ),
    "chat text": ("/qy/cgi-bin/appchat/send", {"chatid": "c1", "msgtype": "text", "text": {"content": "x"}}),
    "chat news": (
        "/qy/cgi-bin/appchat/send",
        {"chatid": "c1", "msgtype": "news", "news": {"articles": [{"title": "x"}]}},
    ),
    "group message": (
        "/qy/cgi-bin/externalcontact/add_msg_template",
        {
            "chat_type": "group",
            "sender": "secretary-sun",
            "chat_id_list": [CHAT],
            "text": {"content": "x"},
            "attachments": [{"msgtype": "link"}],
        },
    ),
    "group result": (
        "/qy/cgi-bin/externalcontact/get_groupmsg_send_result",
        {"msgid": "m1", "userid": "secretary-sun", "limit": 1, "cursor": "0"},
    ),
}


def mutated(value: Any) -> Iterator[Any]:
    """The value with each of its parts, at any depth, replaced by each odd value or left out."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield {key: item for key, item in value.items() if key != name}
            yield from (value | {name: other} for other in [*ODD, *mutated(part)])
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in [*ODD, *mutated(part)])


def prepared(emulator: Emulator, platform: Platform, path: str, body: dict[str, Any]) -> dict[str, str]:
    """Make the sample go as far as it can: a user who may be written to, a chat, a card, a task."""
    official = any(part in path for part in ("template/send", "custom/send", "mass/sendall", "menu/", "qrcode/"))
    app = "wecom" if path.startswith("/qy") else "official" if official else "miniprogram"
    openid = emulator.openid("member-zhao", "official" if official else "miniprogram")
    body.update({name: openid for name in ("touser", "openid") if name in body})
    state, now = platform.state, platform.clock.now()
    state.visits[openid], state.credits[f"{openid} {LESSON}"] = now, 10**6
    state.official_users[openid] = OfficialUser(10**6, now + 60)
    state.app_chats["c1"] = AppChat("c1", "", "member-zhao", ["member-zhao", "member-qian"])
    state.activities["a"] = Activity("a", now, now + 60, owner=MINI.appid)
    state.group_tasks["m1"] = GroupTask("m1", "secretary-sun", [CHAT], {}, now, {CHAT: 0})
    emulator.control("templates", id="official", title="t", use="template", fields=dict.fromkeys(LESSON_DATA, "x"))
    emulator.control("settings", webhook_per_minute=10**6, media_checks_per_url_per_minute=10**6)
    return {"access_token": emulator.token(app), "key": ROBOT}


@pytest.mark.parametrize("name", SAMPLES)
def test_odd_values_never_break_a_call(emulator: Emulator, running: Platform, name: str) -> None:
    path, sample = SAMPLES[name][0], copy.deepcopy(SAMPLES[name][1])
    params = prepared(emulator, running, path, sample)
    bodies = [sample, *mutated(sample)]
    broken = [body for body in bodies if not says_how(emulator.post(path, params=params, json=body))]
    assert len(bodies) > len(ODD)
    assert broken == []


def says_how(answer: requests.Response) -> bool:
    """An image, or JSON with an errcode or what was asked for."""
    if answer.status_code != 200 or answer.headers["Content-Type"] == "image/png":
        return answer.status_code == 200
    return bool({"errcode", "access_token", "ticket"} & answer.json().keys())
