"""The one way of every platform call: method, token, fault, limits, body, then the endpoint itself."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import Flask, Request, Response, request

from emulator.answers import DIALECTS, Dialect, File
from emulator.config import App
from emulator.errors import PlatformError
from emulator.faults import Fault
from emulator.platform import Platform
from emulator.quotas import Limit, count
from emulator.state import Token

LONGEST_TOKEN = 512
BREAK_CONNECTION = "emulator.break_connection"  # environ name: the server resets the connection unanswered


@dataclass
class Call:
    """One call of the platform; `body` is its JSON object."""

    platform: Platform
    request: Request
    endpoint: "Endpoint"
    token: Token | None = None
    app: App = field(init=False)  # whose token it is; unset where no app's token is needed
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def now(self) -> float:
        return self.platform.clock.now()

    def query(self, name: str) -> str:
        return self.request.args.get(name, "")


Handler = Callable[[Call], dict[str, Any] | File]


@dataclass(frozen=True)
class Endpoint:
    """One row of the platform's interface. An endpoint that is not `locked` takes the lock itself."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    bearer: Literal["", "app", "corp"] = "app"  # whose access_token the call must show
    of: Literal["miniprogram", "official", "any"] = "miniprogram"  # whose call it is, else 48001
    json_body: bool = True
    limits: tuple[Limit, ...] = ()
    locked: bool = True


def register(flask: Flask, platform: Platform, root: str, endpoints: list[Endpoint]) -> None:
    for endpoint in endpoints:
        flask.add_url_rule(
            root + endpoint.path,
            endpoint=root + endpoint.path,
            view_func=_view(platform, endpoint, root),
            methods=["GET", "POST"],
        )


def _view(platform: Platform, endpoint: Endpoint, root: str) -> Callable[[], Response]:
    def view() -> Response:
        # get_current_object: the proxy costs a look-up on each use
        call = Call(platform, request._get_current_object(), endpoint)  # type: ignore[attr-defined]
        return _answer(call, root)

    return view


def _answer(call: Call, root: str) -> Response:
    dialect = DIALECTS[root]
    try:
        return _admit_and_carry_out(call, dialect)
    except PlatformError as error:
        response = dialect.refusal(error, call.now)
        _note(call, error.errcode, response.get_json()["errmsg"])
        return response


def _admit_and_carry_out(call: Call, dialect: Dialect) -> Response:
    _admit(call)
    fault = _take_fault(call)
    if fault is None:
        return dialect.response(_carry_out(call))
    if fault.after:
        answer = dialect.response(_carry_out(call))
        return _strike(fault, call, answer) or answer
    return _strike(fault, call, dialect.ok()) or dialect.response(_carry_out(call))


def _admit(call: Call) -> None:
    """Method and token, before anything else is looked at."""
    endpoint = call.endpoint
    if call.request.method != endpoint.method:
        raise PlatformError(43001 if endpoint.method == "GET" else 43002)
    if endpoint.bearer:
        with call.platform.lock:
            call.token = known_token(call, call.request.args.get("access_token"))


def known_token(call: Call, value: str | None) -> Token:
    """The living token of that value. Raises PlatformError 41001, 40014, 40001 or 42001."""
    if value is None:
        raise PlatformError(41001)
    if not value.strip() or len(value) > LONGEST_TOKEN:
        raise PlatformError(40014)
    token = call.platform.state.tokens.get(value)
    of_corp = call.endpoint.bearer == "corp"
    if token is None or token.kind == "oauth" or (token.kind == "corp") != of_corp:
        raise PlatformError(40014 if of_corp else 40001)
    if token.dies_at is not None and call.now >= token.dies_at:
        raise PlatformError(40001)
    if call.now >= token.expires_at:
        raise PlatformError(42001)
    return token


def _take_fault(call: Call) -> Fault | None:
    if call.platform.faults.empty:
        return None
    user, robot = _whom(call)
    return call.platform.faults.take(call.request.path, user, robot, call.now)


def _whom(call: Call) -> tuple[set[str], str]:
    """Openid and name of the user, and the robot's key, that a call is about."""
    try:
        body = json.loads(call.request.get_data() or b"{}")
    except ValueError:
        body = {}
    openid = body.get("touser") or body.get("openid") if isinstance(body, dict) else None
    if not isinstance(openid, str):
        return set(), call.query("key")
    user = call.platform.world.user_of_openid(openid)
    return {openid, user.name if user else openid}, call.query("key")


def _strike(fault: Fault, call: Call, answer: Response) -> Response | None:
    """Let the fault happen; None when it leaves the answer as it is."""
    if fault.delay_s:
        time.sleep(fault.delay_s)
    if fault.errcode is not None:
        raise PlatformError(fault.errcode, fault.errmsg)
    if not fault.breaks_answer:
        return None
    _note(call, fault.http, "connection dropped" if fault.drop else "broken answer")
    if fault.drop:
        call.request.environ[BREAK_CONNECTION] = True
        return Response(status=500)
    if fault.truncate:
        answer.set_data(answer.get_data()[: max(len(answer.get_data()) // 2, 1)])
        return answer
    return _gateway_page(fault.http or 502)


def _gateway_page(status: int) -> Response:
    title = f"<title>{status}</title>"
    page = f"<html>\r\n<head>{title}</head>\r\n<body><center><h1>{status}</h1></center></body>\r\n</html>"
    return Response(page, status, content_type="text/html")


def _carry_out(call: Call) -> dict[str, Any] | File:
    with call.platform.lock:
        if call.endpoint.bearer == "app":
            call.app = _app_of(call)
        owner = call.token.owner if call.token else ""
        for limit in call.endpoint.limits:
            count(call.platform.state.counters, limit, f"{call.endpoint.path} {owner}", call.now)
    if call.endpoint.method == "POST" and call.endpoint.json_body:
        call.body = json_object(call.request.get_data())
    if not call.endpoint.locked:
        return call.endpoint.handler(call)
    with call.platform.lock:
        return call.endpoint.handler(call)


def _app_of(call: Call) -> App:
    """The app whose token was shown. Raises PlatformError 48001 for one that may not make this call."""
    app = call.platform.world.app(call.token.owner) if call.token else None
    if app is None or call.endpoint.of not in ("any", app.kind):
        raise PlatformError(48001)
    return app


def json_object(raw: bytes) -> dict[str, Any]:
    """Raises PlatformError 44002 for nothing, 47001 for anything but a JSON object."""
    if not raw.strip():
        raise PlatformError(44002)
    try:
        body = json.loads(raw)
    except ValueError:
        raise PlatformError(47001) from None
    if not isinstance(body, dict):
        raise PlatformError(47001)
    return body


def _note(call: Call, errcode: int | None, text: str) -> None:
    names, robot = _whom(call)
    user = next((n for n in names if call.platform.world.user_of_openid(n) is None), "")
    call.platform.note_refusal(call.request.path, errcode, text, user, robot)
