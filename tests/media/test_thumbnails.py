"""Small copies of pictures: read by the same link, as large as a list needs, gone with the picture."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from backend.core.files import FileStore
from backend.core.settings import Settings
from backend.media.due import purge_unused_media, sweep_stray_files
from backend.media.links import link_to
from backend.media.models import Media
from backend.media.rules import THUMBNAIL_SIDE
from tests.cast import Person, World
from tests.conftest import FakeClock
from tests.media.conftest import Files, picture, wav

Clients = Callable[[Person], Files]


def uploaded(world: World, files: Clients, content: bytes) -> Media:
    """A file of the resident."""
    answer = files(world.people["resident"]).upload_raw(content)
    assert answer.status == 201, answer.json
    media: Media = Media.get(Media.public_id == answer.json["data"]["id"])
    return media


def small_of(world: World, files: Clients, media: Media, clock: FakeClock) -> Any:
    """Its small copy, as anybody with the link reads it."""
    return files(world.people["stranger"]).read(f"{link_to(media, now=clock())}&size=small")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_list_gets_a_small_jpeg_without_where_it_was_taken(
    world: World, files: Clients, clock: FakeClock, form: str
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a phone"
    media = uploaded(world, files, picture(form, size=(2_000, 1_000), exif=exif))
    answer = small_of(world, files, media, clock)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    shown = Image.open(io.BytesIO(answer.content))
    assert (shown.format, shown.size) == ("JPEG", (THUMBNAIL_SIDE, THUMBNAIL_SIDE // 2))
    assert b"a phone" not in answer.content
    assert len(answer.content) < media.size


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_kind_of_colours_has_one(world: World, files: Clients, clock: FakeClock, mode: str) -> None:
    kept = io.BytesIO()
    Image.new(mode, (600, 600)).save(kept, "JPEG" if mode == "CMYK" else "PNG")
    answer = small_of(world, files, uploaded(world, files, kept.getvalue()), clock)
    assert Image.open(io.BytesIO(answer.content)).size == (THUMBNAIL_SIDE, THUMBNAIL_SIDE)


def test_what_is_clear_is_white_in_the_small_copy(world: World, files: Clients, clock: FakeClock) -> None:
    kept = io.BytesIO()
    Image.new("RGBA", (600, 600), (0, 0, 0, 0)).save(kept, "PNG")
    answer = small_of(world, files, uploaded(world, files, kept.getvalue()), clock)
    assert Image.open(io.BytesIO(answer.content)).getpixel((10, 10)) == (255, 255, 255)


def test_what_has_no_small_copy_is_given_whole(world: World, files: Clients, clock: FakeClock) -> None:
    sound = uploaded(world, files, wav())
    assert small_of(world, files, sound, clock).content == wav()
    old = uploaded(world, files, picture("PNG"))
    Media.update(thumbnail=None).where(Media.id == old.id).execute()  # uploaded before there were any
    assert small_of(world, files, old, clock).headers["Content-Type"] == "image/png"


def test_a_link_signed_for_one_picture_gives_no_other(world: World, files: Clients, clock: FakeClock) -> None:
    one, other = (uploaded(world, files, picture(size=(n, n))) for n in (50, 60))
    link = (link_to(one, now=clock()) or "").replace(one.public_id, other.public_id)
    assert files(world.people["stranger"]).read(f"{link}&size=small").status == 403
    assert files(world.people["stranger"]).read(f"{link_to(one, now=clock())}&size=tiny").status == 422


def names(settings: Settings) -> set[str]:
    """The files in the store."""
    return {place.name for place in settings.media_root.glob("??/*")}


def test_it_goes_with_its_picture_and_is_no_stray(world: World, files: Clients, settings: Settings) -> None:
    media = uploaded(world, files, picture(size=(600, 600)))
    again = uploaded(world, files, picture(size=(600, 600)))
    assert again.id == media.id
    assert names(settings) == {media.file_name, media.thumbnail}
    store, later = FileStore(settings.media_root), datetime.now(UTC) + timedelta(days=5)
    assert sweep_stray_files(store=store, now=later) == 0
    assert names(settings) == {media.file_name, media.thumbnail}
    assert purge_unused_media(store=store, now=later) == 1
    assert names(settings) == set()
