"""The address that the platform calls, for the mini program and the official account; and help for our web pages."""

from flask import Blueprint, Response, request

from backend.core.errors import AppError
from backend.core.http import endpoint, extension, now, settings
from backend.core.settings import WeChatApp
from backend.wechat import callbacks, pushes, replies, web_pages
from backend.wechat.callbacks import Push
from backend.wechat.web_pages import AuthorizeQuery, AuthorizeShape, SignatureQuery, SignatureShape

bp = Blueprint("wechat", __name__, url_prefix="/wechat")
pages = Blueprint("wechat_pages", __name__, url_prefix="/api/v1/wechat")
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


@pages.get("/js-signature")
@endpoint(query=SignatureQuery, returns=SignatureShape, public=True)
def sign_page(query: SignatureQuery) -> SignatureShape:
    """Let a page of ours use the JS-SDK (scanning, location, recording)."""
    return web_pages.sign_page(query, settings=settings(), gateway=extension("gateway"))


@pages.get("/oauth-address")
@endpoint(query=AuthorizeQuery, returns=AuthorizeShape, public=True)
def show_oauth_address(query: AuthorizeQuery) -> AuthorizeShape:
    """Where the H5 client sends its visitor to be recognised; he comes back with `code` and `state`."""
    return web_pages.authorize_address(query, settings=settings(), gateway=extension("gateway"))
