"""Our Flask answers as Flask does: each case is asked of both."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, g, request
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response as PlainResponse

from backend.core.application import JSON, Application, JsonAnswer

Asking = Callable[..., tuple[str, dict[str, str], bytes]]


@pytest.fixture(params=[Application, Flask])
def ask(request: pytest.FixtureRequest) -> Asking:
    """Send an environment, twice: what was remembered of the first must not change the second."""
    app = laid_out(request.param("tests"))

    def ask(path: str, method: str = "GET", **said: Any) -> tuple[str, dict[str, str], bytes]:
        answers = [one(app, path, method, dict(said)) for _ in range(2)]
        assert answers[0] == answers[1]
        return answers[1]

    return ask


def laid_out(app: Flask) -> Flask:
    """An application with hooks and a few addresses."""
    app.config["MAX_CONTENT_LENGTH"] = 100
    inner = Blueprint("inner", __name__, url_prefix="/inner")

    def note(word: str) -> None:
        g.noted = [*g.get("noted", []), word]

    app.before_request(lambda: note("app"))
    inner.before_request(lambda: note("inner"))

    @app.after_request
    def say(answer: Response) -> Response:
        answer.headers["Noted"] = " ".join([*answer.headers.getlist("Noted"), *g.noted])
        return answer

    @inner.after_request
    def say_inner(answer: Response) -> Response:
        answer.headers["Noted"] = "inner first"
        return answer

    @inner.before_request
    def refuse() -> str | None:
        return "refused" if request.args.get("refused") else None

    app.add_url_rule("/fixed", "fixed", lambda: "got")
    app.add_url_rule("/fixed", "posted", lambda: request.get_data(), methods=["POST"])
    app.add_url_rule("/fixed/<name>", "named", lambda name: name)
    inner.add_url_rule("/told", "told", lambda: {"told": request.host})
    app.register_blueprint(inner)
    return app


def one(app: Flask, path: str, method: str, said: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """One request: its status, headers and body."""
    body = said.pop("body", b"")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    given, status, headers = run_wsgi_app(app, environ | said)
    return status, dict(headers), b"".join(given)


def test_method_and_address_choose_the_view(ask: Asking) -> None:
    assert ask("/fixed")[2] == b"got"
    assert ask("/fixed", "POST", body=b"sent")[2] == b"sent"
    assert ask("/fixed", "HEAD")[2] == b""
    assert ask("/fixed/name")[2] == b"name"
    assert ask("//fixed")[2] == b"got"
    assert ask("/fixed", "PUT")[0].startswith("405")
    assert ask("/other")[0].startswith("404")
    assert ask("/fixed", "OPTIONS")[1]["Allow"]


def test_hooks_run_inside_out_and_back(ask: Asking) -> None:
    assert ask("/fixed")[1]["Noted"] == "app"
    assert ask("/inner/told")[1]["Noted"] == "inner first app inner"
    status, headers, body = ask("/inner/told", QUERY_STRING="refused=1")
    assert (status, headers["Noted"], body) == ("200 OK", "inner first app inner", b"refused")


@pytest.mark.parametrize("host", ["zhibu.example", "zhibu.example:8443", "[::1]:80", "no host", "a..b", "a" * 64])
def test_the_host_is_read_and_refused_alike(host: str) -> None:
    ours, theirs = (one(laid_out(kind("tests")), "/inner/told", "GET", {"HTTP_HOST": host}) for kind in KINDS)
    assert ours == theirs


@pytest.mark.parametrize("said", ["4", " 4", "-1", "", "four", "101", "9" * 20])
@pytest.mark.parametrize("more", [{}, {"wsgi.input_terminated": True}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_the_body_is_as_long_as_was_said(said: str, more: dict[str, Any]) -> None:
    environ = {"CONTENT_LENGTH": said, "body": b"sent", **more}
    ours, theirs = (one(laid_out(kind("tests")), "/fixed", "POST", dict(environ)) for kind in KINDS)
    assert ours == theirs


def test_who_goes_away_amid_the_body_is_refused() -> None:
    environ = {"CONTENT_LENGTH": "9", "body": b"sent"}
    ours, theirs = (one(laid_out(kind("tests")), "/fixed", "POST", dict(environ)) for kind in KINDS)
    assert ours == theirs
    assert ours[0].startswith("400")


def test_a_body_that_comes_in_pieces_is_read_to_its_end() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 2))

    environ = {"CONTENT_LENGTH": "4", "wsgi.input": Slow(b"sent")}
    assert one(laid_out(Application("tests")), "/fixed", "POST", environ)[2] == b"sent"


@pytest.mark.parametrize("status", [200, 201, 204, 304, 404, 422, 503])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("more", [{}, {"Retry-After": "5"}, {"Location": "/there"}])
def test_an_answer_of_json_is_an_ordinary_one(status: int, method: str, more: dict[str, str]) -> None:
    ours, theirs = JsonAnswer(b"{}", status), Response(b"{}", status, mimetype=JSON)
    assert vars(ours) == vars(theirs)
    assert sent(ours, method, more) == sent(theirs, method, more)
    assert ours.get_data(as_text=True) == "{}"


def sent(answer: PlainResponse, method: str, more: dict[str, str]) -> Any:
    """What a server is given of an answer to which headers were added."""
    answer.headers.update(more)
    environ = {"REQUEST_METHOD": method, "wsgi.url_scheme": "http", "SERVER_NAME": "h", "SERVER_PORT": "80"}
    body, status, headers = run_wsgi_app(answer, environ)
    return b"".join(body), status, list(headers)


def test_one_answer_has_nothing_of_another() -> None:
    first = JsonAnswer(b"{}", 201)
    first.headers["Retry-After"] = "5"
    first.call_on_close(lambda: None)
    first.status_code = 503
    second = JsonAnswer(b"[]", 201)
    assert vars(second) == vars(Response(b"[]", 201, mimetype=JSON))


KINDS = (Application, Flask)
