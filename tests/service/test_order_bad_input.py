"""Each line of bad input that an order may meet, over HTTP: a clear Chinese sentence, and nothing lost or doubled."""

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from backend.core.clock import local_day
from backend.core.database import connected
from backend.media.models import Media
from backend.media.rules import MEGABYTE
from backend.messaging.models import OutboxEvent
from backend.people.consents.models import Consent, ConsentPurpose
from backend.people.models import OrganizationPost, Role
from backend.service.models import OrderMedia, ServiceOrder
from tests.cast import SINCE, Person
from tests.conftest import SHANGHAI, Answer
from tests.media.conftest import Files, picture
from tests.media.conftest import files as files  # a client that sends bytes
from tests.service.conftest import LAMP, Desk, set_kind

Clients = Callable[[Person], Files]
RARE = "𠮷祥楼䶮号，老人说“灯坏了”😀👨‍👩‍👧"


def submit(desk: Desk, **changed: Any) -> Any:
    """What the resident is answered."""
    return desk.api(desk.world.resident).post("/orders", LAMP | changed)


def only_fault(answer: Any) -> tuple[str, str, str]:
    """The one fault of a refused body."""
    assert (answer.status, answer.code) == (422, "invalid")
    (fault,) = answer.body["errors"]
    return fault["field"], fault["code"], fault["message"]


def test_an_unknown_and_a_closed_category(desk: Desk) -> None:
    assert only_fault(submit(desk, service_type="no_such")) == (
        "service_type",
        "unknown_service_type",
        "没有这个服务类别，请重新选择",
    )
    set_kind("repair", closed_at=desk.clock())
    assert only_fault(submit(desk)) == (
        "service_type",
        "closed_service_type",
        "这个服务类别已停办，请选择其他类别",
    )
    assert ServiceOrder.select().count() == 0


@pytest.mark.parametrize("length", [2_001, 2_500, 10_000])
def test_more_characters_than_there_is_room_for(desk: Desk, length: int) -> None:
    assert only_fault(submit(desk, description="灯" * length)) == ("description", "string_too_long", "最多 2000 个字")
    assert submit(desk, description="𠮷" * 2_000).status == 201


def by_phone(desk: Desk, digits: str) -> Answer:
    contact = {"name": "李桂芳", "phone": digits}
    return desk.api(desk.world.resident).post("/orders", LAMP | {"contact": contact, "consent": True})


def test_a_number_as_a_chinese_keyboard_writes_it_is_kept_as_it_is_dialled(desk: Desk) -> None:
    answer = by_phone(desk, "１３８００１３８０００")
    assert (answer.status, answer.data["contact"]["phone"]) == (201, "13800138000")


def test_a_number_in_the_digits_of_another_script_cannot_be_dialled(desk: Desk) -> None:
    answer = by_phone(desk, "١٣٨٠٠١٣٨٠٠٠")
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "contact.phone")


def test_emoji_and_rare_characters_come_back_as_they_were(desk: Desk) -> None:
    number = submit(desk, title=RARE, description=RARE, place={"text": RARE}).data["number"]
    shown = desk.api(desk.world.secretary).get(f"/orders/{number}").data
    assert (shown["title"], shown["description"], shown["place"]["text"]) == (RARE, RARE, RARE)
    (row,) = desk.api(desk.world.secretary).get("/orders", box="to-accept").data["items"]
    assert row["title"] == RARE


def test_the_same_order_sent_five_times_is_one(desk: Desk) -> None:
    answers = [desk.api(desk.world.resident).post("/orders", LAMP, key="bad-network") for _ in range(5)]
    assert {answer.status for answer in answers} == {201}
    assert len({answer.data["number"] for answer in answers}) == 1
    assert ServiceOrder.select().count() == 1
    assert OutboxEvent.select().where(OutboxEvent.topic == "order.submitted").count() == 1
    other = desk.api(desk.world.resident).post("/orders", LAMP | {"title": "另一件事"}, key="bad-network")
    assert (other.status, other.code) == (409, "idempotency_mismatch")


def test_the_same_order_sent_five_times_at_once_is_one(desk: Desk) -> None:
    answers: list[Any] = []
    together = threading.Barrier(5)

    def send() -> None:
        with connected():
            together.wait()
            answers.append(desk.api(desk.world.resident).post("/orders", LAMP, key="five-at-once"))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [201] * 5
    assert len({answer.data["number"] for answer in answers}) == 1
    assert ServiceOrder.select().count() == 1


def test_an_action_on_an_order_that_moved_meanwhile(desk: Desk) -> None:
    number = desk.pooled()
    desk.must(desk.world.volunteer, number, "claim")
    late = desk.act(desk.world.member, number, "claim")
    assert (late.status, late.code, late.message) == (409, "order_conflict", "这张工单已被别人接走了")
    moved = desk.act(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    assert (moved.status, moved.code) == (409, "illegal_transition")
    assert moved.message == "工单现在是“已接单”，不能“派单”"
    assert moved.body["state"] == "claimed"


def test_an_svg_called_jpg_and_other_files_that_are_no_photos(desk: Desk, files: Clients) -> None:
    client = files(desk.world.resident)
    refused = client.upload(b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "photo.jpg")
    assert (refused.status, refused.json["code"]) == (415, "unsupported_media_type")
    assert refused.json["message"].startswith("只接受 ")
    broken = client.upload(picture()[:60], "photo.jpg")
    assert (broken.status, broken.json["message"]) == (415, "图片无法打开，可能已损坏，请换一张")
    assert Media.select().count() == 0


def photo(megabytes: int, shade: int) -> bytes:
    """A readable JPEG of about this size; each shade is another photo."""
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 30, 30)).save(kept, "JPEG")
    body = kept.getvalue()
    comment = b"\xff\xfe" + (65_535).to_bytes(2, "big") + bytes(65_533)
    count = (megabytes * MEGABYTE - len(body)) // len(comment)
    return body[:2] + comment * count + body[2:]


def test_ten_photos_of_twenty_megabytes(desk: Desk, files: Clients) -> None:
    client = files(desk.world.resident)
    ids = []
    for shade in range(10):
        content = photo(20, shade * 20)
        assert 19 * MEGABYTE < len(content) <= 20 * MEGABYTE
        answer = client.upload_raw(content)
        assert answer.status == 201, answer.json
        assert "人脸" in answer.json["data"]["reminder"]
        ids.append(answer.json["data"]["id"])
    assert len(set(ids)) == 10
    field, code, message = only_fault(submit(desk, attachments=ids))
    assert (field, code) == ("attachments", "too_long")
    assert message == "一张工单最多9张照片，请去掉几张再提交，已上传的不用重传"
    assert ServiceOrder.select().count() == 0
    # nothing has to be sent twice: the files are there for the order with one photo less
    assert len(submit(desk, attachments=ids[:9]).data["pictures"]) == 9
    assert OrderMedia.select().count() == 9
    larger = client.upload_raw(photo(21, 7))
    assert (larger.status, larger.json["message"]) == (413, "文件太大，图片最多 20 MB")


def test_photos_need_their_own_consent_and_the_order_is_not_lost(desk: Desk, files: Clients) -> None:
    resident = desk.world.resident
    Consent.delete().where(Consent.account == resident.account, Consent.purpose == ConsentPurpose.PHOTO).execute()
    uploaded = files(resident).upload_raw(picture()).json["data"]["id"]
    refused = submit(desk, attachments=[uploaded], consent=True)
    assert (refused.status, refused.code, refused.body["purpose"]) == (409, "no_consent", "photo")
    assert "照片" in refused.body["text"]
    assert submit(desk).status == 201  # without a photo none is needed
    assert submit(desk, attachments=[uploaded], photo_consent=True).status == 201
    assert submit(desk, attachments=[uploaded]).status == 201  # said once


def test_every_form_reminds_of_faces_and_plates_and_of_emergencies(desk: Desk) -> None:
    for kind in desk.api(desk.world.resident).get("/service-types").data:
        assert all(word in kind["picture_hint"] for word in ("人脸", "车牌"))
        assert all(number in kind["emergency"] for number in ("110", "119", "120"))


def test_a_handler_whose_post_ended_today(desk: Desk) -> None:

    person, today = desk.world.stranger, local_day(desk.clock(), SHANGHAI)
    post = OrganizationPost.create(
        organization=desk.world.branch, account=person.account, role=Role.VOLUNTEER, starts_on=SINCE
    )
    number = desk.pooled()
    desk.must(person, number, "claim")
    assert desk.api(desk.world.secretary).post(f"/posts/{post.public_id}/end", {}).status == 200
    assert OrganizationPost.get_by_id(post.id).ends_on < today
    refused = desk.act(person, number, "first-contact", way="phone")
    assert (refused.status, refused.code) == (403, "post_ended")
    (row,) = desk.api(desk.world.secretary).get("/orders", box="returned").data["items"]
    assert (row["number"], row["state"]) == (number, "accepted")
