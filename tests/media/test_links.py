"""Reading by signed links: whole, in ranges, again, and not with a link that we did not make."""

from collections.abc import Callable

import pytest

from backend.core.settings import Settings
from backend.media.links import link_to
from backend.media.models import Media
from tests.cast import Person, World
from tests.conftest import FakeClock
from tests.media.conftest import Files, mp3

Clients = Callable[[Person], Files]
SOUND = mp3()


@pytest.fixture
def link(world: World, files: Clients, clock: FakeClock) -> str:
    """A link to a sound."""
    public_id = files(world.people["secretary"]).upload(SOUND).json["data"]["id"]
    made = link_to(Media.get(public_id=public_id), now=clock())
    assert made
    return made


@pytest.fixture
def anybody(world: World, files: Clients) -> Files:
    """Somebody who has the link and no token."""
    return files(world.people["stranger"])


def test_the_whole_file(link: str, anybody: Files) -> None:
    answer = anybody.read(link)
    assert (answer.status, answer.content) == (200, SOUND)
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer.headers["Cache-Control"]
    assert "file.bin" not in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("wanted", "part", "shown"),
    [
        ("bytes=0-0", SOUND[:1], f"bytes 0-0/{len(SOUND)}"),
        ("bytes=0-99", SOUND[:100], f"bytes 0-99/{len(SOUND)}"),
        ("bytes=100-", SOUND[100:], f"bytes 100-{len(SOUND) - 1}/{len(SOUND)}"),
        ("bytes=-50", SOUND[-50:], f"bytes {len(SOUND) - 50}-{len(SOUND) - 1}/{len(SOUND)}"),
        (f"bytes=0-{10**9}", SOUND, f"bytes 0-{len(SOUND) - 1}/{len(SOUND)}"),
    ],
)
def test_a_range(link: str, anybody: Files, wanted: str, part: bytes, shown: str) -> None:
    answer = anybody.read(link, Range=wanted)
    assert (answer.status, answer.content, answer.headers["Content-Range"]) == (206, part, shown)
    assert int(answer.headers["Content-Length"]) == len(part)


@pytest.mark.parametrize("wanted", [f"bytes={len(SOUND)}-", "bytes=900000-900010"])
def test_a_range_beyond_the_end(link: str, anybody: Files, wanted: str) -> None:
    answer = anybody.read(link, Range=wanted)
    assert (answer.status, answer.json["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(SOUND)}"


def test_not_changed(link: str, anybody: Files) -> None:
    first = anybody.read(link)
    again = anybody.read(link, If_None_Match=first.headers["ETag"])
    assert (again.status, again.content) == (304, b"")
    assert anybody.read(link, If_Modified_Since=first.headers["Last-Modified"]).status == 304
    assert anybody.read(link, If_None_Match='"another"').status == 200


def test_a_range_of_the_same_file_only(link: str, anybody: Files) -> None:
    etag = anybody.read(link).headers["ETag"]
    assert anybody.read(link, Range="bytes=0-9", If_Range=etag).status == 206
    changed = anybody.read(link, Range="bytes=0-9", If_Range='"another"')
    assert (changed.status, changed.content) == (200, SOUND)


def test_head_tells_without_sending(link: str, anybody: Files) -> None:
    answer = anybody.read(link, method="HEAD")
    assert (answer.status, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(SOUND)


def test_a_link_lasts_two_to_three_hours(link: str, anybody: Files, clock: FakeClock) -> None:
    clock.advance(hours=1, minutes=59)
    assert anybody.read(link).status == 200
    clock.advance(hours=1, minutes=2)
    answer = anybody.read(link)
    assert (answer.status, answer.json["code"]) == (403, "expired_link")


@pytest.mark.parametrize(
    "forge",
    [
        lambda link: link.replace("expires=1", "expires=2"),
        lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"),
        lambda link: link.partition("signature=")[0] + "signature=%E4%BD%A0",
        lambda link: link.replace("/media/", "/media/x"),
    ],
    ids=["later", "signature", "not-ascii", "another-file"],
)
def test_a_forged_link_opens_nothing(link: str, anybody: Files, forge: Callable[[str], str]) -> None:
    answer = anybody.read(forge(link))
    assert (answer.status, answer.json["code"]) == (403, "bad_link")


def test_a_link_without_its_parts_is_refused(link: str, anybody: Files) -> None:
    assert anybody.read(link.partition("?")[0]).status == 422


def test_a_link_to_what_is_gone(link: str, anybody: Files, settings: Settings) -> None:
    media = Media.get()
    (settings.media_root / media.file_name[:2] / media.file_name).unlink()
    assert anybody.read(link).status == 404
    media.delete_instance()
    assert (anybody.read(link).status, anybody.read(link).json["code"]) == (404, "not_found")
