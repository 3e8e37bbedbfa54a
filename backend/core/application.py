"""Flask, without what none of our requests uses: signals, a session, asking again for what stays as it was laid out.

Whatever is not said here is Flask's own way: contexts, error handlers, hooks (also those of blueprints), routing of
addresses with a variable part, bodies that are forms or files, answers that are pages, files or redirections.
"""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from flask import Flask, Request, Response
from flask.ctx import RequestContext
from flask.globals import request_ctx
from flask.sessions import NullSession
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected
from werkzeug.routing import MapAdapter, Rule

JSON = "application/json"
HOSTS_REMEMBERED = 64
NO_BODY = (204, 304)

# what of an environment says where a request was sent to, beside its path
_PLACE = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "HTTP_CONNECTION",
    "HTTP_UPGRADE",
)
_NO_SESSION = NullSession()


class JsonAnswer(Response):
    """An answer of JSON text: the same as `Response(text, status, mimetype=JSON)`, made at a fifth of the cost."""

    def __init__(self, text: bytes, status: int) -> None:
        self.__dict__.update(_empty_answer(status))
        self._on_close = []
        self.response = [text]
        self.headers = Headers()
        self.headers._list.extend((("Content-Type", JSON), ("Content-Length", str(len(text)))))

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if len(self.headers) != 2 or self.status_code in NO_BODY or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, list(self.headers))
        return self.response  # type: ignore[return-value]


@cache
def _empty_answer(status: int) -> dict[str, Any]:
    """What all answers of a status have in common."""
    return vars(Response(status=status))


class Asked(Request):
    """A request whose body, when its length is said and it is no form, is read in one go."""

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        """The body, as Werkzeug gives it; one that was not read to its end is that of a client who has gone."""
        said, known = self.environ.get("CONTENT_LENGTH") or "", vars(self)
        plain = cache and not (parse_form_data or "_cached_data" in known or "stream" in known)
        if plain and said.isdecimal() and "HTTP_TRANSFER_ENCODING" not in self.environ:
            length = int(said)
            if length <= (self.max_content_length or 0):
                self._cached_data = self._read(length)
        return super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]

    def _read(self, length: int) -> bytes:
        source, body = self.environ["wsgi.input"], b""
        try:
            while len(body) < length and (piece := source.read(length - len(body))):
                body += piece
        except (OSError, ValueError) as error:
            raise ClientDisconnected from error
        if len(body) < length:
            raise ClientDisconnected
        return body


class Context(RequestContext):
    """A request without a session; an address without a variable part is looked up, and not searched for."""

    def __init__(self, app: "Application", environ: Any) -> None:
        super().__init__(app, environ, session=_NO_SESSION)
        self.request.max_content_length = app.config["MAX_CONTENT_LENGTH"]

    def match_request(self) -> None:
        """Find the rule, as Flask does."""
        asked, adapter, fixed = self.request, self.url_adapter, self.app.fixed  # type: ignore[attr-defined]
        assert adapter is not None
        place = asked.method, adapter.path_info, adapter.websocket
        rule = fixed.get(place)
        if rule is not None:
            asked.url_rule, asked.view_args = rule, {}
            return
        super().match_request()
        rule = asked.url_rule
        if rule is not None and rule.rule == adapter.path_info and not rule.arguments:
            fixed[place] = rule


class Hooks(NamedTuple):
    """What runs around a view, in the order in which it runs."""

    before: list[Callable[[], Any]]
    after: list[Callable[[Any], Any]]
    teardown: list[Callable[[BaseException | None], Any]]


class Application(Flask):
    """What answers a request."""

    request_class = Asked

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.fixed: dict[tuple[str, str, bool], Rule] = {}
        self._hooks: dict[str | None, Hooks] = {}
        self._place = lru_cache(HOSTS_REMEMBERED)(self._place_of)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: Flask asks four times a request whether one is a coroutine. None of ours is."""
        return func

    def request_context(self, environ: Any) -> Context:
        """What Flask remembers of a request while it is answered."""
        return Context(self, environ)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds the rule of a request; the host of its address is looked at once for all requests to it."""
        if request is None:
            return super().create_url_adapter(None)
        environ = request.environ
        place = self._place(*map(environ.get, _PLACE))
        return MapAdapter(
            self.url_map,
            place.server_name,
            place.script_name,
            place.subdomain,
            place.url_scheme,
            environ.get("PATH_INFO", "/").encode("latin1").decode(errors="replace"),
            request.method,
            environ.get("QUERY_STRING", "").encode("latin1").decode(errors="replace"),
        )

    def _place_of(self, *said: str | None) -> MapAdapter:
        """Where requests are sent to whose environment says this; raises BadHost, which is not remembered."""
        environ = {name: value for name, value in zip(_PLACE, said, strict=True) if value is not None}
        return self.url_map.bind_to_environ(environ | {"REQUEST_METHOD": "GET"}, subdomain="")

    def full_dispatch_request(self) -> Response:
        """The answer to the request at hand: hooks, view, hooks."""
        self._got_first_request = True
        context = request_ctx._get_current_object()  # type: ignore[attr-defined]
        hooks = self._hooks_of(context.request)
        try:
            answer = self._answer(context.request, hooks)
        except Exception as error:
            answer = self.handle_user_exception(error)
        response = answer if isinstance(answer, Response) else self.make_response(answer)
        for after in (*context._after_request_functions, *hooks.after):
            response = after(response)
        return response

    def _answer(self, asked: Request, hooks: Hooks) -> Any:
        for before in hooks.before:
            answer = before()
            if answer is not None:
                return answer
        if asked.routing_exception is not None or asked.method == "OPTIONS":
            return self.dispatch_request()
        return self.view_functions[asked.endpoint](**asked.view_args)  # type: ignore[index, arg-type]

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """What runs when a request is over, however it ended."""
        for teardown in self._hooks_of(request_ctx.request).teardown:
            teardown(exc)

    def _hooks_of(self, asked: Request) -> Hooks:
        """What runs around the view of this request: no more can be registered once the first one came."""
        found = self._hooks.get(asked.endpoint)
        if found is None:
            inner, outer = [*asked.blueprints, None], [None, *reversed(asked.blueprints)]
            found = self._hooks[asked.endpoint] = Hooks(
                [hook for name in outer for hook in self.before_request_funcs.get(name, ())],
                [hook for name in inner for hook in reversed(self.after_request_funcs.get(name, ()))],
                [hook for name in inner for hook in reversed(self.teardown_request_funcs.get(name, ()))],
            )
        return found
