"""The lesson that ships with the demo keeps the rules that it shows."""

from collections.abc import Callable
from pathlib import Path

import backend.demo
from backend.learning.lessons.rules import LENGTH
from tests.cast import Person
from tests.learning.lessons.conftest import Desk
from tests.media.conftest import Files
from tests.media.conftest import files as files  # a client that sends bytes

MEDIA = Path(backend.demo.__file__).parent / "media"


def test_the_demo_lesson_goes_the_whole_way(desk: Desk, files: Callable[[Person], Files]) -> None:
    client = files(desk.author)
    sound = client.upload((MEDIA / "lesson.mp3").read_bytes(), "lesson.mp3").json["data"]
    poster = client.upload((MEDIA / "poster.png").read_bytes(), "poster.png").json["data"]
    assert LENGTH.min_s <= sound["duration_s"] <= LENGTH.max_s
    text = (MEDIA / "lesson.txt").read_text(encoding="utf-8")
    lesson = desk.published(text=text, audio=sound["id"], poster=poster["id"])
    shown = desk.api(desk.world.people["member"]).get(f"/lessons/{lesson}").data
    part = client.read(shown["audio_url"], Range="bytes=0-1")
    assert (part.status, len(part.content)) == (206, 2)
    assert client.read(shown["poster_url"]).headers["Content-Type"] == "image/png"


def test_the_demo_media_are_light() -> None:
    sizes = {file.name: file.stat().st_size for file in MEDIA.iterdir()}
    assert sizes["lesson.mp3"] < 1_000_000
    assert sizes["poster.png"] < 200_000
