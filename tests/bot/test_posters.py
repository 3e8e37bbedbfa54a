"""The code on a poster comes from the platform, or is a plain QR where it gives none."""

import io

import pytest
from PIL import Image

from backend.core.files import FileStore
from backend.core.settings import Settings
from backend.learning.lessons.models import Lesson
from backend.learning.lessons.posters import PATIENCE, LessonCodes, make_posters
from backend.wechat.gateway import Gateway
from tests.emulated import Platform
from tests.learning.lessons.conftest import Desk
from tests.learning.lessons.conftest import desk as desk

PATH = "/wxa/getwxacodeunlimit"


@pytest.fixture
def store(settings: Settings) -> FileStore:
    """Where files lie."""
    return FileStore(settings.media_root)


@pytest.fixture
def codes(gateway: Gateway, settings: Settings) -> LessonCodes:
    """The platform's codes."""
    return LessonCodes(settings.public_url, gateway.miniprogram)


def poster_of(lesson: str, store: FileStore) -> bytes:
    """Its pixels."""
    with store.open(Lesson.get(public_id=lesson).poster.file_name) as file:
        return Image.open(io.BytesIO(file.read())).convert("RGB").tobytes()


def again_with_a_qr(desk: Desk, store: FileStore, settings: Settings) -> None:
    """The same lesson's poster, drawn without the platform."""
    Lesson.update(poster=None, poster_due_at=desk.clock()).execute()
    assert make_posters(store=store, codes=LessonCodes(settings.public_url), now=desk.clock()) == 1


def test_the_code_is_the_platforms(desk: Desk, codes: LessonCodes, store: FileStore, settings: Settings) -> None:
    lesson = desk.approved()
    assert make_posters(store=store, codes=codes, now=desk.clock()) == 1
    with_code = poster_of(lesson, store)
    again_with_a_qr(desk, store, settings)
    assert poster_of(lesson, store) != with_code


def test_an_unpublished_page_gets_a_plain_qr(
    desk: Desk, codes: LessonCodes, store: FileStore, settings: Settings, platform: Platform
) -> None:
    platform.control("settings", pages=["pages/index/index"])
    lesson = desk.approved()
    assert make_posters(store=store, codes=codes, now=desk.clock()) == 1
    found = poster_of(lesson, store)
    again_with_a_qr(desk, store, settings)
    assert poster_of(lesson, store) == found


def test_a_platform_that_is_down_is_asked_again_for_a_while(
    desk: Desk, codes: LessonCodes, store: FileStore, platform: Platform
) -> None:
    lesson = desk.approved()
    platform.fault(PATH, http=502, times=50)
    assert make_posters(store=store, codes=codes, now=desk.clock()) == 0
    assert Lesson.get(public_id=lesson).poster_due_at > desk.clock()
    assert make_posters(store=store, codes=codes, now=desk.clock() + PATIENCE) == 1
    platform.forget_faults()
