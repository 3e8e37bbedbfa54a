"""A member goes from home to a host and back, all of it over HTTP."""

from datetime import date
from typing import Any

from backend.branch_life.duties.due import generate_duties, settle_duties
from backend.messaging.models import InboxMessage
from backend.people.models import Account, Membership, MembershipKind
from tests.branch_life.makers import plan, scan
from tests.cast import Person, World
from tests.conftest import SHANGHAI, Answer, FakeClock
from tests.messaging.makers import spread_all

PLAN = {
    "reason": "到深圳务工",
    "destination": "深圳市南山区",
    "leaves_on": "2026-11-23",
    "expected_back_on": "2027-01-20",
    "place_fixed": False,
    "phone": "13800001234",
}


def act(api: Any, person: Person, flow: str, step: str, body: Any = None) -> Answer:
    answer: Answer = api(person).post(f"/floating-records/{flow}/{step}", body)
    return answer


def take(api: Any, person: Person, flow: str, step: str, body: Any = None) -> Any:
    """A step that must succeed."""
    answer = act(api, person, flow, step, body)
    assert answer.status == 200, answer.body
    return answer.data


def told(title: str) -> list[str]:
    """Who has a message of this title in his inbox."""
    rows = InboxMessage.select(Account.display_name).join(Account).where(InboxMessage.title == title)
    return sorted(name for (name,) in rows.tuples())


def offered(data: Any) -> list[str]:
    return [action["name"] for action in data["actions"]]


def place_of(api: Any, secretary: Person, code: str) -> str:
    """The code on the wall of a new service centre."""
    body = {"kind": "service_centre", "name": "南山党群服务中心", "address": "科技园路 1 号"}
    answer = api(secretary).post(f"/organizations/{code}/places", body)
    assert answer.status == 201, answer.body
    return str(answer.data["code"])


def test_from_home_to_a_host_and_back(api: Any, world: World, clock: FakeClock) -> None:
    member, home, host = world.member, world.secretary, world.host_secretary
    place = place_of(api, host, "NS-01")

    planned = api(member).post("/floating-records", PLAN)
    assert (planned.status, planned.data["state"]) == (201, "planned"), planned.body
    flow = planned.data["id"]
    assert offered(planned.data) == ["report-in", "withdraw"]
    assert planned.data["phone"] == "138****1234"
    assert act(api, host, flow, "host", {"group": "第一党小组"}).status == 404

    named = {"contact": world.second_member.member.public_id}
    out = take(api, home, flow, "register", named)
    assert (out["state"], out["contact"]["name"]) == ("out", "冯磊")
    assert (out["contact_duty"]["due_on"], out["contact_duty"]["overdue"]) == ("2027-02-23", False)

    reported = take(api, member, flow, "report-in", {"place_code": place})
    assert (reported["state"], reported["host"]["code"]) == ("reported_in", "NS-01")
    waiting = api(host).get("/organizations/NS-01/floating-records", side="host", state="reported_in").data["items"]
    assert [one["id"] for one in waiting] == [flow]
    assert offered(api(host).get(f"/floating-records/{flow}").data) == ["host", "refuse"]

    hosted = take(api, host, flow, "host", {"group": "第一党小组", "contact": host.member.public_id})
    assert (hosted["state"], hosted["host_group"], hosted["host_contact"]["name"]) == ("hosted", "第一党小组", "周敏")
    spread_all(clock())
    assert told("有党员拟外出") == ["孙立新"]
    assert told("外出已登记") == ["钱晓梅"]
    assert told("您是流动党员联系人") == ["冯磊"]
    assert told("有流动党员报到") == ["周敏"]
    assert told("流入地已接收") == ["孙立新", "钱晓梅"]

    attend_at_the_host(api, world, clock)
    seen_at_home(api, world)
    come_back(api, world, clock, flow)


def attend_at_the_host(api: Any, world: World, clock: FakeClock) -> None:
    """He is on the host's roll, checks in there, and his card says who vouches for it; his vote stays at home."""
    activity = api(world.host_secretary).post("/activities", plan(organization="NS-01")).data["id"]
    kinds = {
        one["name"]: one["kind"] for one in api(world.host_secretary).get("/organizations/NS-01/members").data["items"]
    }
    assert kinds == {"周敏": "home", "钱晓梅": "host"}
    clock.advance(minutes=35)
    assert scan(api, world.member, activity, clock()).status == 201
    clock.advance(hours=3)
    generate_duties(timezone=SHANGHAI, now=clock())
    settle_duties(timezone=SHANGHAI, now=clock())
    roll = api(world.host_secretary).get(f"/activities/{activity}/roll").data
    assert [one["name"] for one in roll["present"]["people"]] == ["钱晓梅"]
    (record,) = api(world.member).get("/me/card").data["records"]
    assert (record["content"], record["confirmed_by"]["code"]) == ("重走小平求学路", "NS-01")
    homes = Membership.select().where(Membership.member == world.member.member, Membership.kind == MembershipKind.HOME)
    assert [row.organization_id for row in homes] == [world.branch.id]


def seen_at_home(api: Any, world: World) -> None:
    """The home branch reads beside its own duty who took part where; its duty is still its own to meet."""
    duties = api(world.secretary).get("/organizations/DH-01-01/duties").data["items"]
    (party_day,) = [one for one in duties if one["kind"] == "party_day"]
    (there,) = party_day["elsewhere_people"]
    assert (there["name"], there["organization"]["code"], there["title"]) == ("钱晓梅", "NS-01", "重走小平求学路")
    assert (party_day["state"], party_day["elsewhere"]) == ("due", 1)
    assert {one["elsewhere"] for one in duties if one["kind"] != "party_day"} == {0}
    seen_by_members = api(world.second_member).get("/organizations/DH-01-01/duties").data["items"]
    assert [one["elsewhere_people"] for one in seen_by_members] == [None] * len(duties)
    hosts = api(world.host_secretary).get("/organizations/NS-01/duties").data["items"]
    assert {one["kind"]: (one["state"], one["elsewhere"]) for one in hosts}["party_day"] == ("met", 0)


def come_back(api: Any, world: World, clock: FakeClock, flow: str) -> None:
    """Return, appraisal of the card, end: the host's roll lets go of him."""
    member, home, host = world.member, world.secretary, world.host_secretary
    clock.advance(days=20)
    assert take(api, member, flow, "plan-return", {"back_on": "2026-12-14"})["state"] == "returning"
    assert act(api, host, flow, "appraise", {"grade": "excellent", "text": "好"}).status == 403
    said = take(api, home, flow, "appraise", {"grade": "excellent", "text": "在外期间按时参加组织生活"})
    assert (said["state"], said["grade"]) == ("appraised", "excellent")
    review = api(member).get(f"/study-reviews/{said['review']}").data
    assert (review["kind"], review["entries"], review["first_on"]) == ("away", 1, "2026-11-23")
    assert api(member).post(f"/study-reviews/{said['review']}/acknowledge").data["state"] == "acknowledged"
    ended = take(api, home, flow, "end")
    assert (ended["state"], ended["actions"], ended["contact_duty"]["due_on"]) == ("ended", [], None)
    assert [one["step"] for one in ended["log"]] == [
        "plan",
        "register",
        "report-in",
        "host",
        "plan-return",
        "appraise",
        "end",
    ]
    clock.advance(days=1)
    names = [one["name"] for one in api(host).get("/organizations/NS-01/members").data["items"]]
    assert names == ["周敏"]
    (life,) = Membership.select().where(Membership.kind == MembershipKind.HOST)
    assert (life.since_on, life.until_on) == (date(2026, 11, 23), date(2026, 12, 13))
    spread_all(clock())
    assert told("流动党员已离开") == ["周敏"]
    assert told("外出记录已办结") == ["钱晓梅"]
    again = api(member).post("/floating-records", {**PLAN, "leaves_on": "2027-02-01", "expected_back_on": None})
    assert again.status == 201
    assert [one["state"] for one in api(member).get("/me/floating-records").data["items"]] == ["planned", "ended"]
