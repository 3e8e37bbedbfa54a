"""The border to HTTP: one decorator for endpoints, one envelope, one error handler. Routes hold no logic."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import peewee as pw
import structlog
from flask import Flask, Request, Response, current_app, g, request
from pydantic import (
    BaseModel,
    ConfigDict,
    PlainSerializer,
    SerializationInfo,
    ValidationError,
    WithJsonSchema,
    field_validator,
)
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from backend.core import idempotency
from backend.core.application import JSON, JsonAnswer
from backend.core.clock import Clock, local_instant
from backend.core.database import accompanied_by, database
from backend.core.errors import AppError, Invalid, Unauthorized, Unavailable
from backend.core.migration import pending
from backend.core.pages import Page
from backend.core.phrases import in_chinese
from backend.core.retries import is_lost
from backend.core.settings import Settings

MAX_BODY_BYTES = 1_000_000
LOOPBACK = frozenset({"127.0.0.1", "::1"})
FIRST_YEAR, LAST_YEAR = 1900, 2200
HTTP_SENTENCES = {
    400: ("bad_request", "请求有误"),
    404: ("not_found", "没有这个地址"),
    405: ("method_not_allowed", "这个地址不支持此操作"),
    413: ("too_large", "内容太大"),
    415: ("unsupported_media_type", "请以 JSON 提交"),
    416: ("range_not_satisfiable", "请求的范围超出文件"),
}

log = structlog.get_logger()


class Body(BaseModel):
    """What a client sends: unknown fields are refused, spaces at the ends are cut."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _within_reach(cls, value: Any) -> Any:
        """Days that both databases can hold, whatever the time zone."""
        if isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValueError(f"须在 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间")
        return value


class Shape(BaseModel):
    """What a client gets; field descriptions go into the API description. Its instants are `Instant`s."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)


def shown_instant(at: datetime, info: SerializationInfo[ZoneInfo | None]) -> str:
    """How an instant leaves in JSON: in the time zone that the border gives as context."""
    return at.isoformat() if info.context is None else local_instant(at, info.context)


Instant = Annotated[
    datetime,
    PlainSerializer(shown_instant, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]


class FileBytes:
    """A file instead of JSON, in `endpoint(body=…)` or `endpoint(returns=…)`."""


B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True)
class Endpoint:
    """What the API description and the border need to know of a view."""

    body: type[BaseModel] | type[FileBytes] | None
    query: type[BaseModel] | None
    returns: Any
    status: int
    public: bool
    replayable: bool

    @property
    def takes_file(self) -> bool:
        """Whether the body is a file (multipart `file` or the bare bytes), which the view reads itself."""
        return self.body is FileBytes

    @property
    def gives_file(self) -> bool:
        """Whether the answer is a file instead of an envelope."""
        return self.returns is FileBytes


def endpoint(
    *,
    body: type[BaseModel] | type[FileBytes] | None = None,
    query: type[BaseModel] | None = None,
    returns: Any = None,
    status: int = 200,
    public: bool = False,
    replayable: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare a view: the types it takes (`body`, `query`) and gives, and whether it needs no token.

    POSTs take an Idempotency-Key unless `replayable` is off (check-ins and heartbeats carry their own nonce).
    The view returns data for the envelope, or a Response of its own. `FileBytes` as body or answer stands for
    a file, which the view reads from the request or gives as a Response.
    """
    spec = Endpoint(body, query, returns, status, public, replayable)

    def decorate(view: Callable[..., Any]) -> Callable[..., Response]:
        @functools.wraps(view)
        def answer(**path: Any) -> Response:
            arguments = dict(path)
            asked = _request()
            if body is not None and issubclass(body, BaseModel):
                arguments["body"] = parse_body(body)
            if query is not None:
                arguments["query"] = parse_query(query)
            if replayable and not public and asked.method == "POST":
                return _answer_once(asked, functools.partial(view, **arguments), status)
            return _respond(view(**arguments), status)

        answer.endpoint_spec = spec  # type: ignore[attr-defined]
        return answer

    return decorate


def parse_body(model: type[BaseModel]) -> BaseModel:
    """The JSON body as `model`; 415 for another type, 400 for no JSON, 422 with a list of faulty fields."""
    asked = _request()
    if asked.environ.get("CONTENT_TYPE") != JSON and not asked.is_json:
        raise AppError("unsupported_media_type", HTTP_SENTENCES[415][1], status=415)
    raw = asked.get_data()
    if len(raw) >= MAX_BODY_BYTES:  # sent without a length: Werkzeug cuts it there and says nothing
        raise RequestEntityTooLarge
    if b"\\u0000" in raw:  # no text of ours has one, and neither database keeps it well
        raise _bad_json()
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _refusal(error) from None


def parse_query(model: type[BaseModel]) -> BaseModel:
    """The query string as `model`; 422 with a list of faulty parameters."""
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise _refusal(error) from None


def parse_values(model: type[B], values: Mapping[str, Any]) -> B:
    """Values that came otherwise than as JSON, from a form of the desk; 422 with a list of faulty fields."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> AppError:
    faults = error.errors(include_url=False, include_context=True, include_input=False)
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _bad_json()
    return Invalid(
        errors=[
            {
                "field": ".".join(str(step) for step in fault["loc"]),
                "code": fault["type"],
                "message": in_chinese(fault),
            }
            for fault in faults
        ]
    )


def _bad_json() -> AppError:
    return AppError("bad_json", "请求内容不是有效的 JSON", status=400)


def _answer_once(asked: Request, view: Callable[[], Any], status: int) -> Response:
    """Same key, same body: the first answer again; the key is written in the transaction of its effect."""
    key = asked.headers.get("Idempotency-Key")
    if not key:
        return _respond(view(), status)
    attempt = idempotency.Attempt(
        caller=caller().account_id,
        key=key,
        fingerprint=idempotency.fingerprint(asked.path, asked.get_data()),
        now=now(),
    )
    stored = attempt.stored_answer()
    if stored is None:
        try:
            with accompanied_by(attempt.remember):
                response = _respond(view(), status)
        except idempotency.AlreadyUnderWay:
            stored = attempt.await_answer()
        else:
            attempt.store_answer(response.status_code, response.get_data(as_text=True))
            return response
    replay = JsonAnswer(stored.body.encode(), stored.status)
    replay.headers["Idempotency-Replayed"] = "true"
    return replay


def _respond(data: Any, status: int) -> Response:
    if isinstance(data, Response):
        return data
    written = _written(data, settings().timezone)
    return JsonAnswer(b'{"code":"ok","message":"","data":%b}' % written, status)


def _written(data: Any, timezone: ZoneInfo) -> bytes:
    """As JSON, shapes by their own serializer: what it takes to walk them in Python was a tenth of a request."""
    if isinstance(data, BaseModel):
        return data.__pydantic_serializer__.to_json(data, by_alias=True, context=timezone)
    if isinstance(data, Page):
        cursor = _plainly(data.next_cursor)
        return b'{"items":%b,"next_cursor":%b}' % (_written(data.items, timezone), cursor)
    if isinstance(data, list):
        return b"[%b]" % b",".join([_written(item, timezone) for item in data])
    return _plainly(data)


def envelope(code: str, message: str, status: int, **more: Any) -> Response:
    """The one shape of every JSON answer."""
    return JsonAnswer(_plainly({"code": code, "message": message, **more}), status)


def _plainly(data: Any) -> bytes:
    return _encoder.encode(data).encode()


def _json_value(value: Any) -> str:
    return local_instant(value, settings().timezone) if isinstance(value, datetime) else str(value)


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_json_value)


def now() -> datetime:
    """The instant of this request: asked once, the same for all that it does."""
    noted = _notes()
    instant: datetime | None = noted.get("now")
    if instant is None:
        instant = noted.now = clock()()
    return instant


def clock() -> Clock:
    """The clock that the application was made with."""
    found: Clock = _app().extensions["zhibu.clock"]
    return found


def settings() -> Settings:
    """The settings that the application was made with."""
    found: Settings = _app().extensions["zhibu.settings"]
    return found


def extension(name: str) -> Any:
    """Something that `create_app` made for the routes (the WeChat gateway, the media store)."""
    return _app().extensions[f"zhibu.{name}"]


def caller() -> Any:
    """Whoever `authenticate` found behind the token of this request."""
    return _notes().caller


# what stands behind Flask's proxies: each attribute that is asked of one looks it up again


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]


def _request() -> Request:
    return request._get_current_object()  # type: ignore[attr-defined,no-any-return]


def _notes() -> Any:
    return g._get_current_object()


def bearer_token() -> str:
    """The token of the Authorization header; raises Unauthorized when there is none."""
    scheme, _, token = _request().headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized()
    return token.strip()


def client_address() -> str:
    """Where the request comes from; a proxy on this machine is believed about whom it speaks for."""
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and peer in LOOPBACK else peer


def install(app: Flask, *, authenticate: Callable[[str, datetime], Any]) -> None:
    """Give an application its border: connection per request, default-deny, errors in one shape."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @app.before_request
    def open_and_authenticate() -> None:
        name, noted = _request().endpoint, _notes()
        if name is None or name == "static":
            return
        database.obj.connect(reuse_if_open=True)
        noted.connected = True
        spec: Endpoint | None = getattr(app.view_functions[name], "endpoint_spec", None)
        if spec is None or not spec.public:
            noted.caller = authenticate(bearer_token(), now())

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        pool = database.obj
        if _notes().pop("connected", False) and not pool.is_closed():
            pool.close()

    app.register_error_handler(AppError, error_answer)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(pw.DatabaseError, _database_error)
    app.register_error_handler(pw.InterfaceError, _database_error)
    app.register_error_handler(Exception, _unexpected)


def error_answer(error: AppError) -> Response:
    """A refusal as the envelope that every client knows."""
    response = envelope(error.code, error.message, error.status, data=None, **error.extra)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        request.environ["wsgi.input_terminated"] = True  # the rest of the body is not worth reading
    code, message = HTTP_SENTENCES.get(error.code or 500, ("http_error", "请求无法处理"))
    response = envelope(code, message, error.code or 500, data=None)
    for name, value in error.get_headers(request.environ):
        if name.lower() in {"allow", "content-range"}:
            response.headers[name] = value
    return response


def _database_error(error: pw.DatabaseError | pw.InterfaceError) -> Response:
    """A table or column that is missing since nobody migrated is told as such, and so is a connection that is gone."""
    if is_lost(error):
        log.warning("the database is gone", path=request.path)
        return error_answer(Unavailable())
    try:
        missing = pending()
    except pw.DatabaseError:
        return _unexpected(error)
    return error_answer(not_migrated(missing)) if missing else _unexpected(error)


def not_migrated(missing: list[str]) -> Unavailable:
    """The database lacks these migrations."""
    return Unavailable("not_migrated", "数据库未升级，请运行 python -m backend migrate", pending=missing)


def _unexpected(error: Exception) -> Response:
    if current_app.testing:
        raise error
    log.exception("request failed", path=request.path, kind=type(error).__name__)
    return envelope("internal_error", "系统出错了，我们已记录。请稍后再试", 500, data=None)
