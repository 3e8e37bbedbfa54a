"""Posters drawn where none was given: whole, each word in its place, and no platform asked in a request."""

import io
from datetime import timedelta

import pytest
from PIL import Image, ImageChops

from backend.core.files import FileStore
from backend.core.settings import Settings
from backend.learning.lessons.drawing import HEIGHT, WIDTH, PosterFace, draw_poster
from backend.learning.lessons.models import Lesson
from backend.learning.lessons.posters import LessonCodes, make_posters
from backend.media.models import Media
from tests.learning.lessons.conftest import Desk, keep_media

CODES = LessonCodes("https://zhibu.example")
PLAIN = {
    "title": "把小事办到门口",
    "lecturer": "孙立新",
    "source": "大河社区第一党支部",
    "day": "2026年11月29日　星期日",
    "organization": "大河社区第一党支部",
    "url": "https://zhibu.example/m/#/pages/lesson/detail?id=abcdefghij123456",
}


@pytest.fixture
def store(settings: Settings) -> FileStore:
    """Where files lie."""
    return FileStore(settings.media_root)


def drawn(**changed: str) -> Image.Image:
    """A poster."""
    return Image.open(io.BytesIO(draw_poster(PosterFace(code=None, **{**PLAIN, **changed})))).convert("RGB")


def differs(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int]:
    """The box in which two posters differ: left, top, right, bottom."""
    box = ImageChops.difference(one, other).getbbox()
    assert box
    return box


def test_an_approved_lesson_without_a_poster_gets_one(desk: Desk, store: FileStore) -> None:
    lesson = desk.scheduled()
    assert make_posters(store=store, codes=CODES, now=desk.clock()) == 1
    assert make_posters(store=store, codes=CODES, now=desk.clock()) == 0
    shown = desk.api(desk.author).get(f"/lessons/{lesson}").data
    assert shown["state"] == "scheduled"
    poster = Lesson.get(public_id=lesson).poster
    assert poster
    assert (poster.content_type, poster.width, poster.height, poster.moderation) == ("image/png", 1080, 1440, "passed")
    with store.open(poster.file_name) as file:
        assert Image.open(file).size == (WIDTH, HEIGHT)
    assert poster.public_id in shown["poster_url"]


@pytest.mark.parametrize("stage", ["draft", "in_review"])
def test_nothing_is_drawn_before_it_is_approved(desk: Desk, store: FileStore, stage: str) -> None:
    getattr(desk, stage)()
    assert make_posters(store=store, codes=CODES, now=desk.clock() + timedelta(days=1)) == 0


def test_a_poster_that_was_given_stays(desk: Desk, store: FileStore) -> None:
    desk.approved(poster=keep_media(desk.author, desk.clock(), seconds=None))
    assert make_posters(store=store, codes=CODES, now=desk.clock()) == 0


def test_a_withdrawn_lesson_needs_none(desk: Desk, store: FileStore) -> None:
    desk.step(desk.author, desk.approved(), "withdraw")
    assert make_posters(store=store, codes=CODES, now=desk.clock()) == 0


def test_a_revision_gets_a_poster_of_its_own(desk: Desk, store: FileStore) -> None:
    lesson = desk.approved()
    make_posters(store=store, codes=CODES, now=desk.clock())
    content = {name: value for name, value in desk.body(title="灯亮了").items() if name != "organization"}
    desk.api(desk.author).post(f"/lessons/{lesson}/revise", content)
    assert Lesson.get(public_id=lesson).poster is None
    desk.step(desk.author, lesson, "submit")
    desk.step(desk.reviewer, lesson, "approve")
    assert make_posters(store=store, codes=CODES, now=desk.clock()) == 1
    assert Media.select().where(Media.content_type == "image/png").count() == 2


def test_each_word_has_its_place() -> None:
    plain = drawn()
    title, lecturer = differs(plain, drawn(title="灯")), differs(plain, drawn(lecturer="龚"))
    source, owner = differs(plain, drawn(source="院坝")), differs(plain, drawn(organization="大河县"))
    code = differs(plain, drawn(url="https://zhibu.example/other"))
    assert title[3] <= lecturer[1] < lecturer[3] <= source[1] < source[3] <= owner[1]
    assert owner[2] <= code[0]
    assert code[2] <= WIDTH
    assert code[3] <= HEIGHT


@pytest.mark.parametrize(("field", "length"), [("title", 60), ("lecturer", 40), ("source", 80), ("organization", 60)])
def test_the_longest_words_stay_in_their_room(field: str, length: int) -> None:
    left, _, right, bottom = differs(drawn(), drawn(**{field: "国" * length}))
    assert left >= 80
    assert right <= WIDTH - 80
    assert bottom <= (1050 if field != "organization" else 1300)


@pytest.mark.parametrize(("field", "length"), [("title", 60), ("lecturer", 40), ("source", 80), ("organization", 60)])
def test_the_longest_words_are_shown_to_their_last(field: str, length: int) -> None:
    differs(drawn(**{field: "国" * length}), drawn(**{field: "国" * (length - 1) + "龚"}))


def test_a_latin_word_is_not_torn_apart() -> None:
    whole = drawn(title="AI Agents and Party")  # too long for one line
    first, last = (differs(whole, drawn(title=f"AI Agents and {word}")) for word in ("Darty", "Parta"))
    assert abs(first[1] - last[1]) < 60
    assert first[1] > differs(drawn(title="AI"), drawn(title="AJ"))[3]


def test_a_character_that_no_font_has_is_not_left_out() -> None:
    assert differs(drawn(lecturer="\U0001f600"), drawn(lecturer="\U0001f601"))
