"""The way in and out: password, one-time password, QR code, the demo's door; one's sessions and hats."""

import secrets
from typing import Any

import segno
from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from backend.core.clock import local_day
from backend.core.errors import AppError
from backend.core.http import client_address, now, parse_values, settings
from backend.core.pages import PageQuery
from backend.desk.frame import VISIT, bp, done, form_proof, page, seat, show, unseat, values_of
from backend.desk.language import switch
from backend.desk.navigation import hats_of
from backend.people import directory
from backend.people.access import revoke_token
from backend.people.caller import current_caller
from backend.people.desk_logins import demo_door, service, tickets
from backend.people.desk_logins.schemas import (
    ChangePassword,
    ConfirmOneTime,
    ConfirmPassword,
    DeskCredentials,
    TicketSecret,
)
from backend.people.desk_logins.service import Visit
from backend.people.sessions import service as sessions
from backend.people.sessions.device import device_label

STEPS = {"password_change_needed": "password", "otp_setup_needed": "setup", "otp_needed": "otp", "bad_otp": "otp"}
CHANNELS = {"desk": "工作台", "miniprogram": "小程序", "official": "公众号"}


def _visit() -> Visit:
    return Visit(client_address(), device_label(request.user_agent.string), settings().timezone)


def _next() -> str:
    """Where to go after log-in: a page of the desk and nothing else."""
    wanted = request.values.get("next", "")
    return (
        wanted if wanted.startswith("/desk/") and "\\" not in wanted and "//" not in wanted else url_for("desk.today")
    )


@bp.get("/language/<any(zh, en):language>")
@page(public=True)
def change_language(language: str) -> AnyResponse:
    """The same page in Chinese or in English, from now on."""
    return switch(language, _next())


@bp.get("/login")
@page(public=True)
def log_in() -> AnyResponse:
    """The log-in page."""
    visit = request.cookies.get(VISIT) or secrets.token_urlsafe(16)
    people = demo_door.demo_people(settings(), now=now())
    answer = Response(show("login.html", proof=form_proof(visit), people=people, step="", next=_next(), tried={}))
    answer.set_cookie(VISIT, visit, path="/desk", httponly=True, samesite="Lax", secure=not settings().demo)
    return unseat(answer)


@bp.post("/login")
@page(public=True)
def log_in_by_password() -> AnyResponse:
    """Name and password; asks again for what is missing, with what was typed kept."""
    tried = values_of(request.form, "username", "otp")
    body = {**tried, **{name: request.form[name] for name in ("password", "new_password") if request.form.get(name)}}
    try:
        session = service.log_in(parse_values(DeskCredentials, body), _visit(), now=now())
    except AppError as error:
        return _ask_again(error, tried)
    if session.recovery_codes:
        return seat(session.token, Response(show("recovery_codes.html", codes=session.recovery_codes, next=_next())))
    return seat(session.token, redirect(_next(), 303))


def _ask_again(error: AppError, tried: dict[str, str]) -> AnyResponse:
    step = STEPS.get(error.code) or request.form.get("step", "")
    setup = error.extra.get("setup")
    picture = _qr(setup["address"]) if setup else None
    proof = form_proof(request.cookies.get(VISIT, ""))
    shown = show(
        "login.html", proof=proof, error=error, step=step, setup=setup, qr=picture, tried=tried, next=_next(), people=[]
    )
    return Response(shown, error.status)


def _qr(text: str) -> str:
    return str(segno.make(text, error="m").svg_inline(scale=5, border=2, svgclass="qr", lineclass=None))


@bp.post("/login/qr")
@page(public=True)
def open_ticket() -> str:
    """A fresh QR code for the log-in page."""
    ticket = tickets.open_ticket(_visit(), public_url=settings().public_url, now=now())
    return show("login_qr.html", ticket=ticket, qr=_qr(ticket.address), next=_next())


@bp.post("/login/qr/<ticket>")
@page(public=True)
def ask_for_session(ticket: str) -> AnyResponse:
    """What the page with the QR code asks every two seconds."""
    secret = parse_values(TicketSecret, {"secret": request.form.get("secret", "")})
    answer = tickets.collect_session(ticket, secret, _visit(), now=now())
    if answer.session is None:
        return Response(status=204)
    return seat(answer.session.token, done("登录成功", go=_next()))


@bp.post("/demo-login")
@page(public=True)
def log_in_to_demo() -> AnyResponse:
    """One click in, in the demo."""
    visit = _visit()
    token = demo_door.enter(request.form.get("person", ""), settings(), device=visit.device, now=now())
    return seat(token, redirect(_next(), 303))


@bp.post("/logout")
@page()
def log_out() -> AnyResponse:
    """End this session at once."""
    revoke_token(current_caller().token_id, now=now())
    return unseat(redirect(url_for("desk.log_in"), 303))


@bp.post("/acting")
@page()
def act_as() -> AnyResponse:
    """Wear one hat, or all of them again."""
    sessions.act_as(current_caller(), request.form.get("as", ""))
    return redirect(url_for("desk.today"), 303)


@bp.get("/account")
@page()
def account() -> str:
    """Where one is logged in, what one acts as, one's password."""
    caller = current_caller()
    found = sessions.list_sessions(caller, PageQuery(limit=50), now=now())
    worn = directory.account_shape(caller, today=local_day(now(), settings().timezone)).acting
    return show("account.html", sessions=found.items, channels=CHANNELS, hats=hats_of(caller), worn=worn)


@bp.post("/account/sessions/<session_id>/end")
@page()
def end_session(session_id: str) -> Any:
    """Log out elsewhere."""
    sessions.end_session(current_caller(), session_id, now=now())
    return done("那台设备已退出", go=url_for("desk.account"))


@bp.post("/account/password")
@page()
def change_password() -> Any:
    """Take a new password."""
    body = {name: request.form.get(name, "") for name in ("password", "new_password")}
    service.change_password(current_caller(), parse_values(ChangePassword, body), now=now())
    return done("密码已修改，其他电脑上的工作台已退出")


@bp.post("/account/one-time")
@page()
def begin_one_time() -> str:
    """A secret for an authenticator app, in force once it is confirmed."""
    body = parse_values(ConfirmPassword, {"password": request.form.get("password", "")})
    setup = service.begin_one_time(current_caller(), body, now=now())
    return show("account_one_time.html", setup=setup, qr=_qr(setup.address))


@bp.post("/account/one-time/confirm")
@page()
def confirm_one_time() -> str:
    """The first one-time password; answers with recovery codes."""
    body = parse_values(ConfirmOneTime, values_of(request.form, "otp"))
    return show("account_codes.html", codes=service.confirm_one_time(current_caller(), body, now=now()).codes)
