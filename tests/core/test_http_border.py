"""The border: who gets in, what is a body, and what every refusal looks like."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import BaseModel
from werkzeug.routing import Rule

from backend.core.crypto import digest
from backend.core.database import database
from backend.core.errors import AppError, TooMany
from backend.core.http import Instant, Shape, endpoint
from backend.core.pages import Page
from backend.people.models import AccessToken
from tests.cast import World
from tests.conftest import Api, FakeClock

Calls = Callable[[Any], Api]

# whoever makes another address public has to say so here, too
PUBLIC = {
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /openapi.json",
    "GET /docs",
    "GET /m",
    "GET /m/",
    "GET /m/<path:file>",
    "GET /static/<path:filename>",
    "GET /wechat/<channel>",
    "POST /wechat/<channel>",
    # asked before anybody is logged in; both serve only pages below PUBLIC_URL
    "GET /api/v1/wechat/js-signature",
    "GET /api/v1/wechat/oauth-address",
    "POST /api/v1/auth/wechat",
    # the board of wishes: words of the branch, no person, no door
    "GET /api/v1/micro-wishes",
    # one order, by the signature in its link
    "GET /api/v1/rate/<signed>",
    "POST /api/v1/rate/<signed>",
    "GET /rate/<signed>",
    "POST /rate/<signed>",
    # open data: kind, grid, times, state and an approved reply, a week behind
    "GET /api/v1/organizations/<code>/ledger",
    "GET /open311/v2/discovery.<form>",
    "GET /open311/v2/services.<form>",
    "GET /open311/v2/services/<code>.<form>",
    "GET /open311/v2/requests.<form>",
    "GET /open311/v2/requests/<number>.<form>",
    "POST /api/v1/auth/desk",
    "POST /api/v1/auth/desk-tickets",
    "POST /api/v1/auth/desk-tickets/<ticket>/session",
    # whoever holds a printed study card may check it; the page shows what its owner has disclosed
    "GET /api/v1/card-codes/<card_code>",
    "GET /verify/<card_code>",
}
PROMPTS = {"prompts": [{"template": "tmpl", "result": "accept"}]}
CHINESE = re.compile("[一-鿿]")


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Every method and rule of the application, but the desk's: it asks for a cookie (tests/desk/test_doors.py)."""
    rules = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("desk.")]
    return [(method, rule) for rule in rules for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]


def path_of(rule: Rule) -> str:
    """An address that the rule matches."""
    return re.sub(r"<[^>]+>", "x", rule.rule)


def send(app: Flask, token: str | None, raw: bytes | str, content_type: str | None = "application/json") -> Any:
    """POST a raw body to a call that wants one."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = app.test_client().post("/api/v1/me/subscriptions", data=raw, content_type=content_type, headers=headers)
    database.connect(reuse_if_open=True)
    return answer


# ---------------------------------------------------------------- who gets in


def test_every_address_but_the_declared_ones_asks_for_a_token(app: Flask, world: World) -> None:
    client, open_to_all = app.test_client(), set()
    for method, rule in routes(app):
        answer = client.open(path_of(rule), method=method)
        body = answer.get_json(silent=True) or {}
        if (answer.status_code, body.get("code")) != (401, "unauthorized"):
            open_to_all.add(f"{method} {rule.rule}")
        answer.close()
    database.connect(reuse_if_open=True)
    declared = {
        f"{method} {rule.rule}"
        for method, rule in routes(app)
        if rule.endpoint == "static" or app.view_functions[rule.endpoint].endpoint_spec.public  # type: ignore[attr-defined]
    }
    assert open_to_all == declared


def test_what_is_public_is_known(app: Flask) -> None:
    public = {
        f"{method} {rule.rule}"
        for method, rule in routes(app)
        if not hasattr(app.view_functions[rule.endpoint], "endpoint_spec")
        or app.view_functions[rule.endpoint].endpoint_spec.public
    }
    # files are read by links that carry their own signature
    assert {one for one in public if "/media/" not in one} == PUBLIC


NO_TOKENS = (
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer    ",
    "Basic dXNlcjpwYXNz",
    "Bearer forged",
    "Bearer token-of-secretary-and-more",
    "Bearer token of secretary",
    "token-of-secretary",
    "Bearer \u00e9\u00ff",
    "Bearer ' OR 1=1 --",
    "Bearer " + "x" * 5_000,
)


def test_anything_but_a_token_of_ours_is_401(app: Flask, world: World) -> None:
    for header in NO_TOKENS:
        headers = {} if header is None else {"Authorization": header}
        answer = app.test_client().get("/api/v1/me", headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthorized"), header
    database.connect(reuse_if_open=True)


def test_the_scheme_may_be_written_in_any_case(app: Flask, world: World) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {world.resident.token}"}
        assert app.test_client().get("/api/v1/me", headers=headers).status_code == 200
    database.connect(reuse_if_open=True)


def test_a_token_ends_at_its_hour_and_when_it_is_revoked(api: Calls, world: World, clock: FakeClock) -> None:
    mine = AccessToken.digest == digest(world.resident.token)
    AccessToken.update(expires_at=clock()).where(mine).execute()
    assert api(world.resident).get("/me").code == "unauthorized"
    clock.advance(seconds=-1)
    assert api(world.resident).get("/me").status == 200
    AccessToken.update(revoked_at=clock()).where(mine).execute()
    assert api(world.resident).get("/me").code == "unauthorized"


def test_a_token_is_kept_as_a_digest_only(world: World) -> None:
    assert not AccessToken.select().where(AccessToken.digest == world.resident.token).exists()


def test_the_connection_goes_back_to_the_pool_whatever_happened(app: Flask, api: Calls, world: World) -> None:
    client: FlaskClient = app.test_client()
    for path in ("/api/v1/me", "/api/v1/nowhere", "/healthz", "/docs"):
        client.get(path)
        assert database.is_closed() or path == "/api/v1/nowhere"
        database.connect(reuse_if_open=True)


# ---------------------------------------------------------------- what is a body


def test_no_json_is_400(app: Flask, world: World) -> None:
    for raw in (b"", b"{", b"[1,", b"\xff\xfe", b'{"a":1}{', b"'single'", b"[" * 20_000, b'{"a":"\x01"}'):
        answer = send(app, world.resident.token, raw)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "bad_json"), raw[:20]


def test_what_no_database_keeps_is_refused(app: Flask, world: World) -> None:
    for escape in (r"\ud800", r"\udfff", r"\udc00\ud800", r"a\u0000b"):
        answer = send(app, world.resident.token, json.dumps(PROMPTS).replace("tmpl", escape))
        assert (answer.status_code, answer.get_json()["code"]) == (400, "bad_json"), escape


def test_pairs_of_surrogates_are_one_character(app: Flask, world: World) -> None:
    raw = json.dumps({"prompts": [{"template": "👍", "result": "accept"}]})
    assert "\\ud83d" in raw
    assert send(app, world.resident.token, raw).status_code == 200


def test_another_type_is_415(app: Flask, world: World) -> None:
    for content_type in (None, "text/plain", "application/x-www-form-urlencoded", "text/json"):
        answer = send(app, world.resident.token, json.dumps(PROMPTS), content_type)
        assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_media_type")


def test_json_is_json_with_or_without_a_charset(app: Flask, world: World) -> None:
    for content_type in ("application/json", "application/json; charset=utf-8", "application/a+json"):
        assert send(app, world.resident.token, json.dumps(PROMPTS), content_type).status_code == 200


def test_ten_megabytes_are_413(app: Flask, world: World) -> None:
    raw = b'{"prompts": "' + b"x" * 10_000_000 + b'"}'
    answer = send(app, world.resident.token, raw)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")
    assert send(app, None, raw).status_code == 401


def test_ten_megabytes_in_chunks_without_a_length_are_413(app: Flask, world: World) -> None:
    class Endless:
        left = 10_000_000

        def read(self, size: int = -1) -> bytes:
            size = min(self.left, 65_536 if size < 0 else size)
            self.left -= size
            return b" " * size

    stream = Endless()
    answer = app.test_client().open(
        "/api/v1/me/subscriptions",
        method="POST",
        headers={"Authorization": f"Bearer {world.resident.token}"},
        content_type="application/json",
        environ_overrides={"wsgi.input": stream, "wsgi.input_terminated": True},
    )
    database.connect(reuse_if_open=True)
    assert answer.status_code == 413
    assert stream.left > 8_000_000  # it stopped reading


FAULTY_BODIES: tuple[tuple[Any, str, str], ...] = (
    ({**PROMPTS, "extra": 1}, "extra", "extra_forbidden"),
    ({"prompts": [{**PROMPTS["prompts"][0], "n": 1}]}, "prompts.0.n", "extra_forbidden"),
    ({}, "prompts", "missing"),
    ({"prompts": "text"}, "prompts", "list_type"),
    ({"prompts": []}, "prompts", "too_short"),
    ({"prompts": PROMPTS["prompts"] * 6}, "prompts", "too_long"),
    ({"prompts": [7]}, "prompts.0", "model_type"),
    ({"prompts": [{"template": 7, "result": "accept"}]}, "prompts.0.template", "string_type"),
    ({"prompts": [{"template": "x" * 65, "result": "accept"}]}, "prompts.0.template", "string_too_long"),
    ({"prompts": [{"template": "x", "result": "maybe"}]}, "prompts.0.result", "string_pattern_mismatch"),
    ([], "", "model_type"),
    (None, "", "model_type"),
    ("text", "", "model_type"),
)


def test_a_faulty_field_is_named_with_a_chinese_sentence(app: Flask, world: World) -> None:
    for body, field, code in FAULTY_BODIES:
        answer = send(app, world.resident.token, json.dumps(body))
        found = answer.get_json()
        assert (answer.status_code, found["code"]) == (422, "invalid")
        (fault,) = found["errors"]
        assert (fault["field"], fault["code"]) == (field, code)
        assert CHINESE.search(fault["message"])
        assert CHINESE.search(found["message"])


def test_all_faulty_fields_are_named_at_once(app: Flask, world: World) -> None:
    body = {"prompts": [{"result": 1}, {"template": 1}], "x": 1}
    fields = [fault["field"] for fault in send(app, world.resident.token, json.dumps(body)).get_json()["errors"]]
    assert fields == ["prompts.0.template", "prompts.0.result", "prompts.1.template", "prompts.1.result", "x"]


def test_what_was_sent_is_not_sent_back_in_a_refusal(app: Flask, world: World) -> None:
    answer = send(app, world.resident.token, json.dumps({"prompts": "13812345678", "x": "秘密"}))
    assert "13812345678" not in answer.get_data(as_text=True)
    assert "秘密" not in answer.get_data(as_text=True)


def test_spaces_around_a_text_are_cut(app: Flask, world: World) -> None:
    body = {"prompts": [{"template": "  tmpl  ", "result": " accept "}]}
    assert send(app, world.resident.token, json.dumps(body)).status_code == 200


def test_a_faulty_query_is_422(api: Calls, world: World) -> None:
    for name, value in (("limit", 0), ("limit", 101), ("limit", "x"), ("limit", 1.5), ("cursor", "x" * 201), ("y", 1)):
        answer = api(world.resident).get("/organizations", **{name: value})
        (fault,) = answer.body["errors"]
        assert (answer.status, fault["field"]) == (422, name)
        assert CHINESE.search(fault["message"])


def test_days_that_cannot_be_kept_are_refused(api: Calls, world: World) -> None:
    body = {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": "主题党日",
        "ends_at": "2026-11-23T10:00:00+08:00",
        "place": {"text": "二楼"},
    }
    for day in ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "1899-01-01T00:00:00Z"):
        answer = api(world.secretary).post("/activities", {**body, "starts_at": day})
        assert answer.status == 422
        assert [fault["field"] for fault in answer.body["errors"]] == ["starts_at"]
        assert CHINESE.search(answer.body["errors"][0]["message"])


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("path", ["/", "/api/v1", "/api/v1/nowhere", "/api/v2/me", "/api/v1/me/", "/../etc/passwd"])
def test_an_unknown_address_is_404_as_json(api: Calls, app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert CHINESE.search(answer.get_json()["message"])


def test_another_method_is_405_as_json_and_says_which(app: Flask) -> None:
    answer = app.test_client().put("/api/v1/me")
    assert (answer.status_code, answer.get_json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_the_envelope_is_utf8_json_with_plain_chinese(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/nowhere")
    assert answer.content_type == "application/json"
    assert json.loads(answer.get_data().decode()) == {
        "code": "not_found",
        "message": "没有这个地址",
        "data": None,
    }
    assert "没有" in answer.get_data(as_text=True)


@pytest.fixture
def fail_with(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Makes an address of the application raise an error, for this test: the application is that of all tests."""

    def failing(error: Exception) -> None:
        def answer() -> None:
            raise error

        answer.endpoint_spec = app.view_functions["operation.check_alive"].endpoint_spec  # type: ignore[attr-defined]
        monkeypatch.setitem(app.view_functions, "operation.check_alive", answer)

    return failing


def test_a_limit_says_when_to_come_again(app: Flask, fail_with: Callable[[Exception], None]) -> None:
    fail_with(TooMany(retry_after=30))
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert answer.get_json()["code"] == "too_many_requests"


def test_an_error_may_bring_more_for_its_body(app: Flask, fail_with: Callable[[Exception], None]) -> None:
    fail_with(AppError("order_conflict", "已被他人接单", status=409, state="assigned", action="claim"))
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 409
    assert answer.get_json() == {
        "code": "order_conflict",
        "message": "已被他人接单",
        "data": None,
        "state": "assigned",
        "action": "claim",
    }


def test_what_nobody_foresaw_is_500_and_tells_nothing(
    app: Flask, fail_with: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(RuntimeError("SELECT secret FROM account WHERE phone = '13812345678'"))
    monkeypatch.setattr(app, "testing", False)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    shown = answer.get_data(as_text=True)
    assert not [word for word in ("SELECT", "138", "RuntimeError", "Traceback", ".py") if word in shown]
    assert CHINESE.search(answer.get_json()["message"])


def instants_of(shape: type[BaseModel]) -> dict[str, Any]:
    """The types of the fields of a shape that are instants, or may be."""
    types = get_type_hints(shape, include_extras=True)
    return {name: hint for name, hint in types.items() if "datetime.datetime" in str(hint) or hint is datetime}


def test_every_instant_of_an_answer_is_shown_in_local_time(app: Flask) -> None:
    del app  # it has loaded all rooms
    shapes, fresh = {Shape}, {Shape}
    while fresh := {below for shape in fresh for below in shape.__subclasses__()} - shapes:
        shapes |= fresh
    found = {(shape, name): hint for shape in shapes for name, hint in instants_of(shape).items()}
    assert len(found) > 100
    assert not [where for where, hint in found.items() if "shown_instant" not in str(hint)]


class Told(Shape):
    """Something that happened."""

    at: Instant
    due_at: Instant | None
    parts: list["Told"]


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one], lambda one: Page([one], "a|b")])
def test_instants_are_local_wherever_they_stand(app: Flask, wrap: Callable[[Told], Any]) -> None:
    at = datetime(2026, 11, 23, 8, 0, 0, 5, tzinfo=UTC)
    told = Told(at=at, due_at=None, parts=[Told(at=at.replace(microsecond=0), due_at=at, parts=[])])
    with app.test_request_context():
        shown = endpoint(public=True)(lambda: wrap(told))().get_json()["data"]
    inner = {"at": "2026-11-23T16:00:00+08:00", "due_at": "2026-11-23T16:00:00.000005+08:00", "parts": []}
    expected = {"at": "2026-11-23T16:00:00.000005+08:00", "due_at": None, "parts": [inner]}
    assert shown in (expected, [expected], {"items": [expected], "next_cursor": "a|b"})
