"""What becomes of a check-in: leaving, confirming, voiding."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.branch_life.activities.models import CheckIn, CheckInStep
from backend.card.models import StudyRecord
from backend.messaging.models import OutboxEvent
from backend.people.models import OrganizationPost, Role
from backend.tally.counting import total
from tests.branch_life.makers import END, START, Calls, planned, scan
from tests.cast import SINCE, World


@pytest.fixture
def check_in(api: Calls, world: World, clock: Any) -> str:
    """The id of a member's check-in at the start of a Party day from 09:30 to 11:00."""
    activity = planned(api, world)
    clock.set(START)
    return str(scan(api, world.member, activity, START).data["id"])


@pytest.fixture
def uploaded(api: Calls, world: World, clock: Any) -> str:
    """The id of a check-in that came in the day after."""
    activity = planned(api, world)
    clock.set(START + timedelta(days=1))
    return str(scan(api, world.member, activity, START).data["id"])


def steps() -> list[tuple[str, str | None]]:
    return [(step.kind, step.note) for step in CheckInStep.select().order_by(CheckInStep.id)]


def counted(world: World) -> int:
    return total("check_in", world.branch.path, first=START.date(), last=START.date())


class TestLeaving:
    """Check-out: minutes, and hours for who leaves early."""

    @pytest.mark.parametrize(
        ("after_start", "minutes", "hours"),
        [(0, 0, "0"), (20, 20, "0.5"), (60, 60, "1"), (79, 79, "1.5"), (80, 80, "1.5"), (100, 90, "1.5")],
    )
    def test_minutes_are_counted_and_hours_follow_them(
        self, api: Calls, world: World, clock: Any, check_in: str, after_start: int, minutes: int, hours: str
    ) -> None:
        clock.advance(minutes=after_start)
        answer = api(world.member).post(f"/check-ins/{check_in}/check-out")
        assert (answer.status, answer.data["minutes"]) == (200, minutes)
        assert StudyRecord.get().hours == Decimal(hours)
        assert steps() == [("left", None)]

    def test_time_before_the_start_does_not_count(self, api: Calls, world: World, clock: Any) -> None:
        activity = planned(api, world)
        early = START - timedelta(minutes=20)
        clock.set(early)
        check_in = scan(api, world.member, activity, early).data["id"]
        clock.set(START + timedelta(minutes=30))
        assert api(world.member).post(f"/check-ins/{check_in}/check-out").data["minutes"] == 30

    @pytest.mark.parametrize(
        ("said", "taken"),
        [
            (START + timedelta(minutes=30), START + timedelta(minutes=30)),
            (START - timedelta(minutes=1), START + timedelta(hours=1)),
            (START + timedelta(days=365), START + timedelta(hours=1)),
            (START - timedelta(days=365), START + timedelta(hours=1)),
        ],
    )
    def test_the_phone_s_time_is_taken_where_it_can_be(
        self, api: Calls, world: World, clock: Any, check_in: str, said: datetime, taken: datetime
    ) -> None:
        clock.set(START + timedelta(hours=1))
        answer = api(world.member).post(f"/check-ins/{check_in}/check-out", {"occurred_at": said.isoformat()})
        assert datetime.fromisoformat(answer.data["left_at"]) == taken

    def test_one_leaves_once(self, api: Calls, world: World, clock: Any, check_in: str) -> None:
        api(world.member).post(f"/check-ins/{check_in}/check-out")
        answer = api(world.member).post(f"/check-ins/{check_in}/check-out")
        assert (answer.status, answer.code) == (409, "already_checked_out")

    def test_not_days_after(self, api: Calls, world: World, clock: Any, check_in: str) -> None:
        clock.set(END + timedelta(hours=48, minutes=31))
        assert api(world.member).post(f"/check-ins/{check_in}/check-out").code == "closed"

    @pytest.mark.parametrize(
        ("part", "status"),
        [("secretary", 200), ("second_member", 403), ("county_officer", 403), ("stranger", 404)],
    )
    def test_another_s_only_by_the_organiser(
        self, api: Calls, world: World, check_in: str, part: str, status: int
    ) -> None:
        assert api(getattr(world, part)).post(f"/check-ins/{check_in}/check-out").status == status

    def test_the_roll_shows_it(self, api: Calls, world: World, clock: Any, check_in: str) -> None:
        clock.advance(minutes=45)
        api(world.member).post(f"/check-ins/{check_in}/check-out")
        activity = CheckIn.get().activity.public_id
        (line,) = api(world.secretary).get(f"/activities/{activity}/roll").data["present"]["people"]
        assert (line["minutes"], line["left_at"]) == (45, "2026-11-23T10:15:00+08:00")


class TestVoiding:
    """A check-in that should not have been."""

    def void(self, api: Calls, person: Any, check_in: str) -> Any:
        return api(person).post(f"/check-ins/{check_in}/void", {"reason": "代签"})

    def test_it_is_struck_out_everywhere_and_the_member_told(self, api: Calls, world: World, check_in: str) -> None:
        answer = self.void(api, world.secretary, check_in)
        assert (answer.status, answer.data["in_force"]) == (200, False)
        assert CheckIn.get().in_force is None
        assert StudyRecord.get().voided_at is not None
        assert counted(world) == 0
        assert steps() == [("voided", "代签")]
        event = OutboxEvent.get(OutboxEvent.topic == "check_in.voided")
        assert event.people == {"member": [world.member.account.id]}
        assert event.facts["reason"] == "代签"
        roll = api(world.secretary).get(f"/activities/{answer.data['activity']}/roll").data
        assert (roll["present"]["count"], roll["missing"]["count"]) == (0, 4)

    def test_it_happens_once(self, api: Calls, world: World, check_in: str) -> None:
        self.void(api, world.secretary, check_in)
        answer = self.void(api, world.secretary, check_in)
        assert (answer.status, answer.code) == (409, "already_voided")
        assert counted(world) == 0

    def test_the_member_may_check_in_again_but_not_by_the_old_upload(
        self, api: Calls, world: World, check_in: str
    ) -> None:
        self.void(api, world.secretary, check_in)
        activity = CheckIn.get().activity.public_id
        assert scan(api, world.member, activity, START).data["id"] == check_in
        again = scan(api, world.member, activity, START, nonce="nonce-0002")
        assert (again.status, counted(world)) == (201, 1)
        assert CheckIn.select().count() == StudyRecord.select().count() == 2

    def test_who_was_voided_is_not_checked_out(self, api: Calls, world: World, check_in: str) -> None:
        self.void(api, world.secretary, check_in)
        answer = api(world.member).post(f"/check-ins/{check_in}/check-out")
        assert (answer.status, answer.code) == (409, "already_checked_out")

    @pytest.mark.parametrize(("part", "status"), [("member", 403), ("county_officer", 403), ("host_secretary", 404)])
    def test_only_by_the_organiser(self, api: Calls, world: World, check_in: str, part: str, status: int) -> None:
        assert self.void(api, getattr(world, part), check_in).status == status

    def test_then_the_activity_can_be_cancelled(self, api: Calls, world: World, check_in: str) -> None:
        self.void(api, world.secretary, check_in)
        activity = CheckIn.get().activity.public_id
        assert api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "改期"}).status == 200

    def test_an_unknown_check_in_is_not_found(self, api: Calls, world: World) -> None:
        assert self.void(api, world.secretary, "a" * 16).status == 404


class TestConfirming:
    """The branch's word for what was uploaded afterwards."""

    def test_it_goes_onto_the_card(self, api: Calls, world: World, uploaded: str) -> None:
        assert StudyRecord.get().confirmed_by_id is None
        answer = api(world.secretary).post(f"/check-ins/{uploaded}/confirm")
        assert (answer.status, answer.data["status"]) == (200, "uploaded_late")
        assert StudyRecord.get().confirmed_by == world.branch
        assert steps() == [("confirmed", None)]

    def test_it_is_given_once(self, api: Calls, world: World, uploaded: str) -> None:
        api(world.secretary).post(f"/check-ins/{uploaded}/confirm")
        answer = api(world.secretary).post(f"/check-ins/{uploaded}/confirm")
        assert (answer.status, answer.code) == (409, "nothing_to_confirm")

    def test_an_ordinary_check_in_needs_none(self, api: Calls, world: World, check_in: str) -> None:
        assert api(world.secretary).post(f"/check-ins/{check_in}/confirm").code == "nothing_to_confirm"

    def test_nobody_confirms_himself(self, api: Calls, world: World, uploaded: str) -> None:
        OrganizationPost.create(
            organization=world.branch,
            account=world.member.account,
            role=Role.DEPUTY_SECRETARY,
            starts_on=SINCE,
        )
        answer = api(world.member).post(f"/check-ins/{uploaded}/confirm")
        assert (answer.status, answer.code) == (403, "own_check_in")
