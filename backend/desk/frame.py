"""The frame of every page: who sits at the desk, safe forms, headers, and how a refusal looks."""

import functools
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from backend.core.crypto import digest, keyring
from backend.core.errors import AppError, Forbidden, Unauthorized
from backend.core.http import Endpoint, error_answer, now, settings
from backend.desk.language import in_english, is_english, say
from backend.desk.navigation import menu_of
from backend.people.access import DESK_TOKEN_LIFE, find_caller
from backend.people.desk_logins.service import require_desk
from backend.people.permissions import Caller

SESSION, CSRF, VISIT = "desk_session", "desk_csrf", "desk_visit"
CSRF_PURPOSE = "desk form"
SPEC = Endpoint(body=None, query=None, returns=None, status=200, public=True, replayable=False)
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
View = Callable[..., Any]

bp = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")


def page(*, public: bool = False, uploads: int | None = None) -> Callable[[View], View]:
    """Declare a page: it needs a session unless `public`; what is posted to it carries our own proof.

    `uploads` is how many bytes a form with files may have, where the usual limit is too small.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(**path: str) -> Any:
            if uploads:
                request.max_content_length = uploads
            if not public:
                g.caller = _who_sits_here()
            if request.method == "POST":
                _check_form()
            return view(**path)

        answer.endpoint_spec = SPEC  # type: ignore[attr-defined]
        return answer

    return decorate


def _who_sits_here() -> Caller:
    caller = find_caller(request.cookies.get(SESSION, ""), timezone=settings().timezone, now=now())
    require_desk(caller)
    return caller


def _check_form() -> None:
    """403 for a form that another site made: the proof hangs on a cookie that only we can set."""
    bound_to = request.cookies.get(SESSION) or request.cookies.get(VISIT) or ""
    sent = request.headers.get("X-CSRF-Token") or request.form.get("_csrf", "")
    if not bound_to or not keyring.signed_by_us(CSRF_PURPOSE, digest(bound_to), sent):
        raise Forbidden("bad_form", "页面停留太久，请刷新后再提交（已填的内容请先复制）")


def form_proof(bound_to: str) -> str:
    """What a form sends along to show that it is ours."""
    return keyring.sign(CSRF_PURPOSE, digest(bound_to))


def seat(token: str, answer: AnyResponse) -> AnyResponse:
    """Let the browser hold the session, out of reach of scripts, and the proof for forms within their reach."""
    life, secure = int(DESK_TOKEN_LIFE.total_seconds()), not settings().demo
    for name, value, hidden in ((SESSION, token, True), (CSRF, form_proof(token), False)):
        answer.set_cookie(name, value, life, path="/desk", secure=secure, httponly=hidden, samesite="Lax")
    return answer


def unseat(answer: AnyResponse) -> AnyResponse:
    """Let the browser forget the session."""
    for name in (SESSION, CSRF):
        answer.delete_cookie(name, path="/desk")
    return answer


def show(template: str, **values: Any) -> str:
    """A page or a part of one, with what every template may use."""
    caller: Caller | None = g.get("caller")
    token = request.cookies.get(SESSION, "")
    frame = {
        "caller": caller,
        "menu": menu_of(caller) if caller else [],
        "proof": form_proof(token) if token else "",
        "nonce": _nonce(),
        "now": now(),
        "whole": not is_part(),
        "demo": settings().demo,
    }
    return render_template(f"desk/{template}", **{**frame, **values})


def is_part() -> bool:
    """Whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def prompted() -> str:
    """What somebody wrote into the small box that a button opened; headers carry Chinese percent-encoded."""
    return unquote(request.headers.get("HX-Prompt", ""))


def done(message: str, *events: str, go: str | None = None) -> Response:
    """Nothing to show: a word at the top of the page, events for the parts that have to look again, or a way to go."""
    answer = Response(status=204)
    # headers are Latin-1: \u escapes carry the Chinese
    answer.headers["HX-Trigger"] = json.dumps({"said": say(message), **dict.fromkeys(events, True)})
    if go:
        answer.headers["HX-Redirect"] = go
    return answer


def _nonce() -> str:
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


@bp.after_request
def harden(answer: Response) -> Response:
    """Headers of every page: nothing from elsewhere, no frame, no copy kept."""
    answer.headers["Content-Security-Policy"] = POLICY.format(nonce=_nonce())
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


@bp.errorhandler(AppError)
def refuse(error: AppError) -> Any:
    """A refusal: the envelope for a script, the log-in page for who is not logged in, else a page of its own."""
    if is_part() or request.method == "POST":
        return error_answer(spoken(error))
    if isinstance(error, Unauthorized):
        target = quote(request.full_path.rstrip("?"), safe="/?=&")
        return redirect(f"{url_for('desk.log_in')}?next={target}", 303)
    return show("refused.html", error=error), error.status


def spoken(error: AppError) -> AppError:
    """The same refusal in the language of whoever reads it; its code stays."""
    if is_english():
        error.message = in_english(error.message)
        faults = error.extra.get("errors", [])
        error.extra |= {"errors": [one | {"message": in_english(one["message"])} for one in faults]} if faults else {}
    return error


@bp.errorhandler(HTTPException)
def not_here(error: HTTPException) -> Any:
    """An address or a method that the desk does not have, or more than it takes."""
    if isinstance(error, RequestEntityTooLarge):
        request.environ["wsgi.input_terminated"] = True  # the rest of the body is not worth reading
        return refuse(AppError("too_large", "内容太大，请少传几个文件，或换小一点的", status=error.code))
    return refuse(AppError("not_found", "没有这个页面", status=error.code))


def values_of(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """The filled fields of a form with these names: an empty field is one that was left out."""
    return {name: form[name].strip() for name in names if form.get(name, "").strip()}
