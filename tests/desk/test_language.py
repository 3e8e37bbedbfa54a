"""English at the desk: nothing that a page says is missing from the catalogue, and names stay names."""

import ast
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from backend.desk import language
from backend.desk.language import CATALOGUE, COOKIE, ENGLISH, HAN, HOLE, pieces_of
from backend.people.models import Member
from tests.cast import Person, World
from tests.desk.conftest import Seat, text_of
from tests.desk.test_pages import PAGES
from tests.service.conftest import Desk

Sit = Callable[[Person | None], Seat]
DESK = Path(language.__file__).parent
# formats of dates and names of files are no sentences
NO_SENTENCE = {
    "一二三四五六日",
    "{}月{}日 周{}",
    "{}工单.{}",
    "姓名\t公民身份号码\t手机号码\t人员类别\t入党日期\t党组织代码",  # as the roster's file has them
}


def catalogue() -> dict[str, str]:
    known: dict[str, str] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return known


def said_in(source: str) -> set[str]:
    """Every Chinese sentence of a module, with holes where it is filled in; docstrings are for ourselves."""
    tree, found = ast.parse(source), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.add("".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values))
            for part in node.values:
                if isinstance(part, ast.Constant):
                    part.value = ""  # said as a part of the whole
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    kept = (ast.Module, ast.FunctionDef, ast.ClassDef)
    ours = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, kept)}
    return {one.strip() for one in found - ours if HAN.search(one)} - NO_SENTENCE


def in_english(seat: Seat) -> Seat:
    seat.client.set_cookie(COOKIE, ENGLISH, path="/desk", secure=True)
    return seat


@pytest.mark.parametrize("template", sorted(DESK.rglob("*.html")), ids=lambda path: path.name)
def test_all_that_a_template_says_is_in_the_catalogue(template: Path) -> None:
    assert set(pieces_of(template.read_text(encoding="utf-8"))) - NO_SENTENCE - catalogue().keys() == set()


@pytest.mark.parametrize("module", sorted(DESK.glob("*.py")), ids=lambda path: path.name)
def test_all_that_the_desk_says_by_itself_is_in_the_catalogue(module: Path) -> None:
    assert said_in(module.read_text(encoding="utf-8")) - catalogue().keys() == set()


def test_the_catalogue_is_english_and_keeps_every_hole() -> None:
    for chinese, english in catalogue().items():
        assert not HAN.search(english.replace("支", "")), chinese  # the mark on the door is a picture
        assert len(HOLE.findall(chinese)) == len(HOLE.findall(english)), chinese
    assert list(catalogue()) == sorted(catalogue())


def names(world: World) -> list[str]:
    """What stays as people wrote it."""
    people = [person.name for person in world.people.values()]
    return [*people, *(row.name for row in world.organizations.values()), "支", "中文"]


@pytest.mark.parametrize("part", ["secretary", "county_officer"])
def test_a_page_in_english_says_nothing_in_chinese_but_names(sit: Sit, desk: Desk, part: str) -> None:
    seat = in_english(sit(getattr(desk.world, part)))
    left = {}
    for path in PAGES:
        answer = seat.get(path)
        if answer.status_code == 200:
            left |= dict.fromkeys(chinese_in(answer.get_data(as_text=True), names(desk.world)), path)
    assert left == {}


def chinese_in(html: str, names: list[str]) -> set[str]:
    """Whatever is still Chinese between tags and in attributes, save names and cited clauses."""
    shown = re.sub(r"<(script|style)\b.*?</\1>", "", unescape(html), flags=re.DOTALL)
    for name in sorted(names, key=len, reverse=True):
        shown = shown.replace(name, "")
    found = {one.strip() for one in re.findall(r'[^<>"]*[\u3400-\u9fff][^<>"]*', shown)}
    return {one for one in found - NO_SENTENCE if not one.startswith("《")}


def test_an_order_is_told_in_english_and_its_words_stay(sit: Sit, desk: Desk) -> None:
    number = desk.submitted(title="满意", place={"text": "派单"})
    desk.must(desk.world.secretary, number, "accept")
    shown = text_of(in_english(sit(desk.world.secretary)).get(f"/orders/{number}"))
    assert "Accepted · to dispatch" in shown
    assert "Repairs of common facilities" in shown


def test_the_switch_goes_back_to_the_page_and_is_kept(sit: Sit, world: World) -> None:
    seat = sit(world.secretary)
    answer = seat.get("/language/en?next=/desk/members?q=1")
    assert (answer.status_code, answer.location) == (303, "/desk/members?q=1")
    assert "Roster of members" in text_of(seat.get("/members"))
    assert '<html lang="en">' in seat.get("/members").get_data(as_text=True)
    assert seat.get("/language/zh?next=//elsewhere.example/").location == "/desk/"
    assert "党员名册" in text_of(seat.get("/members"))
    assert seat.get("/language/fr").status_code == 404


def test_what_people_wrote_is_no_markup_in_english_either(sit: Sit, world: World) -> None:
    Member.update(name="<b>支部</b>").where(Member.id == world.member.member.id).execute()
    assert "<b>支部" not in in_english(sit(world.secretary)).get("/members").get_data(as_text=True)
