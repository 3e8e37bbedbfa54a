"""The printed card and the page behind its code."""

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from backend.card import printing
from backend.card.ledger import Entry, add_record
from backend.card.models import StudyCard
from backend.card.printing import FONT, CardFace, Line, draw_card, drawable
from backend.core.database import database, in_unit_of_work
from backend.people.models import Member
from tests.cast import World
from tests.conftest import SHANGHAI

AT = datetime(2026, 11, 20, 19, 0, tzinfo=SHANGHAI)
NOTHING = {"name": None, "branch": None, "hours": None}


def fetch(app: Flask, person: Any, path: str) -> Any:
    """The bare answer of a path."""
    headers = {"Authorization": f"Bearer {person.token}"} if person else {}
    answer = app.test_client().get(path, headers=headers)
    database.connect(reuse_if_open=True)
    return answer


def enter(person: Any, number: int, content: str = "学习") -> None:
    entry = Entry(AT, "活动室", content, "party_day", Decimal("1.5"), f"check-in:{number}", None)
    in_unit_of_work(lambda: add_record(person.member.id, entry, now=AT))


def words(document: bytes) -> str:
    """The text of a PDF, by the tables that say which character a glyph stands for."""
    streams = re.findall(rb"stream\n(.+?)\nendstream", document, re.S)
    text = "".join(one.decode("latin-1") for one in streams if b"begincmap" in one)
    return "".join(chr(int(code, 16)) for code in re.findall(r"<[0-9A-F]{4}> <([0-9A-F]{4})>", text))


def face(name: str, entries: int = 0) -> CardFace:
    rows = [Line(("11-20", "重走小平求学路", "活动室", "1.5", "大河社区第一党支部"))] * entries
    return CardFace("202612345678", 2026, (f"姓名：{name}",), rows, "https://zhibu.example/verify/x")


def pages(document: bytes) -> list[bytes]:
    return re.findall(rb"/MediaBox \[([^\]]+)\]", document) or []


def test_the_card_is_a_pdf_with_its_words(app: Flask, world: World) -> None:
    enter(world.member, 1, "重走小平求学路")
    answer = fetch(app, world.member, "/api/v1/me/card.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert set("钱晓梅大河社区第一党支部重走小平求学路") <= set(words(answer.data))


def test_who_is_no_member_prints_nothing(app: Flask, world: World) -> None:
    assert fetch(app, world.resident, "/api/v1/me/card.pdf").status_code == 404
    assert fetch(app, None, "/api/v1/me/card.pdf").status_code == 401


def test_a_long_card_goes_on_overleaf() -> None:
    one, many = draw_card(face("钱晓梅"), now=AT), draw_card(face("钱晓梅", 80), now=AT)
    assert one.count(b"/Type /Page\n") == 1
    assert many.count(b"/Type /Page\n") > 2
    (box,) = set(pages(many))
    assert [round(float(part)) for part in box.split()] == [0, 0, 420, 595]


def test_the_font_is_small_and_has_its_licence() -> None:
    assert FONT.stat().st_size <= 2_000_000
    assert "SIL OPEN FONT LICENSE" in (FONT.parent / "OFL.txt").read_text()


def test_rare_characters_are_never_left_out(tmp_path: Path) -> None:
    assert drawable("王𠮷㐂", {ord("王")}) == "王[U+20BB7][U+3402]"
    assert set("王U20BB7") <= set(words(draw_card(face("王𠮷"), whole_font=tmp_path / "absent.ttc", now=AT)))


@pytest.mark.skipif(not printing.WHOLE_FONT.exists(), reason="fonts-noto-cjk is not installed")
def test_rare_characters_come_from_the_whole_font() -> None:
    found = words(draw_card(face("王㐂"), now=AT))
    assert "㐂" in found
    assert "U" not in found


def test_the_code_shows_nothing_until_the_holder_allows_it(app: Flask, api: Any, world: World) -> None:
    enter(world.member, 1)
    code = api(world.member).get("/me/card/disclosure").data["code"]
    number = StudyCard.get().number
    public = {"number_end": number[-4:], "year": 2026}
    assert api(None).get(f"/card-codes/{code}").data == {**public, **NOTHING}
    allowed = api(world.member).post("/me/card/disclosure", {"shows": ["hours", "name"]}).data
    assert (allowed["shows"], allowed["code"]) == (["name", "hours"], code)
    assert api(None).get(f"/card-codes/{code}").data == {**public, "name": "钱晓梅", "branch": None, "hours": 1.5}
    api(world.member).post("/me/card/disclosure", {"shows": ["branch"]})
    assert api(None).get(f"/card-codes/{code}").data == {**public, **NOTHING, "branch": "大河社区第一党支部"}
    api(world.member).post("/me/card/disclosure", {"shows": []})
    assert api(None).get(f"/card-codes/{code}").data == {**public, **NOTHING}


def test_the_page_shows_the_same_and_no_markup_of_others(app: Flask, api: Any, world: World) -> None:
    Member.update(name="<b>钱</b>").where(Member.id == world.member.member.id).execute()
    shown = api(world.member).post("/me/card/disclosure", {"shows": ["name"]}).data
    assert shown["url"] == f"https://zhibu.example/verify/{shown['code']}"
    page = fetch(app, None, f"/verify/{shown['code']}")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "&lt;b&gt;钱&lt;/b&gt;" in page.text
    assert "大河社区" not in page.text
    assert StudyCard.get().number not in page.text


@pytest.mark.parametrize("spoil", ["x", "2025", "other", "empty", "chinese"])
def test_codes_that_are_none_are_refused(api: Any, world: World, spoil: str) -> None:
    code = api(world.member).get("/me/card/disclosure").data["code"]
    number, year, signature = code.split("-", 2)
    wrong = {
        "x": f"{number}-{year}-{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        "2025": f"{number}-2025-{signature}",
        "other": f"{int(number) + 1}-{year}-{signature}",
        "empty": "-",
        "chinese": f"{number}-{year}-验证码",
    }[spoil]
    answer = api(None).get(f"/card-codes/{wrong}")
    assert (answer.status, answer.code) == (404, "card_code_unknown")


def test_a_re_issued_number_ends_the_code(api: Any, world: World) -> None:
    code = api(world.member).get("/me/card/disclosure").data["code"]
    StudyCard.update(number="202600000000").execute()
    assert api(None).get(f"/card-codes/{code}").status == 404


def test_what_the_holder_wrote_is_printed_whatever_its_length(app: Flask, api: Any, world: World) -> None:
    for number in range(3):
        enter(world.member, number, f"第{number}次学习")
    ids = [one["id"] for one in api(world.member).get("/me/card").data["records"]]
    longest = "\n".join("体会" for _ in range(333))
    for record, text in zip(ids, ("短句", longest, "甲" * 1000), strict=True):
        assert api(world.member).post(f"/me/card/records/{record}/reflection", {"text": text}).status == 200
    answer = fetch(app, world.member, "/api/v1/me/card.pdf")
    assert answer.status_code == 200
    assert set("心得短句体会甲") <= set(words(answer.data))


def test_every_side_says_which_it_is_of_which_card() -> None:
    lines = [
        Line(("11-20", "学习", "活动室", "1", "支部"), "写下的话" * 200 if number % 9 == 0 else None)
        for number in range(60)
    ]
    document = draw_card(face("阿卜杜热西提·买买提艾力")._replace(entries=lines), now=AT)
    sides = document.count(b"/Type /Page\n")
    assert 3 <= sides <= 8
    assert set("第页共卡号·") <= set(words(document))


def test_a_reflection_goes_on_overleaf_in_stretches() -> None:
    said = "心得：" + "长" * 997
    parts = printing._paragraph(Line(("",), said.removeprefix("心得：")), set(map(ord, said)))
    assert "".join(text for text, _ in parts) == said
    assert [last for _, last in parts] == [False] * (len(parts) - 1) + [True]
    assert printing._paragraph(Line(("",)), set()) == []


def test_a_wrong_code_is_answered_with_a_page_that_says_what_to_do(app: Flask, world: World) -> None:
    page = fetch(app, None, "/verify/2026-2026-x")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "没有查到这张卡" in page.text
    assert "向持卡人所在支部核实" in page.text
    assert "<script" not in page.text
