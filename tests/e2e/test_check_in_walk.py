"""The check-in flow: plan, show the code, check in, look at the roll and at the card."""

from datetime import datetime, timedelta
from typing import Any

from tests.e2e.conftest import Product
from tests.e2e.walk import Client


def _now(product: Product) -> datetime:
    return datetime.fromisoformat(product.emulator.clock()["now"])


def _plan(product: Product, secretary: Client) -> dict[str, Any]:
    starts = _now(product) + timedelta(minutes=2)
    plan = {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": "主题党日：清扫楼道",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        "place": {"text": "大河社区党群服务中心"},
        "check_in": {"methods": ["code", "typed_code", "roll_call"]},
    }
    activity: dict[str, Any] = secretary.ok("/activities", plan)
    return activity


def _check_in(product: Product, code: str, nonce: str, at: datetime | None = None) -> dict[str, Any]:
    return {"code": code, "nonce": nonce, "occurred_at": (at or _now(product)).isoformat()}


def test_a_member_checks_in_and_the_card_shows_it(product: Product) -> None:
    secretary, qian, feng = (product.person(user) for user in ("secretary-sun", "member-qian", "member-feng"))
    activity = _plan(product, secretary)
    path = f"/activities/{activity['id']}"
    code = secretary.read(f"{path}/code")["code"]

    body = _check_in(product, code, "nonce-one")
    first = qian.post("/check-ins", body)
    assert (first.status, first.data["status"]) == (201, "present")
    again = qian.post("/check-ins", body)
    assert again.status in {200, 201}
    assert again.data == first.data
    other = qian.post("/check-ins", {**body, "nonce": "nonce-two"})
    assert (other.status, other.code) == (409, "already_checked_in")

    scanned_at = _now(product)
    leave = feng.ok(f"{path}/leaves", {"reason": "值班"})
    secretary.ok(f"{path}/leaves/{leave['id']}/approve")
    product.emulator.advance(300)
    chen = product.person("member-chen")
    stale = chen.post("/check-ins", _check_in(product, code, "nonce-three"))
    assert stale.code == "expired_code"
    late = chen.post("/check-ins", _check_in(product, code, "nonce-four", scanned_at))
    assert (late.status, late.data["status"]) == (201, "uploaded_late")

    roll = secretary.read(f"{path}/roll")
    assert {person["name"] for person in roll["present"]["people"]} == {"钱晓梅", "陈思雨"}
    assert {person["name"] for person in roll["on_leave"]["people"]} == {"冯磊"}
    assert roll["expected"]["count"] == sum(roll[part]["count"] for part in ("present", "on_leave", "missing"))
    record = qian.read("/me/card")["records"][0]
    assert record["content"] == "主题党日：清扫楼道"
    assert record["place"] == "大河社区党群服务中心"


def test_a_plan_is_announced_to_members_and_group(product: Product) -> None:
    template = "tmpl-activity-notice-000000000000000000000001"
    product.person("member-feng")
    product.emulator.subscribe("member-feng", template)
    _plan(product, product.person("secretary-sun"))
    notice = product.emulator.wait_for(lambda one: one["template_id"] == template, user="member-feng")
    assert "清扫楼道" in notice["text"]
    product.emulator.wait_for(lambda one: "清扫楼道" in one["text"], channel="wecom_robot")
