"""Uploads: the type is what the bytes show, limits hold, and nothing personal stays in a picture."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from PIL import Image

from backend.core.database import in_unit_of_work
from backend.core.files import FileStore
from backend.core.settings import Settings
from backend.media.checking import attach
from backend.media.due import purge_unused_media, sweep_stray_files
from backend.media.models import Media
from backend.media.rules import MEGABYTE
from tests.cast import Person, World
from tests.conftest import FakeClock
from tests.media.conftest import Files, m4a, mp3, ogg, picture, wav

Clients = Callable[[Person], Files]
PLACE_TAG = 0x8825
TURNED_TAG = 0x0112


@pytest.mark.parametrize(
    ("content", "content_type", "duration_s"),
    [(mp3(), "audio/mpeg", 5), (wav(), "audio/wav", 2), (m4a(), "audio/mp4", 3), (ogg(), "audio/ogg", 2)],
    ids=["mp3", "wav", "m4a", "ogg"],
)
def test_a_sound_is_kept_with_its_length(
    world: World, files: Clients, content: bytes, content_type: str, duration_s: int
) -> None:
    answer = files(world.people["secretary"]).upload(content)
    assert answer.status == 201
    assert answer.json["data"] | {"id": ""} == {
        "id": "",
        "kind": "audio",
        "content_type": content_type,
        "size": len(content),
        "duration_s": duration_s,
        "width": None,
        "height": None,
        "reminder": None,
    }


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_with_its_measures(world: World, files: Clients, form: str) -> None:
    answer = files(world.people["resident"]).upload_raw(picture(form))
    data = answer.json["data"]
    assert (answer.status, data["kind"], data["content_type"]) == (201, "picture", f"image/{form.lower()}")
    assert (data["width"], data["height"], data["duration_s"]) == (40, 30, None)


def test_where_a_photo_was_taken_is_left_out(world: World, files: Clients, settings: Settings) -> None:
    exif = Image.Exif()
    exif[PLACE_TAG] = {1: "N", 2: (30.0, 28.0, 12.0)}
    exif[0x010F] = "a phone"
    answer = files(world.people["resident"]).upload(picture(exif=exif), "photo.jpg")
    kept = _stored(settings, answer.json["data"]["id"])
    assert b"a phone" not in kept
    assert dict(Image.open(io.BytesIO(kept)).getexif()) == {}


def test_a_photo_taken_sideways_stands_upright(world: World, files: Clients) -> None:
    exif = Image.Exif()
    exif[TURNED_TAG] = 6
    data = files(world.people["resident"]).upload(picture(exif=exif)).json["data"]
    assert (data["width"], data["height"]) == (30, 40)


def test_bytes_hidden_behind_a_picture_are_dropped(world: World, files: Clients, settings: Settings) -> None:
    answer = files(world.people["resident"]).upload(picture("PNG") + b"<script>alert(1)</script>")
    assert b"script" not in _stored(settings, answer.json["data"]["id"])


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        b"<!doctype html><html></html>",
        b"RIFF\x10\x00\x00\x00AVI LIST",
        b"OggS" + bytes(40) + b"\x80theora",
        b"GIF89a" + bytes(20),
        m4a(video=True),
        b"\x00\x00\x00\x18ftypqt  " + bytes(40),
    ],
    ids=["svg", "html", "avi", "theora", "gif", "video-in-m4a", "quicktime"],
)
def test_another_type_is_refused_whatever_its_name(world: World, files: Clients, content: bytes) -> None:
    answer = files(world.people["secretary"]).upload(content, "photo.jpg")
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")
    assert Media.select().count() == 0


@pytest.mark.parametrize(
    "content",
    [
        picture()[:60],
        picture("PNG")[:50],
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"ID3" + bytes(200),
        b"\xff\xd8\xff" * 9,
    ],
    ids=["cut-jpeg", "cut-png", "cut-wav", "id3-alone", "jpeg-magic-alone"],
)
def test_a_broken_file_is_refused(world: World, files: Clients, content: bytes) -> None:
    answer = files(world.people["secretary"]).upload(content, "sound.mp3")
    assert (answer.status, answer.json["code"]) == (415, "unreadable_media")


def test_an_empty_file_and_no_file_are_refused(world: World, files: Clients) -> None:
    client = files(world.people["secretary"])
    assert (client.upload(b"").status, client.upload(b"").json["code"]) == (422, "empty_file")
    assert client.upload_raw(b"").json["code"] == "empty_file"


def test_a_picture_over_its_own_limit_is_refused(world: World, files: Clients) -> None:
    answer = files(world.people["secretary"]).upload_raw(picture() + bytes(20 * MEGABYTE))
    assert (answer.status, answer.json["code"]) == (413, "too_large")
    assert "图片最多 20 MB" in answer.json["message"]


def test_a_sound_of_thirty_megabytes_is_taken(world: World, files: Clients) -> None:
    assert files(world.people["secretary"]).upload(wav(30 * MEGABYTE / 1_000)).status == 201


def test_a_body_over_the_limit_is_refused(world: World, files: Clients, settings: Settings) -> None:
    client = files(world.people["secretary"])
    answer = client.upload(b"RIFF" + bytes(52 * MEGABYTE))
    assert (answer.status, answer.json["code"]) == (413, "too_large")
    assert client.upload_raw(b"RIFF" + bytes(50 * MEGABYTE)).json["code"] == "too_large"
    assert not list(settings.media_root.rglob("*.draft"))


def test_too_many_pixels_are_refused_before_they_are_unpacked(world: World, files: Clients) -> None:
    bomb = bytearray(picture("PNG"))
    bomb[16:24] = (30_000).to_bytes(4) + (30_000).to_bytes(4)
    assert files(world.people["secretary"]).upload(bytes(bomb)).status in {415, 422}


def test_the_same_bytes_again_give_the_same_media(world: World, files: Clients, settings: Settings) -> None:
    first = files(world.people["secretary"]).upload(mp3()).json["data"]["id"]
    again = files(world.people["secretary"]).upload_raw(mp3()).json["data"]["id"]
    other = files(world.people["county_officer"]).upload(mp3()).json["data"]["id"]
    assert first == again != other
    assert len([place for place in settings.media_root.rglob("*") if place.is_file()]) == 2


def test_without_a_token_nothing_is_read(app: Flask) -> None:
    answer = app.test_client().post("/api/v1/media", data=mp3(), content_type="application/octet-stream")
    assert answer.status_code == 401


def test_what_nobody_used_is_purged_after_two_days(
    world: World, files: Clients, settings: Settings, clock: FakeClock
) -> None:
    store = FileStore(settings.media_root)
    client = files(world.people["secretary"])
    unused, used = client.upload(mp3()).json["data"]["id"], client.upload(wav()).json["data"]["id"]
    used_id, place = Media.get(public_id=used).id, world.organizations["branch"].id
    in_unit_of_work(lambda: attach([used_id], organization_id=place, now=clock()))
    assert purge_unused_media(store=store, now=clock() + timedelta(days=1, hours=23)) == 0
    gone = Media.get(public_id=unused).file_name
    assert purge_unused_media(store=store, now=clock() + timedelta(days=2, minutes=1)) == 1
    assert [row.public_id for row in Media.select()] == [used]
    assert store.stat(gone) is None


def test_files_that_no_row_knows_are_swept(world: World, files: Clients, settings: Settings) -> None:
    store = FileStore(settings.media_root)
    files(world.people["secretary"]).upload(mp3())
    stray = store.save(io.BytesIO(b"left behind"), limit=100)
    (settings.media_root / "half.draft").write_bytes(b"half")
    written = store.stat(stray.name)
    assert written is not None
    on_disk = datetime.fromtimestamp(written.st_mtime, UTC)
    assert sweep_stray_files(store=store, now=on_disk + timedelta(days=1)) == 0
    assert sweep_stray_files(store=store, now=on_disk + timedelta(days=3)) == 2
    assert store.stat(Media.get().file_name) is not None


def _stored(settings: Settings, public_id: str) -> bytes:
    with FileStore(settings.media_root).open(Media.get(public_id=public_id).file_name) as file:
        return file.read()
