"""Uploads in chunks: gone on with after a break, never twice, never somebody else's."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.core.settings import Settings
from backend.media.due import purge_old_uploads
from backend.media.models import Media, MediaUpload
from backend.media.rules import CHUNK_BYTES, MEGABYTE, OPEN_UPLOADS
from tests.cast import Person, World
from tests.conftest import Answer, Api, FakeClock
from tests.media.conftest import Files, Raw, mp3, wav

Clients = Callable[[Person | None], Api]
SOUND = mp3(600)


@pytest.fixture
def send(world: World, files: Callable[[Person], Files]) -> Callable[..., Raw]:
    """Send a chunk as the secretary."""

    def chunk(upload: str, offset: int, content: bytes) -> Raw:
        return files(world.people["secretary"]).chunk(upload, offset, content)

    return chunk


def _begin(api: Clients, person: Person, size: int = len(SOUND)) -> str:
    answer = api(person).post("/media/uploads", {"size": size})
    assert (answer.status, answer.data["offset"]) == (201, 0)
    return str(answer.data["id"])


def _finish(api: Clients, person: Person, upload: str) -> Answer:
    return api(person).post(f"/media/uploads/{upload}/finish")


def test_a_file_in_three_chunks_with_a_break(api: Clients, world: World, send: Callable[..., Raw]) -> None:
    secretary = world.people["secretary"]
    upload = _begin(api, secretary)
    assert send(upload, 0, SOUND[:20_000]).json["data"]["offset"] == 20_000
    offset = api(secretary).get(f"/media/uploads/{upload}").data["offset"]
    send(upload, offset, SOUND[20_000:40_000])
    assert _finish(api, secretary, upload).body["offset"] == 40_000
    send(upload, 40_000, SOUND[40_000:])
    answer = _finish(api, secretary, upload)
    assert (answer.status, answer.data["size"], answer.data["kind"]) == (201, len(SOUND), "audio")
    assert _finish(api, secretary, upload).data["id"] == answer.data["id"]
    assert Media.select().count() == 1


def test_thirty_megabytes_arrive_byte_for_byte(
    api: Clients, world: World, send: Callable[..., Raw], settings: Settings
) -> None:
    sound = wav(30 * MEGABYTE / 1_000)
    upload = _begin(api, world.people["secretary"], len(sound))
    for offset in range(0, len(sound), CHUNK_BYTES):
        assert send(upload, offset, sound[offset : offset + CHUNK_BYTES]).status == 200
    assert _finish(api, world.people["secretary"], upload).status == 201
    name = Media.get().file_name
    assert (settings.media_root / name[:2] / name).read_bytes() == sound
    assert not list(settings.media_root.glob("*.draft"))


def test_a_chunk_sent_again_says_where_to_go_on(api: Clients, world: World, send: Callable[..., Raw]) -> None:
    upload = _begin(api, world.people["secretary"])
    send(upload, 0, SOUND[:1_000])
    for offset in (0, 999, 1_001):
        answer = send(upload, offset, SOUND[:1_000])
        assert (answer.status, answer.json["code"], answer.json["offset"]) == (409, "wrong_offset", 1_000)


def test_an_empty_chunk_changes_nothing(api: Clients, world: World, send: Callable[..., Raw]) -> None:
    upload = _begin(api, world.people["secretary"])
    assert send(upload, 0, b"").json["data"]["offset"] == 0
    send(upload, 0, SOUND[:1_000])
    assert send(upload, 1_000, b"").json["data"]["offset"] == 1_000


def test_a_chunk_may_not_be_longer_than_agreed(api: Clients, world: World, send: Callable[..., Raw]) -> None:
    upload = _begin(api, world.people["secretary"], 100)
    assert send(upload, 0, bytes(101)).status == 413
    large = _begin(api, world.people["secretary"], 3 * CHUNK_BYTES)
    assert send(large, 0, bytes(CHUNK_BYTES + 1)).status == 413
    assert send(large, 0, bytes(CHUNK_BYTES + 2 * MEGABYTE)).status == 413
    assert api(world.people["secretary"]).get(f"/media/uploads/{large}").data["offset"] == 0


def test_what_came_whole_is_checked_like_any_upload(api: Clients, world: World, send: Callable[..., Raw]) -> None:
    upload = _begin(api, world.people["secretary"], 11)
    send(upload, 0, b"<svg></svg>")
    assert _finish(api, world.people["secretary"], upload).status == 415


def test_an_upload_is_its_owners_alone(api: Clients, world: World, files: Callable[[Person], Files]) -> None:
    upload = _begin(api, world.people["secretary"])
    for part in ("member", "county_officer", "host_secretary"):
        person = world.people[part]
        assert api(person).get(f"/media/uploads/{upload}").status == 404
        assert files(person).chunk(upload, 0, b"x").status == 404
        assert _finish(api, person, upload).status == 404


@pytest.mark.parametrize("size", [0, -1, 50 * MEGABYTE + 1, "many"])
def test_a_size_out_of_bounds_is_refused(api: Clients, world: World, size: object) -> None:
    assert api(world.people["secretary"]).post("/media/uploads", {"size": size}).status == 422


def test_nobody_opens_uploads_without_end(api: Clients, world: World, clock: FakeClock) -> None:
    client = api(world.people["secretary"])
    answers = [client.post("/media/uploads", {"size": 10}) for _ in range(OPEN_UPLOADS + 1)]
    assert [answer.status for answer in answers] == [201] * OPEN_UPLOADS + [429]
    assert answers[-1].headers["Retry-After"]
    clock.advance(days=2, minutes=1)
    assert client.post("/media/uploads", {"size": 10}).status == 201


def test_old_uploads_are_forgotten(api: Clients, world: World, clock: FakeClock) -> None:
    _begin(api, world.people["secretary"])
    assert purge_old_uploads(now=clock() + timedelta(days=1)) == 0
    assert purge_old_uploads(now=clock() + timedelta(days=2, seconds=1)) == 1


def test_a_lost_draft_is_said_so(api: Clients, world: World, send: Callable[..., Raw], settings: Settings) -> None:
    upload = _begin(api, world.people["secretary"], 10)
    send(upload, 0, b"12345")
    (settings.media_root / f"{MediaUpload.get().draft_name}.draft").unlink()
    assert send(upload, 5, b"67890").json["code"] == "upload_lost"


def test_the_same_chunk_from_two_requests_counts_once(
    api: Clients, world: World, files: Callable[[Person], Files]
) -> None:
    upload = _begin(api, world.people["secretary"])
    start = threading.Barrier(4)
    statuses: list[int] = []

    def phone() -> None:
        client = files(world.people["secretary"])
        start.wait()
        statuses.append(client.chunk(upload, 0, SOUND[:5_000]).status)

    phones = [threading.Thread(target=phone) for _ in range(4)]
    for one in phones:
        one.start()
    for one in phones:
        one.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    assert MediaUpload.get().received == 5_000
