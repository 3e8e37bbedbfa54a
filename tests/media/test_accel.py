"""Files handed to nginx: we check the link, it reads the file."""

from dataclasses import replace
from pathlib import Path

import pytest

from backend.core.settings import Settings
from backend.media.links import link_to
from backend.media.models import Media
from tests.cast import World
from tests.conftest import FakeClock, Template, make_settings
from tests.media.test_links import SOUND, Clients


@pytest.fixture
def settings(template: Template, tmp_path: Path) -> Settings:
    """Those of a machine with nginx in front."""
    return replace(make_settings(template.fresh(tmp_path), tmp_path), media_accel="/kept-media")


@pytest.fixture
def link(world: World, files: Clients, clock: FakeClock) -> str:
    """A link to a sound."""
    public_id = files(world.people["secretary"]).upload(SOUND).json["data"]["id"]
    made = link_to(Media.get(public_id=public_id), now=clock())
    assert made
    return made


def test_nginx_is_told_where_the_file_lies(link: str, world: World, files: Clients, settings: Settings) -> None:
    answer = files(world.people["stranger"]).read(link, Range="bytes=0-9")
    assert (answer.status, answer.content) == (200, b"")
    place = answer.headers["X-Accel-Redirect"]
    assert (settings.media_root / place.removeprefix("/kept-media/")).read_bytes() == SOUND
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer.headers["Cache-Control"]


def test_a_bad_link_tells_nginx_nothing(link: str, world: World, files: Clients) -> None:
    answer = files(world.people["stranger"]).read(link[:-1])
    assert answer.status == 403
    assert "X-Accel-Redirect" not in answer.headers


def test_a_lost_file_is_not_sent_for(link: str, world: World, files: Clients, settings: Settings) -> None:
    media = Media.get()
    (settings.media_root / media.file_name[:2] / media.file_name).unlink()
    answer = files(world.people["stranger"]).read(link)
    assert answer.status == 404
    assert "X-Accel-Redirect" not in answer.headers
