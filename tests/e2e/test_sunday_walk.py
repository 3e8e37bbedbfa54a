"""The Sunday flow: a lesson waits for its hour, and arrives once with everybody that it is meant for."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import requests

from tests.e2e.conftest import Product
from tests.e2e.walk import until

SHANGHAI = ZoneInfo("Asia/Shanghai")
LESSON = "tmpl-lesson-published-00000000000000000000001"
ROBOT = "7d1f0a3e-5b64-4c1e-9a52-0c6f1e2d3a41"
QUIET_S = 3


def _next_sunday_eight(product: Product) -> datetime:
    now = datetime.fromisoformat(product.emulator.clock()["now"]).astimezone(SHANGHAI)
    sunday = now + timedelta(days=(6 - now.weekday()) % 7)
    eight = sunday.replace(hour=8, minute=0, second=0, microsecond=0)
    return eight if eight > now else eight + timedelta(days=7)


def test_sunday_comes_and_the_lesson_with_it(product: Product) -> None:
    qian, wu = product.person("member-qian"), product.person("county-wu")
    product.emulator.subscribe("member-qian", LESSON)
    sunday = _next_sunday_eight(product)
    scheduled = wu.read("/lessons/calendar", organization="DH")
    title = next(row["lesson"]["title"] for row in scheduled["sundays"] if row["lesson"])

    preview = product.bot("simulate", "--at", sunday.strftime("%Y-%m-%dT%H:%M"))
    assert title in preview
    assert not product.emulator.sent(user="member-qian", channel="subscribe_message")

    now = datetime.fromisoformat(product.emulator.clock()["now"])
    product.emulator.advance((sunday - now).total_seconds() + 1)
    notice = product.emulator.wait_for(lambda one: one["template_id"] == LESSON, user="member-qian")
    assert title[:10] in notice["text"]
    product.emulator.wait_for(lambda one: title in one["text"], channel="wecom_robot", robot=ROBOT)
    time.sleep(QUIET_S)  # the bot beats every second: a second copy would have come by now
    assert len(product.emulator.sent(user="member-qian", channel="subscribe_message")) == 1
    assert [title in one["text"] for one in product.emulator.sent(robot=ROBOT)].count(True) == 1

    zhou = product.person("host-secretary-zhou")
    forward = until(lambda: zhou.read("/me/forwards")["items"], "a post is ready to be forwarded")[0]
    assert title in forward["text"]
    assert zhou.ok(f"/forwards/{forward['id']}/done")["done_at"]

    lesson = qian.read("/lessons")["items"][0]
    audio = qian.read(f"/lessons/{lesson['id']}")["audio_url"]
    url = audio if audio.startswith("http") else product.web + audio
    part = requests.get(url, headers={"Range": "bytes=0-99"}, timeout=5)
    assert (part.status_code, len(part.content)) == (206, 100)
    assert requests.get(url[:-1] + "x", timeout=5).status_code in {403, 404}
