"""The order flow from need to rating, as its people see it."""

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.conftest import Product
from tests.e2e.walk import Client, until

TASK = "tmpl-order-task-000000000000000000000000000001"
PROGRESS = "tmpl-order-progress-0000000000000000000000001"
RECEIVED = "tmpl-order-received-0000000000000000000000001"
ROBOT = "7d1f0a3e-5b64-4c1e-9a52-0c6f1e2d3a41"
LAMP = {
    "service_type": "repair",
    "title": "三号楼楼道灯不亮",
    "description": "二单元三楼到四楼的灯坏了一周，晚上看不见台阶",
    "place": {"text": "三号楼二单元"},
    "contact": {"name": "李桂芳", "phone": "13800000001"},
}


def _submit(resident: Client) -> str:
    order = resident.ok("/orders", LAMP)
    assert order["state"] == "submitted"
    return str(order["number"])


def _checked(secretary: Client, number: str) -> None:
    """Wait for the platform's check of the text: nothing is dispatched before."""
    until(
        lambda: "dispatch" in _actions(secretary, number) or None,
        "the text passes its check and the order may be dispatched",
    )


def _actions(person: Client, number: str) -> list[str]:
    return [action["name"] for action in person.read(f"/orders/{number}")["actions"]]


def test_a_need_reaches_the_right_person_and_is_answered(product: Product) -> None:
    resident, secretary, zhao = (product.person(user) for user in ("resident-li", "secretary-sun", "member-zhao"))
    for user, template in (("resident-li", PROGRESS), ("secretary-sun", RECEIVED), ("member-zhao", TASK)):
        product.emulator.subscribe(user, template)
    posts_before = len(product.emulator.sent(channel="wecom_robot", robot=ROBOT))

    number = _submit(resident)
    told = product.emulator.wait_for(lambda one: one["template_id"] == RECEIVED, user="secretary-sun")
    assert "三号楼楼道灯不亮" in told["text"]

    box = secretary.read("/orders", box="to-accept")["items"]
    assert number in [order["number"] for order in box]
    secretary.ok(f"/orders/{number}/accept", {})
    _checked(secretary, number)
    members = {row["name"]: row["public_id"] for row in secretary.read("/organizations/DH-01-01/members")["items"]}
    secretary.ok(f"/orders/{number}/dispatch", {"target": {"kind": "member", "id": members["赵志强"]}})
    task = product.emulator.wait_for(lambda one: one["template_id"] == TASK, user="member-zhao")
    assert number in task["text"]

    hidden = zhao.read(f"/orders/{number}")
    assert "13800000001" not in str(hidden)
    claimed = zhao.ok(f"/orders/{number}/claim", {})
    assert claimed["state"] == "claimed"
    assert "13800000001" in str(zhao.read(f"/orders/{number}"))
    answered = product.emulator.wait_for(lambda one: one["template_id"] == PROGRESS, user="resident-li")
    assert "已接单" in answered["text"]
    zhao.ok(f"/orders/{number}/first-contact", {"note": "已电话联系，明早上门"})
    done = zhao.ok(
        f"/orders/{number}/complete",
        {"truthful": True, "contacted_at": _now(product), "solved": True, "public_reply": "灯已换好"},
    )
    assert done["state"] == "completed"
    closed = resident.ok(f"/orders/{number}/confirm", {"solved": True, "satisfaction": "satisfied"})
    assert closed["state"] == "closed"
    assert "13800000001" not in str(zhao.read(f"/orders/{number}"))

    actions = [entry["action"] for entry in secretary.read(f"/orders/{number}")["log"]]
    wanted = ["submit", "accept", "dispatch", "claim", "first-contact", "complete", "confirm"]
    assert [action for action in actions if action in wanted] == wanted

    posts = product.emulator.wait_for(lambda one: "公共设施" in one["text"], channel="wecom_robot", robot=ROBOT)
    for personal in ("李桂芳", "赵志强", "13800000001", "三号楼"):
        assert personal not in posts["text"]
    assert len(product.emulator.sent(channel="wecom_robot", robot=ROBOT)) == posts_before + 1


def test_of_two_who_claim_at_once_one_wins(product: Product) -> None:
    resident, secretary, zhao, feng = (
        product.person(user) for user in ("resident-wang", "secretary-sun", "member-zhao", "member-feng")
    )
    number = _submit(resident)
    secretary.ok(f"/orders/{number}/accept", {})
    _checked(secretary, number)
    secretary.ok(f"/orders/{number}/dispatch", {"target": {"kind": "pool"}})
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda who: who.post(f"/orders/{number}/claim"), (zhao, feng)))
    assert sorted(reply.status for reply in replies) == [200, 409]
    assert {reply.code for reply in replies} == {"ok", "order_conflict"}


def test_another_branch_sees_nothing(product: Product) -> None:
    number = _submit(product.person("resident-li"))
    stranger = product.person("host-secretary-zhou")
    assert stranger.get(f"/orders/{number}").status == 404
    assert stranger.post(f"/orders/{number}/accept").status == 404


def test_five_times_from_a_bad_network_is_once(product: Product) -> None:
    resident = product.person("resident-li")
    before = len(resident.read("/orders", box="mine")["items"])
    headers = {"Idempotency-Key": "bad-network", "Authorization": f"Bearer {resident.token}"}
    with ThreadPoolExecutor(5) as pool:
        answers = list(
            pool.map(
                lambda _: resident.session.post(
                    f"{resident.url}/api/v1/orders", json=LAMP, headers=headers, timeout=20
                ),
                range(5),
            )
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(resident.read("/orders", box="mine")["items"]) == before + 1


def _now(product: Product) -> str:
    return str(product.emulator.clock()["now"])
