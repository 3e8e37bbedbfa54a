"""The border as strangers and bad networks meet it, and the log-in of the official account's web view."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.e2e.conftest import Product
from tests.e2e.walk import Client

OFFICIAL_APPID = "wx0d0e0a0b00000002"


def test_the_web_view_logs_in_as_the_same_person(product: Product) -> None:
    home = f"{product.web}/m/"
    question = {
        "appid": OFFICIAL_APPID,
        "redirect_uri": home,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s1",
    }
    page = f"{product.emulator.url}/open/connect/oauth2/authorize"
    shown = requests.get(page, params=question, timeout=5)
    assert shown.status_code == 200
    assert "钱晓梅" in shown.text
    back = requests.get(page, params={**question, "emulator_user": "member-qian"}, timeout=5, allow_redirects=False)
    assert back.status_code == 302
    answer = parse_qs(urlsplit(back.headers["Location"]).query)
    assert answer["state"] == ["s1"]
    session = Client(product.web).ok("/auth/wechat", {"code": answer["code"][0], "channel": "official"})
    assert session["account"]["id"] == product.person("member-qian").read("/me")["id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"data": b"not json", "headers": {"Content-Type": "application/json"}}, 400, "bad_json"),
        ({"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "unsupported_media_type"),
        ({"data": b"x" * 10_000_000, "headers": {"Content-Type": "application/json"}}, 413, "too_large"),
        ({"json": {"title": "灯坏了", "surprise": 1}}, 422, "invalid"),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(product: Product, body: dict[str, Any], status: int, code: str) -> None:
    token = product.person("resident-li").token
    headers = {"Authorization": f"Bearer {token}", **body.pop("headers", {})}
    answer = requests.post(f"{product.web}/api/v1/orders", headers=headers, timeout=20, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]


def test_unknown_codes_and_forged_tokens_are_refused(product: Product) -> None:
    nobody = Client(product.web)
    unknown = nobody.post("/auth/wechat", {"code": "no-such-code"})
    assert (unknown.status, unknown.code) == (401, "bad_login_code")
    used = product.emulator.login_code("resident-li")
    assert nobody.post("/auth/wechat", {"code": used}).status == 200
    assert nobody.post("/auth/wechat", {"code": used}).status == 401
    assert Client(product.web, token="forged").get("/me").code == "unauthorized"
    assert nobody.get("/me").status == 401


def test_a_step_that_the_state_forbids_names_both(product: Product) -> None:
    resident, secretary = product.person("resident-li"), product.person("secretary-sun")
    need = {"service_type": "repair", "title": "水管漏水", "description": "楼道水管漏水", "place": {"text": "五号楼"}}
    number = resident.ok("/orders", need)["number"]
    refused = secretary.post(f"/orders/{number}/complete", {"truthful": True, "solved": True, "public_reply": "好"})
    assert refused.status in {403, 409, 422}
    early = secretary.post(f"/orders/{number}/dispatch", {"target": {"kind": "pool"}})
    assert (early.status, early.code) == (409, "illegal_transition")
    assert (early.body["state"], early.body["action"]) == ("submitted", "dispatch")
