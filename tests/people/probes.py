"""One question over HTTP for each right: whoever has the right may ask it, whoever has not is refused.

A new right brings a probe, or `test_permission_matrix` fails. A probe is asked many times of one place, so it is a
reading, or a change that may be made again, or one that is refused for another reason once the right was found.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backend.people.models import Member, OrganizationPost, Role
from backend.people.permissions import Right
from backend.service.models import ServiceOrder
from backend.service.orders.moderation import record_verdict
from tests.cast import SINCE, World
from tests.conftest import Answer, Api
from tests.service.conftest import CATALOGUE

ORDER_PARTS = frozenset({Right.HANDLE_ORDERS, Right.DECIDE_ORDERS, Right.SUPERVISE_ORDERS})


@dataclass(frozen=True)
class Spot:
    """An organisation with one of everything that a probe asks for."""

    code: str
    order: str
    activity: str
    flow: str
    volunteer: str


@dataclass(frozen=True)
class Probe:
    """`ask` of a place gives the status; who lacks the right but has one of `seen_by` there is told 403, not 404."""

    ask: Callable[[Api, Spot], int]
    seen_by: frozenset[Right] = field(default=frozenset({Right.SEE_ORGANIZATION}))


def reading(path: str, **query: Any) -> Callable[[Api, Spot], int]:
    """GET; `path` may name what is at the spot."""
    return lambda api, spot: api.get(path.format(**vars(spot)), **_at(query, spot)).status


def changing(path: str, **body: Any) -> Callable[[Api, Spot], int]:
    """POST; texts of the body may name what is at the spot."""
    return lambda api, spot: api.post(path.format(**vars(spot)), _at(body, spot)).status


def _at(values: dict[str, Any], spot: Spot) -> dict[str, Any]:
    return {name: value.format(**vars(spot)) if isinstance(value, str) else value for name, value in values.items()}


def listing(path: str, where: str, **query: Any) -> Callable[[Api, Spot], int]:
    """GET of a list over everything that the caller reaches: 404 stands for a list without this spot's things."""

    def ask(api: Api, spot: Spot) -> int:
        answer = api.get(path, **query)
        if answer.status != 200:
            return 404 if answer.status == 403 else answer.status  # who has the right nowhere is told so
        return 200 if _names(answer, where, spot.code) else 404

    return ask


def _names(answer: Answer, where: str, code: str) -> bool:
    return any(item[where]["code"] == code for item in answer.data["items"])


PLACE = {"text": "社区党群服务中心二楼"}
PROBES: dict[Right, Probe] = {
    Right.SEE_ORGANIZATION: Probe(reading("/organizations/{code}/roles")),
    Right.SEE_MEMBERS: Probe(reading("/organizations/{code}/members")),
    Right.KEEP_ROSTER: Probe(reading("/organizations/{code}/imports/template.xlsx")),
    Right.KEEP_ORGANIZATIONS: Probe(changing("/organizations/{code}/edit", sector="community", reason="补充信息")),
    Right.KEEP_PLACES: Probe(changing("/organizations/{code}/places", name="党群服务中心", address="新华路 1 号")),
    Right.KEEP_FLOATING: Probe(
        changing("/floating-records/{flow}/register", contact="aaaaaaaaaaaaaaaa"),
        frozenset({Right.SEE_FLOATING, Right.KEEP_FLOATING}),
    ),
    Right.SEE_FLOATING: Probe(reading("/organizations/{code}/floating-records")),
    Right.KEEP_EXEMPTIONS: Probe(reading("/organizations/{code}/exemptions")),
    Right.DECIDE_CLAIMS: Probe(reading("/organizations/{code}/membership-claims")),
    Right.KEEP_GRIDS: Probe(changing("/organizations/{code}/grids", code="G1", name="第一网格")),
    Right.SEE_NUMBERS: Probe(reading("/organizations/{code}/numbers", measure="check_in")),
    Right.SEE_ORDERS: Probe(reading("/orders", box="all", organization="{code}")),
    Right.HANDLE_ORDERS: Probe(
        changing("/orders/{order}/dispatch", target={"kind": "team", "id": "nothing"}), ORDER_PARTS
    ),
    Right.DECIDE_ORDERS: Probe(changing("/orders/{order}/supervise", level="branch", note="请抓紧"), ORDER_PARTS),
    Right.SUPERVISE_ORDERS: Probe(changing("/orders/{order}/supervise", level="upper", note="请抓紧"), ORDER_PARTS),
    Right.MODERATE: Probe(changing("/moderation/{order}/pass"), frozenset({Right.HANDLE_ORDERS})),
    Right.SEE_ACTIVITIES: Probe(reading("/activities/{activity}"), frozenset()),
    Right.PLAN_ACTIVITIES: Probe(
        changing(
            "/activities",
            organization="{code}",
            kind="party_day",
            title="重温入党誓词",
            starts_at="2026-11-27T09:30:00+08:00",
            ends_at="2026-11-27T11:00:00+08:00",
            place=PLACE,
        )
    ),
    Right.KEEP_ROLL: Probe(reading("/organizations/{code}/dues")),
    Right.WRITE_LESSONS: Probe(
        changing(
            "/lessons",
            organization="{code}",
            title="党章里的组织生活",
            lecturer="吴远",
            source="县委党校",
            text="同志们好。",
            audio="nothing",
            publish_on="2026-11-29",
        )
    ),
    Right.REVIEW_LESSONS: Probe(changing("/lesson-series", organization="{code}", name="党课星期天")),
    Right.STEER_SENDINGS: Probe(reading("/fan-outs", organization="{code}")),
    Right.MANAGE_GROUPS: Probe(reading("/organizations/{code}/group-chats")),
    Right.APPOINT: Probe(changing("/organizations/{code}/roles", role="volunteer", account="{volunteer}")),
    Right.SEE_TERMS: Probe(reading("/organizations/{code}/terms")),
    Right.KEEP_CALENDAR: Probe(
        changing("/organizations/{code}/calendar", on="2026-12-28", working=False, reason="本地节日")
    ),
    Right.KEEP_RULES: Probe(
        changing(
            "/organizations/{code}/timers",
            stage="accept",
            priority="III",
            amount=2,
            unit="working_hours",
            source="县委试行办法",
            starts_on="2026-12-28",
        )
    ),
    Right.SEE_AUDIT: Probe(listing("/audit", "organization", limit=100), frozenset()),
}


def furnish(api: Callable[[Any], Api], world: World, now: Any) -> dict[str, Spot]:
    """An organisation to hold a post in, one below it and one beside it, each with all that the probes ask for."""
    CATALOGUE.lay_down()
    places = {"own": world.street, "below": world.branch, "other": world.host_branch}
    for place in places.values():
        OrganizationPost.get_or_create(
            organization=place, account=world.secretary.account, role=Role.SECRETARY, defaults={"starts_on": SINCE}
        )
    return {name: _spot(api, world, place, name, now) for name, place in places.items()}


def _spot(api: Callable[[Any], Api], world: World, place: Any, name: str, now: Any) -> Spot:
    secretary = api(world.secretary)
    body = {"service_type": "repair", "title": "路灯不亮", "description": "坏了一周", "place": {"text": "三号楼"}}
    order = must(api(world.resident).post("/orders", body | {"organization": world.branch.code}))["number"]
    record_verdict(ServiceOrder.get(ServiceOrder.number == order).id, "pass", now=now)
    # committees take no orders from residents, but a transfer of tasks may leave them with one
    ServiceOrder.update(organization=place).where(ServiceOrder.number == order).execute()
    must(secretary.post(f"/orders/{order}/accept"))
    times = {"starts_at": "2026-11-25T09:30:00+08:00", "ends_at": "2026-11-25T11:00:00+08:00"}
    kind = {"organization": place.code, "kind": "party_day", "title": "主题党日"}
    activity = must(secretary.post("/activities", {**kind, **times, "place": PLACE}))["id"]
    traveller = {"own": world.member, "below": world.second_member, "other": world.volunteer}[name]
    Member.update(organization=place).where(Member.id == traveller.member.id).execute()
    flow = {"reason": "务工", "destination": "深圳市南山区", "leaves_on": "2026-12-01"}
    stay = must(api(traveller).post("/floating-records", flow))["id"]
    volunteer = world.neighbour.account.public_id
    must(secretary.post(f"/organizations/{place.code}/roles", {"role": "volunteer", "account": volunteer}))
    return Spot(place.code, order, activity, stay, volunteer)


def must(answer: Answer) -> Any:
    """The data of an answer that has to be good."""
    assert answer.status in {200, 201}, answer.body
    return answer.data
