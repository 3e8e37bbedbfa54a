"""A position is a hint: near enough is present, farther off is to be confirmed, and nobody is refused for it."""

from datetime import timedelta
from typing import Any

import pytest

from backend.branch_life.activities.due import forget_coordinates, forget_devices
from backend.branch_life.activities.models import CheckIn, CheckInLocation
from backend.card.models import StudyRecord
from backend.core.geography import distance_m, in_gcj02
from backend.tally.counting import total
from tests.branch_life.makers import NONCE, START, Calls, planned, scan
from tests.cast import World

VENUE = {"text": "社区党群服务中心", "lat": 30.6600, "lng": 104.0600, "datum": "gcj02", "radius_m": 200}
HERE = {"lat": 30.66052, "lng": 104.0600, "datum": "gcj02"}
AWAY = {"lat": 30.6700, "lng": 104.0600, "datum": "gcj02"}


@pytest.fixture
def activity(api: Calls, world: World, clock: Any) -> str:
    """A Party day that takes positions, at its start."""
    public_id = planned(api, world, place=VENUE, check_in={"methods": ["code", "location"]})
    clock.set(START)
    return public_id


def stand(api: Calls, person: Any, activity: str, where: dict[str, Any], /, **changed: Any) -> Any:
    body = {"activity": activity, "location": where, "occurred_at": START.isoformat(), "nonce": NONCE}
    return api(person).post("/check-ins", {**body, **changed})


def test_near_the_venue_one_is_present(api: Calls, world: World, activity: str) -> None:
    answer = stand(api, world.member, activity, HERE)
    assert (answer.status, answer.data["status"]) == (201, "present")
    located = CheckInLocation.get()
    assert (located.distance_m, located.within) == (58, True)
    assert (float(located.lat), float(located.lng)) == (30.661, 104.06)
    assert StudyRecord.select().count() == 1


def test_far_off_one_is_to_be_confirmed(api: Calls, world: World, activity: str) -> None:
    answer = stand(api, world.member, activity, AWAY)
    assert (answer.status, answer.data["status"]) == (201, "to_confirm")
    assert CheckInLocation.get().distance_m == 1112
    assert StudyRecord.select().count() == 0
    assert total("check_in", world.branch.path, first=START.date(), last=START.date()) == 0
    roll = api(world.secretary).get(f"/activities/{activity}/roll").data
    assert [roll[part]["count"] for part in ("expected", "present", "to_confirm", "missing")] == [4, 0, 1, 3]
    assert roll["to_confirm"]["people"][0]["distance_m"] == 1112


def test_a_phone_that_is_unsure_is_given_the_benefit(api: Calls, world: World, activity: str) -> None:
    near = {"lat": 30.6625, "lng": 104.0600, "datum": "gcj02"}
    assert stand(api, world.member, activity, near).data["status"] == "to_confirm"
    unsure = stand(api, world.second_member, activity, {**near, "accuracy_m": 100})
    assert unsure.data["status"] == "present"


def test_once_confirmed_it_counts(api: Calls, world: World, activity: str) -> None:
    check_in = stand(api, world.member, activity, AWAY).data["id"]
    answer = api(world.secretary).post(f"/check-ins/{check_in}/confirm")
    assert (answer.status, answer.data["status"]) == (200, "present")
    assert StudyRecord.get().confirmed_by == world.branch
    assert total("check_in", world.branch.path, first=START.date(), last=START.date()) == 1
    assert api(world.secretary).post(f"/check-ins/{check_in}/confirm").code == "nothing_to_confirm"


def test_who_left_early_before_being_confirmed_gets_hours_by_the_minutes(
    api: Calls, world: World, clock: Any, activity: str
) -> None:
    check_in = stand(api, world.member, activity, AWAY).data["id"]
    clock.advance(minutes=30)
    api(world.member).post(f"/check-ins/{check_in}/check-out")
    api(world.secretary).post(f"/check-ins/{check_in}/confirm")
    assert float(StudyRecord.get().hours) == 0.5


def test_voided_before_it_counted_it_is_not_counted_off(api: Calls, world: World, activity: str) -> None:
    check_in = stand(api, world.member, activity, AWAY).data["id"]
    api(world.secretary).post(f"/check-ins/{check_in}/void", {"reason": "不在场"})
    assert total("check_in", world.branch.path, first=START.date(), last=START.date()) == 0


def test_the_same_nonce_again_is_a_quiet_success(api: Calls, world: World, activity: str) -> None:
    first = stand(api, world.member, activity, AWAY)
    again = stand(api, world.member, activity, HERE)
    assert (again.status, again.body) == (201, first.body)
    assert CheckInLocation.select().count() == 1


def test_uploaded_later_it_is_marked(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START + timedelta(hours=3))
    answer = stand(api, world.member, activity, HERE)
    assert answer.data["status"] == "uploaded_late"
    wrong_clock = (START - timedelta(days=365)).isoformat()
    assert stand(api, world.second_member, activity, HERE, occurred_at=wrong_clock).code == "closed"


def test_where_positions_are_not_taken(api: Calls, world: World, clock: Any) -> None:
    by_code = planned(api, world, place=VENUE)
    nowhere = planned(api, world, check_in={"methods": ["location"]})
    clock.set(START)
    for activity in (by_code, nowhere):
        answer = stand(api, world.member, activity, HERE)
        assert (answer.status, answer.code) == (409, "no_location")


def test_without_a_code_an_activity_of_another_branch_is_not_found(api: Calls, world: World, activity: str) -> None:
    for person in (world.host_secretary, world.resident):
        hidden = stand(api, person, activity, HERE)
        absent = stand(api, person, "a" * 16, HERE)
        assert (hidden.status, hidden.body) == (absent.status, absent.body) == (404, hidden.body)


@pytest.mark.parametrize(
    "changed", [{"activity": None}, {"code": "x"}, {"location": {"lat": 91, "lng": 0, "datum": "wgs84"}}]
)
def test_a_position_needs_its_activity_and_nothing_else(
    api: Calls, world: World, activity: str, changed: dict[str, Any]
) -> None:
    assert stand(api, world.member, activity, HERE, **changed).status == 422


def test_coordinates_go_after_a_month_and_the_distance_stays(api: Calls, world: World, activity: str) -> None:
    stand(api, world.member, activity, AWAY)
    assert forget_coordinates(now=START + timedelta(days=30)) == 0
    assert forget_coordinates(now=START + timedelta(days=30, seconds=1)) == 1
    assert forget_coordinates(now=START + timedelta(days=31)) == 0
    located = CheckInLocation.get()
    assert (located.lat, located.lng, located.distance_m) == (None, None, 1112)


class TestSharedPhones:
    """One phone for several people is shown, not refused."""

    def test_the_organiser_sees_who_shared_one(self, api: Calls, world: World, activity: str) -> None:
        for person in (world.member, world.second_member):
            assert scan(api, person, activity, START, device="phone-no-1").status == 201
        assert scan(api, world.volunteer, activity, START, device="phone-no-2").status == 201
        assert scan(api, world.secretary, activity, START).status == 201
        roll = api(world.secretary).get(f"/activities/{activity}/roll").data
        assert roll["shared_phones"] == [["钱晓梅", "冯磊"]]
        assert api(world.member).get(f"/activities/{activity}/roll").data["shared_phones"] is None
        assert CheckIn.select().where(CheckIn.device == "phone-no-1").count() == 0

    def test_phones_are_forgotten_after_a_month(self, api: Calls, world: World, activity: str) -> None:
        scan(api, world.member, activity, START, device="phone-no-1")
        assert forget_devices(now=START + timedelta(days=30)) == 0
        assert CheckIn.get().device is not None
        assert forget_devices(now=START + timedelta(days=30, seconds=1)) == 1
        assert CheckIn.get().device is None
        assert forget_devices(now=START + timedelta(days=31)) == 0


def test_distances_on_the_ground() -> None:
    beijing, shanghai = (39.9042, 116.4074), (31.2304, 121.4737)
    assert abs(distance_m(beijing, shanghai) - 1_067_000) < 2_000
    assert distance_m(beijing, beijing) == 0


def test_wgs84_is_shifted_as_on_chinese_maps() -> None:
    # Tian'anmen: the published shift there is about 550 m
    lat, lng = in_gcj02((39.90734, 116.39089), "wgs84")
    assert (round(lat, 4), round(lng, 4)) == (39.9087, 116.3971)
    assert in_gcj02((39.9, 116.4), "gcj02") == (39.9, 116.4)
