"""The pages about lessons and packs: columns, the light question, items in order, receipts and use."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from backend.core.database import in_unit_of_work
from backend.learning.lessons.models import Lesson, LessonListening, LessonSeries
from backend.learning.packs.categories import seed_categories
from backend.learning.packs.models import ContentPack, PackItem, PackReceipt, PackUse
from backend.people.models import OrganizationPost, Role
from tests.cast import SINCE, Person, World
from tests.desk.conftest import Seat, text_of
from tests.desk.test_forms import lesson_form

Sit = Callable[[Person | None], Seat]
COUNTY, BRANCH = {"organization": "DH"}, {"organization": "DH-01-01"}
ARTICLE = {**COUNTY, "category": "theory", "kind": "article", "title": "文章一", "source": "县委党校", "text": "正文"}


@pytest.fixture
def officer(sit: Sit, world: World) -> Seat:
    """The county officer's seat."""
    return sit(world.county_officer)


@pytest.fixture
def reviewer(sit: Sit, world: World) -> Seat:
    """A second officer of the county, who publishes what the first one wrote."""
    OrganizationPost.create(
        organization=world.county, account=world.neighbour.account, role=Role.COUNTY_OFFICER, starts_on=SINCE
    )
    return sit(world.neighbour)


# ---------------------------------------------------------------- columns and the question


def test_a_column_is_opened_chosen_and_kept_when_a_lesson_is_revised(sit: Sit, world: World) -> None:
    sun = sit(world.secretary)
    assert sun.post("/lessons/series", {**BRANCH, "name": "书记龙门阵"}).status_code == 204
    assert sun.post("/lessons/series", {**BRANCH, "name": "书记龙门阵"}).status_code == 409
    assert "书记龙门阵" in text_of(sun.get("/lessons/series"))
    column = LessonSeries.get().public_id
    asked = {
        "question_text": "几点见面？",
        "question_choices": "八点\n九点",
        "question_answer": "2",
        "question_explanation": "书上写着",
    }
    form = {**lesson_form(), **asked, "series": column}
    made = sun.post("/lessons/new", form, content_type="multipart/form-data")
    assert made.status_code == 204, made.get_json()
    lesson = Lesson.get()
    assert (lesson.series.public_id, lesson.question["answer"]) == (column, 1)
    page = sun.get(f"/lessons/{lesson.public_id}").text
    assert f'value="{column}" selected' in page
    assert "八点\n九点</textarea>" in page
    assert 'id="question_answer" name="question_answer" inputmode="numeric" size="3" value="2"' in page


@pytest.mark.parametrize("answer", ["3", "first", ""])
def test_a_question_without_a_right_answer_is_refused_and_nothing_is_written(
    sit: Sit, world: World, answer: str
) -> None:
    asked = {"question_text": "几点？", "question_choices": "八点\n九点", "question_answer": answer}
    form = {**lesson_form(), **asked, "question_explanation": "因为"}
    refused = sit(world.secretary).post("/lessons/new", form, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"].startswith("question")
    assert Lesson.select().count() == 0


# ---------------------------------------------------------------- packs


@pytest.fixture
def pack(officer: Seat) -> str:
    """The county's pack of December with two articles, as drafts."""
    in_unit_of_work(seed_categories)
    assert officer.post("/packs", {**COUNTY, "month": "2026-12", "title": "十二月学习资料"}).status_code == 204
    found = str(ContentPack.get().public_id)
    for title in ("文章一", "文章二"):
        assert officer.post(f"/packs/{found}/items", {**ARTICLE, "title": title}).status_code == 204
    return found


def published(pack: str, reviewer: Seat) -> list[str]:
    """The items of a pack, out."""
    assert reviewer.post(f"/packs/{pack}/publish", COUNTY).status_code == 204
    return [item.public_id for item in PackItem.select().order_by(PackItem.position)]


def test_items_are_put_in_order_revised_published_and_withdrawn(officer: Seat, reviewer: Seat, pack: str) -> None:
    page = officer.get(f"/packs/{pack}?organization=DH").text
    assert page.index("文章一") < page.index("文章二")
    down = re.search(r'<form hx-post="[^"]+/order"[^>]*>(.*?)文章一下移', page, re.DOTALL)
    assert down
    items = re.findall(r'name="items" value="(\w+)"', down[1])
    assert officer.post(f"/packs/{pack}/order", {**COUNTY, "items": items}).status_code == 204
    page = officer.get(f"/packs/{pack}?organization=DH").text
    assert page.index("文章二") < page.index("文章一")
    draft = PackItem.get(PackItem.title == "文章一").public_id
    assert officer.post(f"/pack-items/{draft}/revise", {**ARTICLE, "title": "新文章"}).status_code == 204
    assert officer.post(f"/packs/{pack}/publish", COUNTY).status_code in {403, 409}
    published(pack, reviewer)
    assert officer.post(f"/pack-items/{draft}/revise", {**ARTICLE, "title": "再改"}).status_code == 409
    assert reviewer.post(f"/pack-items/{draft}/withdraw", COUNTY).status_code == 204
    assert "新文章" not in officer.get(f"/packs/{pack}?organization=DH").text


def test_a_branch_receives_uses_and_is_reported_without_filling_a_table(
    sit: Sit, world: World, officer: Seat, reviewer: Seat, pack: str
) -> None:
    sun = sit(world.secretary)
    first, _ = published(pack, reviewer)
    assert "文章一" in text_of(sun.get(f"/packs/{pack}"))
    assert sun.post(f"/packs/{pack}/receive", BRANCH).status_code == 204
    assert PackReceipt.select().count() == 1
    used = {**BRANCH, "used_on": "2026-11-22", "items": [first]}
    assert sun.post(f"/packs/{pack}/use", used).status_code == 204
    assert PackUse.select().count() == 1
    assert sun.post(f"/packs/{pack}/use", {**used, "used_on": "2027-01-01"}).status_code == 422
    assert sun.post(f"/packs/{pack}/use", {**used, "items": []}).status_code == 422
    shown = text_of(officer.get(f"/packs/{pack}?organization=DH"))
    assert re.search(r"大河社区第一党支部 11-23 \d\d:\d\d 1 0", shown)
    assert "还没签收" in shown
    assert sun.post(f"/packs/{pack}/burn", BRANCH).status_code == 404


def test_drafts_and_the_layers_of_others_are_out_of_reach(sit: Sit, world: World, officer: Seat, pack: str) -> None:
    sun = sit(world.secretary)
    assert "文章一" not in sun.get("/packs").text
    assert sun.post(f"/packs/{pack}/items", ARTICLE).status_code in {403, 404}
    assert sun.post(f"/packs/{pack}/publish", COUNTY).status_code in {403, 404}
    item = PackItem.get().public_id
    assert sit(world.host_secretary).post(f"/pack-items/{item}/withdraw").status_code in {403, 404}
    assert PackItem.select().where(PackItem.withdrawn_at.is_null()).count() == 2


# ---------------------------------------------------------------- versions, numbers, the year


def revised(seat: Seat, organization: str) -> str:
    """The id of a lesson in its second version."""
    form = {**lesson_form(), "organization": organization}
    assert seat.post("/lessons/new", form, content_type="multipart/form-data").status_code == 204
    lesson = str(Lesson.get().public_id)
    again = {name: value for name, value in lesson_form().items() if name not in {"audio", "organization"}}
    changed = {**again, "title": "新题目", "text": "改过的讲稿"}
    assert seat.post(f"/lessons/{lesson}/revise", changed, content_type="multipart/form-data").status_code == 204
    return lesson


def test_what_each_version_said_is_there_for_its_editors_alone(sit: Sit, world: World, officer: Seat) -> None:
    lesson = revised(officer, "DH")
    shown = text_of(officer.get(f"/lessons/{lesson}"))
    _, _, versions = shown.partition("各版内容")
    assert versions.index("第 2 版") < versions.index("改过的讲稿") < versions.index("第 1 版")
    assert "把小事办到门口" in versions
    now = datetime(2026, 11, 22, tzinfo=UTC)
    Lesson.update(state="published", published_at=now, publish_on=now.date()).execute()
    of_the_branch = text_of(sit(world.secretary).get(f"/lessons/{lesson}"))
    assert "改过的讲稿" in of_the_branch
    assert "各版内容" not in of_the_branch
    assert "把小事办到门口" not in of_the_branch


def test_a_lesson_of_one_version_has_no_list_of_them(sit: Sit, world: World) -> None:
    sun = sit(world.secretary)
    sun.post("/lessons/new", lesson_form(), content_type="multipart/form-data")
    assert "各版内容" not in text_of(sun.get(f"/lessons/{Lesson.get().public_id}"))


def test_how_a_column_was_taken_up_is_told_to_who_reviews_it(sit: Sit, world: World, officer: Seat) -> None:
    sun = sit(world.secretary)
    sun.post("/lessons/series", {**BRANCH, "name": "书记龙门阵"})
    column = LessonSeries.get()
    path = f"/lessons/series/{column.public_id}/numbers"
    assert path not in sun.get("/lessons/series").text
    sun.post("/lessons/new", lesson_form(), content_type="multipart/form-data")
    Lesson.update(series=column, issue=1, state="published").execute()
    at = datetime(2026, 11, 23, tzinfo=UTC)
    listened = {"plays": 3, "parts": [], "nonces": [], "credit": 0, "started_at": at, "heartbeat_at": at}
    LessonListening.create(lesson=Lesson.get(), account=world.member.account, **listened)
    assert path in sun.get("/lessons/series").text
    assert "收听 3 次，1 人，听完 0 人" in text_of(sun.get(path, part=True))
    assert sit(world.host_secretary).get(path, part=True).status_code in {403, 404}
    assert sun.get("/lessons/series/nothing/numbers", part=True).status_code == 404


def test_the_sundays_of_a_year_are_walked_with_their_festivals(sit: Sit, world: World) -> None:
    sun = sit(world.secretary)
    assert "接下来八个周日" in text_of(sun.get("/lessons"))
    shown = text_of(sun.get("/lessons?year=2027"))
    assert "2027 年的周日" in shown
    assert "1月3日 周日" in shown
    assert "12月26日 周日" in shown
    assert "春节" in shown
    gone = text_of(sun.get("/lessons?year=2025"))
    assert "空档" not in gone
    assert sun.get("/lessons?year=soon").status_code == 422
