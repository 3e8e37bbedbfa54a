"""Host confirmation, yearly statement, home appraisal, acknowledgement."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from backend.card.ledger import Entry, add_record, void_record
from backend.card.reviews.models import StudyReview, StudyReviewStep
from backend.card.reviews.rules import GRADES, Grade
from backend.card.reviews.workflow import STEPS, ReviewEvent, ReviewState, next_state
from backend.core.database import in_unit_of_work
from backend.people.models import Membership, MembershipKind
from tests.cast import World
from tests.conftest import SHANGHAI

S, E = ReviewState, ReviewEvent
ALLOWED = {
    (None, E.SAVE, S.DRAFT),
    (S.DRAFT, E.SAVE, S.DRAFT),
    (S.DRAFT, E.SUBMIT, S.SUBMITTED),
    (S.SUBMITTED, E.TAKE_BACK, S.DRAFT),
    (S.SUBMITTED, E.APPRAISE, S.APPRAISED),
    (None, E.CONFIRM, S.CONFIRMED),
    (None, E.APPRAISE, S.APPRAISED),
    (S.CONFIRMED, E.APPRAISE, S.APPRAISED),
    (S.APPRAISED, E.ACKNOWLEDGE, S.ACKNOWLEDGED),
}
APPRAISAL = {"grade": "excellent", "text": "在外期间参加学习积极"}
MONTH = {"first_on": "2026-11-01", "last_on": "2026-11-22", "text": "按时参加支部活动"}


@pytest.fixture
def away(world: World) -> Any:
    """A member who is with the host branch, where two entries of his were confirmed."""
    person: Any = world.member
    Membership.create(
        member=person.member, organization=world.host_branch, kind=MembershipKind.HOST, since_on=date(2026, 9, 1)
    )
    enter(person, 1, datetime(2026, 11, 1, 0, 0, tzinfo=SHANGHAI), by=world.host_branch)
    enter(person, 2, datetime(2026, 11, 22, 23, 59, tzinfo=SHANGHAI), by=world.host_branch)
    return person


def enter(person: Any, number: int, at: datetime, *, by: Any = None, hours: str = "1.5") -> None:
    entry = Entry(at, "活动室", "学习", "party_day", Decimal(hours), f"check-in:{number}", by.id if by else None)
    in_unit_of_work(lambda: add_record(person.member.id, entry, now=at))


def confirm(api: Any, by: Any, code: str, of: Any, **changed: Any) -> Any:
    return api(by).post(f"/organizations/{code}/study-reviews", {"member": of.member.public_id, **MONTH, **changed})


def step(api: Any, person: Any, review: str, name: str, body: Any = None) -> Any:
    return api(person).post(f"/study-reviews/{review}/{name}", body)


def stated(api: Any, person: Any, year: int = 2026) -> Any:
    return api(person).post("/me/card/statements", {"year": year, "text": "一年来的学习情况"})


@pytest.mark.parametrize(("state", "event"), list(product([None, *ReviewState], ReviewEvent)))
def test_nothing_but_the_table_may_happen(state: ReviewState | None, event: ReviewEvent) -> None:
    expected = {after for before, what, after in ALLOWED if (before, what) == (state, event)}
    found = next_state(state, event)
    assert ({found} if found else set()) == expected
    assert len(STEPS) == len(ALLOWED)


def test_the_host_confirms_home_appraises_and_the_member_acknowledges(api: Any, world: World, away: Any) -> None:
    made = confirm(api, world.host_secretary, "NS-01", away)
    assert made.status == 201, made.body
    review = made.data["id"]
    assert (made.data["entries"], made.data["hours"], made.data["state"]) == (2, 3.0, "confirmed")
    assert made.data["organization"]["code"] == "NS-01"
    waiting = api(world.secretary).get("/organizations/DH-01-01/study-reviews", state="confirmed").data["items"]
    assert [one["id"] for one in waiting] == [review]
    assert step(api, world.host_secretary, review, "appraise", APPRAISAL).status == 403
    said = step(api, world.secretary, review, "appraise", APPRAISAL)
    assert (said.status, said.data["grade_label"], said.data["appraised_by"]["code"]) == (200, "优秀", "DH-01-01")
    assert "第十八条" in said.data["grade_source"]
    assert step(api, world.secretary, review, "acknowledge").status == 403
    done = step(api, away, review, "acknowledge")
    assert (done.data["state"], done.data["appraisal"]) == ("acknowledged", APPRAISAL["text"])
    assert [one["event"] for one in done.data["steps"]] == ["confirm", "appraise", "acknowledge"]
    assert [one["actor"] for one in done.data["steps"]] == ["周敏", "孙立新", "钱晓梅"]


def test_only_what_this_branch_confirmed_and_what_stands_is_summed_up(api: Any, world: World, away: Any) -> None:
    day = datetime(2026, 11, 10, 9, 0, tzinfo=SHANGHAI)
    enter(away, 3, day, by=world.branch)
    enter(away, 4, day)
    enter(away, 5, day, by=world.host_branch)
    enter(away, 6, datetime(2026, 10, 31, 23, 59, tzinfo=SHANGHAI), by=world.host_branch)
    in_unit_of_work(lambda: void_record(away.member.id, "check-in:5", now=day))
    assert confirm(api, world.host_secretary, "NS-01", away).data["entries"] == 2


def test_who_confirms_what(api: Any, world: World, away: Any) -> None:
    assert confirm(api, world.secretary, "NS-01", away).status == 404
    assert confirm(api, world.county_officer, "NS-01", away).status == 403
    assert confirm(api, away, "DH-01-01", away).status == 403
    assert confirm(api, world.host_secretary, "NS-01", world.second_member).code == "member_not_found"
    assert confirm(api, world.host_secretary, "NS-01", world.host_secretary).code == "own_review"
    assert confirm(api, world.secretary, "DH-01-01", away).code == "nothing_to_confirm"
    assert StudyReview.select().count() == 0


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"last_on": "2026-11-24"}, 422, "invalid"),
        ({"last_on": "2026-10-31"}, 422, "invalid"),
        ({"first_on": "2025-11-01"}, 422, "invalid"),
        ({"first_on": "2026-08-01", "last_on": "2026-08-31"}, 404, "member_not_found"),
        ({"first_on": "2026-09-01", "last_on": "2026-09-30"}, 409, "nothing_to_confirm"),
        ({"text": ""}, 422, "invalid"),
    ],
)
def test_stretches_that_are_refused(
    api: Any, world: World, away: Any, changed: dict[str, str], status: int, code: str
) -> None:
    answer = confirm(api, world.host_secretary, "NS-01", away, **changed)
    assert (answer.status, answer.code) == (status, code)


def test_a_stretch_is_confirmed_once(api: Any, world: World, away: Any) -> None:
    assert confirm(api, world.host_secretary, "NS-01", away).status == 201
    assert confirm(api, world.host_secretary, "NS-01", away).code == "already_reviewed"
    assert StudyReviewStep.select().count() == 1


def test_a_statement_goes_from_draft_to_acknowledged(api: Any, world: World, away: Any) -> None:
    draft = stated(api, away)
    assert (draft.status, draft.data["state"], draft.data["entries"]) == (201, "draft", 0)
    review = draft.data["id"]
    assert step(api, world.secretary, review, "appraise", APPRAISAL).status == 404  # a draft is private
    assert api(world.secretary).get(f"/study-reviews/{review}").status == 404
    handed = step(api, away, review, "submit")
    assert (handed.data["state"], handed.data["entries"], handed.data["hours"]) == ("submitted", 2, 3.0)
    assert stated(api, away).code == "illegal_step"
    assert step(api, away, review, "take-back").data["state"] == "draft"
    assert stated(api, away).data["id"] == review
    step(api, away, review, "submit")
    assert step(api, away, review, "acknowledge").code == "illegal_step"
    assert step(api, world.secretary, review, "appraise", APPRAISAL).data["state"] == "appraised"
    assert step(api, away, review, "take-back").code == "illegal_step"
    assert step(api, world.secretary, review, "appraise", APPRAISAL).code == "illegal_step"
    assert step(api, away, review, "acknowledge").data["state"] == "acknowledged"
    events = [row.event for row in StudyReviewStep.select().order_by(StudyReviewStep.id)]
    assert events == ["save", "submit", "take_back", "save", "submit", "appraise", "acknowledge"]


def test_nobody_appraises_himself(api: Any, world: World) -> None:
    review = stated(api, world.secretary).data["id"]
    step(api, world.secretary, review, "submit")
    assert step(api, world.secretary, review, "appraise", APPRAISAL).code == "own_review"


@pytest.mark.parametrize("part", ["host_secretary", "second_member", "stranger", "county_officer"])
def test_a_statement_is_no_business_of_others(api: Any, world: World, part: str) -> None:
    review = stated(api, world.member).data["id"]
    step(api, world.member, review, "submit")
    for name, body in (("submit", None), ("take-back", None), ("appraise", APPRAISAL), ("acknowledge", None)):
        assert step(api, getattr(world, part), review, name, body).status == 404, name
    assert api(getattr(world, part)).get(f"/study-reviews/{review}").status == 404


@pytest.mark.parametrize(("year", "status"), [(2024, 422), (2025, 201), (2026, 201), (2027, 422)])
def test_which_years_are_open(api: Any, world: World, year: int, status: int) -> None:
    assert stated(api, world.member, year).status == status


def test_who_is_no_member_states_nothing(api: Any, world: World) -> None:
    assert stated(api, world.resident).code == "no_card"
    assert api(world.resident).get("/me/card/reviews").data == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("grade", list(Grade))
def test_every_grade_has_its_name(api: Any, world: World, grade: Grade) -> None:
    review = stated(api, world.member).data["id"]
    step(api, world.member, review, "submit")
    said = step(api, world.secretary, review, "appraise", {"grade": grade, "text": "已阅"})
    assert said.data["grade_label"] == GRADES.value[grade]
    assert sorted(GRADES.value.values()) == sorted(["优秀", "合格", "基本合格", "不合格"])


def test_lists_come_newest_first_page_by_page(api: Any, world: World, away: Any, statements: Any) -> None:
    for days in range(3):
        first = (date(2026, 11, 1) - timedelta(days=days)).isoformat()
        assert confirm(api, world.host_secretary, "NS-01", away, first_on=first).status == 201
    stated(api, away)
    with statements() as sql:
        page = api(away).get("/me/card/reviews", limit=2).data
    assert len(sql) == 3  # who asks, the reviews, their steps
    rest = api(away).get("/me/card/reviews", limit=2, cursor=page["next_cursor"]).data
    assert [one["first_on"] for one in page["items"]] == ["2026-01-01", "2026-10-30"]
    assert [one["first_on"] for one in rest["items"]] == ["2026-10-31", "2026-11-01"]
    assert rest["next_cursor"] is None
    of_branch = api(world.secretary).get("/organizations/DH-01-01/study-reviews").data["items"]
    assert len(of_branch) == 3  # without the draft
    assert api(away).get("/organizations/DH-01-01/study-reviews").status == 403
