"""The messages and events themselves, as dicts; the envelope decides between JSON and XML."""

from typing import Any

from emulator.config import App
from emulator.ids import message_id

Message = dict[str, Any]


def event(app: App, openid: str, name: str, now: float, **fields: Any) -> Message:
    head = {"ToUserName": app.original_id, "FromUserName": openid, "CreateTime": int(now)}
    return head | {"MsgType": "event", "Event": name} | fields


def text_message(app: App, openid: str, content: str, now: float) -> Message:
    return user_message(app, openid, "text", now, Content=content)


def user_message(app: App, openid: str, msgtype: str, now: float, **fields: Any) -> Message:
    head = {"ToUserName": app.original_id, "FromUserName": openid, "CreateTime": int(now), "MsgType": msgtype}
    return head | fields | {"MsgId": message_id()}


def subscribe_popup(app: App, openid: str, results: dict[str, str], now: float) -> Message:
    """What the user chose in the dialog: template id → accept or reject. Numbers are strings."""
    entries = [
        {"TemplateId": template_id, "SubscribeStatusString": result, "PopupScene": "0"}
        for template_id, result in results.items()
    ]
    return _listed(app, openid, "subscribe_msg_popup_event", entries, now)


def subscribe_change(app: App, openid: str, template_ids: list[str], now: float) -> Message:
    """The user switched templates off in the settings; switching on is never told."""
    entries = [{"TemplateId": template_id, "SubscribeStatusString": "reject"} for template_id in template_ids]
    return _listed(app, openid, "subscribe_msg_change_event", entries, now)


def subscribe_sent(
    app: App, openid: str, template_id: str, msgid: str, now: float, outcome: tuple[int, str] = (0, "success")
) -> Message:
    """`outcome`: error code and status."""
    entry = {"TemplateId": template_id, "MsgID": msgid, "ErrorCode": str(outcome[0]), "ErrorStatus": outcome[1]}
    return _listed(app, openid, "subscribe_msg_sent_event", [entry], now)


def _listed(app: App, openid: str, name: str, entries: list[dict[str, str]], now: float) -> Message:
    message = event(app, openid, name, now, List=entries)
    return message | {"CreateTime": str(message["CreateTime"])} if app.format == "json" else message


def media_checked(app: App, openid: str, trace_id: str, verdict: dict[str, Any], now: float) -> Message:
    """`verdict`: `errcode`, and without one `result` and `detail`."""
    errcode = verdict.get("errcode", 0)
    told = {} if errcode else {"result": verdict["result"], "detail": verdict["detail"]}
    head = {"appid": app.appid, "trace_id": trace_id, "version": 2, "errcode": errcode}
    errmsg = "download failed" if errcode else "ok"
    return event(app, openid, "wxa_media_check", now, **head, errmsg=errmsg, **told)


def template_sent(app: App, openid: str, msgid: int, now: float, status: str = "success") -> Message:
    return event(app, openid, "TEMPLATESENDJOBFINISH", now, MsgID=msgid, Status=status)
