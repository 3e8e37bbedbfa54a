"""The address that the platform calls: verification and pushes, for the mini program and the official account."""

from flask import Blueprint, Response, request

from backend.core.errors import AppError
from backend.core.http import endpoint, extension, now, settings
from backend.core.settings import WeChatApp
from backend.wechat import callbacks, pushes, replies
from backend.wechat.callbacks import Push

bp = Blueprint("wechat", __name__, url_prefix="/wechat")
TAKEN = "success"


def _app(channel: str) -> WeChatApp:
    found = {"miniprogram": settings().miniprogram, "official": settings().official}.get(channel)
    if found is None or not found.appid:
        raise AppError("not_found", "没有这个地址", status=404)
    return found


@bp.get("/<channel>")
@endpoint(public=True)
def verify_address(channel: str) -> Response:
    """Answer the platform's check of our address with its own echostr."""
    callbacks.verify(_app(channel), request.args, now=now())
    return Response(request.args.get("echostr", ""), mimetype="text/plain")


@bp.post("/<channel>")
@endpoint(public=True)
def take_push(channel: str) -> Response:
    """Take an event or answer a message, well within the platform's five seconds."""
    request.max_content_length = callbacks.MAX_CALLBACK_BYTES
    app, push = _app(channel), Push(request.args, request.get_data())
    event = callbacks.open_push(app, push, now=now())
    pushes.remember_signature(app.appid, push, now=now())
    handler = extension("callbacks").get(str(event.get("Event")))
    if handler is not None:
        pushes.take(app.appid, event, handler, now=now())
    reply = pushes.reply_to(app.appid, event, extension("chat"), now=now())
    if reply is None:
        return Response(TAKEN, mimetype="text/plain")
    text = replies.render(reply, event, now=now())
    return Response(callbacks.seal_reply(app, push, text, now=now()), mimetype="text/xml")
