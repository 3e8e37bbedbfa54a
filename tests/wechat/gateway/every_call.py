"""Every call of the gateway, ready to be made: where it goes and whose token it shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backend.wechat import robots
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import CardProgress, MiniCode, SubscribeMessage
from backend.wechat.official import OfficialMessage
from backend.wechat.wecom import MassMessage
from tests.emulated import CREDENTIALS, ROBOT_KEY, STABLE_TOKEN, Platform

TEMPLATE = "tmpl-activity-notice-000000000000000000000001"
DATA = {"thing1": "主题党日", "time2": "2026年11月29日 08:00", "thing3": "会议室"}
GROUP = "wrDemoCustomerGroup0000000000001"
DONE = "4A68CBB88A92B0A9311848DBA1E94A199B166463"
GET_TOKEN = "/cgi-bin/gettoken"
USER = "member-qian"
OFFICIAL_TEMPLATES = [
    {"id": "t-template", "title": "进度", "fields": {"thing1": "事项"}, "use": "template"},
    {"id": "t-notice", "title": "提醒", "fields": {"thing1": "事项"}, "use": "bizsend"},
]


@dataclass
class Ready:
    """What the calls need: a visitor with his session, cards, chats, tasks, codes for log-in."""

    gateway: Gateway
    platform: Platform
    openid: str = ""
    session_key: str = ""
    official_openid: str = ""
    activity: str = ""
    task: str = ""
    codes: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> "Ready":
        """Let everything that a call relies on exist, all tokens included."""
        platform, program = self.platform, self.gateway.miniprogram
        visitor = program.visitor(platform.login_code(USER))
        self.openid, self.session_key = visitor.openid, str(visitor.session_key)
        self.official_openid = platform.openid(USER, "official")
        self.activity = program.open_activity().id
        platform.accept(USER, TEMPLATE, times=5)
        platform.control("templates", templates=OFFICIAL_TEMPLATES)
        for _ in range(5):
            platform.control("subscribe", user=USER, template_id="t-notice", result="accept", wait=False)
        platform.control("apps", appid=CREDENTIALS["OFFICIAL_APPID"], callback_url="http://127.0.0.1:9/")
        platform.control("push", kind="text", user=USER, content="您好", wait=False)
        self.gateway.official.put_menu([{"type": "click", "name": "帮助", "key": "help"}])
        platform.control("wecom/chats", chatid="ours", members=["member-qian", "member-zhao"])
        self.task = self.gateway.wecom.ask_to_send(MassMessage("secretary-sun", (GROUP,), "通知")).id
        self.codes = {
            "login": platform.login_code(USER),
            "web": platform.login_code(USER, channel="official"),
            "phone": str(platform.control("phone-code", user=USER)["code"]),
        }
        return self


Run = Callable[[Ready], Any]


@dataclass(frozen=True)
class Call:
    """One call: the path that the platform sees, and where its token comes from, if it shows one."""

    path: str
    run: Run
    token_path: str = STABLE_TOKEN


def _notice(ready: Ready, template_id: str) -> OfficialMessage:
    return OfficialMessage(ready.official_openid, template_id, {"thing1": "楼道灯"})


def _mini(ready: Ready) -> Any:
    return ready.gateway.miniprogram


def _account(ready: Ready) -> Any:
    return ready.gateway.official


def _corp(ready: Ready) -> Any:
    return ready.gateway.wecom


MESSAGE, EXTERNAL = "/cgi-bin/message", "/cgi-bin/externalcontact"

CALLS: dict[str, Call] = {
    "log-in": Call("/sns/jscode2session", lambda r: _mini(r).visitor(r.codes["login"]), ""),
    "phone number": Call("/wxa/business/getuserphonenumber", lambda r: _mini(r).phone_number(r.codes["phone"])),
    "session check": Call("/wxa/checksession", lambda r: _mini(r).knows_session(r.openid, r.session_key)),
    "session renewal": Call("/wxa/resetusersessionkey", lambda r: _mini(r).renew_session(r.openid, r.session_key)),
    "subscribe message": Call(
        f"{MESSAGE}/subscribe/send",
        lambda r: _mini(r).send_subscribe_message(SubscribeMessage(r.openid, TEMPLATE, DATA, None)),
    ),
    "templates": Call("/wxaapi/newtmpl/gettemplate", lambda r: _mini(r).templates()),
    "code": Call("/wxa/getwxacodeunlimit", lambda r: _mini(r).code_image(MiniCode("a=1"))),
    "URL link": Call("/wxa/generate_urllink", lambda r: _mini(r).url_link("pages/index/index")),
    "text check": Call("/wxa/msg_sec_check", lambda r: _mini(r).check_text("灯", openid=r.openid, scene=2)),
    "media check": Call(
        "/wxa/media_check_async",
        lambda r: _mini(r).start_media_check("https://a.example/p", "picture", openid=r.openid, scene=2),
    ),
    "activity id": Call(f"{MESSAGE}/wxopen/activityid/create", lambda r: _mini(r).open_activity()),
    "updatable card": Call(
        f"{MESSAGE}/wxopen/updatablemsg/send", lambda r: _mini(r).show_joining(r.activity, joined=1, room=9)
    ),
    "chat-tool card": Call(
        f"{MESSAGE}/wxopen/chattoolmsg/send", lambda r: _mini(r).show_progress(r.activity, CardProgress(DONE, 1))
    ),
    "web log-in": Call("/sns/oauth2/access_token", lambda r: _account(r).visitor(r.codes["web"]), ""),
    "put menu": Call(
        "/cgi-bin/menu/create", lambda r: _account(r).put_menu([{"type": "click", "name": "帮助", "key": "help"}])
    ),
    "read menu": Call("/cgi-bin/menu/get", lambda r: _account(r).menu()),
    "remove menu": Call("/cgi-bin/menu/delete", lambda r: _account(r).remove_menu()),
    "template message": Call(
        f"{MESSAGE}/template/send", lambda r: _account(r).send_template(_notice(r, "t-template"), key="k")
    ),
    "subscribe notification": Call(
        f"{MESSAGE}/subscribe/bizsend", lambda r: _account(r).send_notification(_notice(r, "t-notice"))
    ),
    "customer service": Call(f"{MESSAGE}/custom/send", lambda r: _account(r).send_text(r.official_openid, "您好")),
    "JS-SDK ticket": Call("/cgi-bin/ticket/getticket", lambda r: _account(r).sign_page("https://a.example/")),
    "scene code": Call("/cgi-bin/qrcode/create", lambda r: _account(r).scene_code("a")),
    "robot post": Call(
        "/cgi-bin/webhook/send", lambda r: r.gateway.robots.post(ROBOT_KEY, robots.text("通知")), token_path=""
    ),
    "robot upload": Call(
        "/cgi-bin/webhook/upload_media", lambda r: r.gateway.robots.upload(ROBOT_KEY, "a.txt", b"12345"), token_path=""
    ),
    "open chat": Call(
        "/cgi-bin/appchat/create",
        lambda r: _corp(r).create_chat("群", ["member-qian", "member-zhao"], owner="member-qian"),
        GET_TOKEN,
    ),
    "chat post": Call("/cgi-bin/appchat/send", lambda r: _corp(r).send_to_chat("ours", robots.text("通知")), GET_TOKEN),
    "mass message": Call(
        f"{EXTERNAL}/add_msg_template",
        lambda r: _corp(r).ask_to_send(MassMessage("secretary-sun", (GROUP,), "通知")),
        GET_TOKEN,
    ),
    "mass result": Call(
        f"{EXTERNAL}/get_groupmsg_send_result",
        lambda r: _corp(r).mass_results(r.task, sender="secretary-sun"),
        GET_TOKEN,
    ),
    "mass reminder": Call(f"{EXTERNAL}/remind_groupmsg_send", lambda r: _corp(r).remind_sender(r.task), GET_TOKEN),
    "mass withdrawal": Call(f"{EXTERNAL}/cancel_groupmsg_send", lambda r: _corp(r).cancel_task(r.task), GET_TOKEN),
}
