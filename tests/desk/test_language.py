"""English at the desk: nothing that a page says is missing from the catalogue, and names stay names."""

import ast
import json
import re
from collections.abc import Callable
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from backend.core.phrases import PHRASES
from backend.desk import language
from backend.desk.language import CATALOGUE, COOKIE, ENGLISH, HAN, HOLE, pieces_of
from backend.people.models import Member
from tests.cast import Person, World
from tests.desk.conftest import Seat, text_of
from tests.desk.test_pages import PAGES
from tests.desk.test_rules import HAIR, TIMER
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


# what refuses: its words are shown beside a form
REFUSING = {
    *("AppError", "NotFound", "Forbidden", "Unauthorized", "Conflict", "Invalid", "TooMany", "Unavailable"),
    *("invalid_field", "ValueError"),
}
CODE = re.compile(r"[a-z][a-z0-9_]+")
KEPT_AS = {"message", "sentence"}
SILENT = {"demo", "chat", "retention"}  # rooms and parts whose words no form of the desk shows


def words_of(node: ast.expr) -> set[str]:
    """The texts that a value may be as they stand in a module, with holes where they are filled in."""
    if isinstance(node, ast.IfExp):
        return words_of(node.body) | words_of(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)}
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def told_by(node: ast.AST) -> list[ast.expr]:
    """What a piece of a module refuses with: given to an error, kept as its message, or standing beside a code."""
    if isinstance(node, ast.Call):
        named = node.func.id if isinstance(node.func, ast.Name) else ""
        told = [*node.args, *(word.value for word in node.keywords)] if named in REFUSING else []
        return told + beside_codes(node.args)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in KEPT_AS:
        return [node.value]
    return beside_codes(node.elts) if isinstance(node, ast.Tuple) else []


def beside_codes(listed: list[ast.expr]) -> list[ast.expr]:
    """What stands beside the code of a refusal, or beside its status."""
    pairs = list(pairwise(listed))
    by_status = [text for status, text in pairs if isinstance(status, ast.Constant) and status.value in range(400, 500)]
    return by_status + [text for code, text in pairs if any(CODE.fullmatch(one) for one in words_of(code))]


def refusals_in(source: str) -> set[str]:
    """Every sentence of a module that refuses."""
    told = [one for node in ast.walk(ast.parse(source)) for one in told_by(node)]
    return {words for one in told for words in words_of(one) if HAN.search(words)}


def in_english(seat: Seat) -> Seat:
    seat.client.set_cookie(COOKIE, ENGLISH, path="/desk", secure=True)
    return seat


@pytest.mark.parametrize("template", sorted(DESK.rglob("*.html")), ids=lambda path: path.name)
def test_all_that_a_template_says_is_in_the_catalogue(template: Path) -> None:
    assert set(pieces_of(template.read_text(encoding="utf-8"))) - NO_SENTENCE - catalogue().keys() == set()


@pytest.mark.parametrize("module", sorted(DESK.glob("*.py")), ids=lambda path: path.name)
def test_all_that_the_desk_says_by_itself_is_in_the_catalogue(module: Path) -> None:
    assert said_in(module.read_text(encoding="utf-8")) - catalogue().keys() == set()


ROOMS = sorted(one for one in DESK.parent.iterdir() if one.is_dir())


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.name)
def test_every_refusal_of_a_lower_room_is_in_the_catalogue(room: Path) -> None:
    modules = [path for path in room.rglob("*.py") if not SILENT & set(path.parts)]
    said = set().union(*(refusals_in(path.read_text(encoding="utf-8")) for path in modules), PHRASES.values())
    assert {one for one in said if language.in_english(one) == one} == set()


def test_the_look_for_refusals_finds_them() -> None:
    lines = (
        'A = ("day_past", "过去了")',
        'raise Conflict("late", f"已过{n}天")',
        'raise invalid_field("on", "bad", "不对")',
        'sentence = f"{n}次" if n else "没有"',
        'log("记下")',
    )
    assert refusals_in("\n".join(lines)) == {"过去了", "已过{}天", "不对", "{}次", "没有"}


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("/rules/timers", {"amount": "soon"}, "Must be a whole number"),
        ("/rules/timers", {"starts_on": "2026-11-01"}, "Choose today or a later day: time limits of the past stay"),
        ("/rules/calendar", {"on": "2020-01-01", "working": "true", "reason": "过节"}, "Days of the past stay"),
        ("/rules/kinds", {"name": "公共设施报修"}, "There is a kind of this name"),
        ("/rules/timers/1/withdraw", {}, "No such time limit"),
    ],
)
def test_a_refusal_of_a_form_is_told_in_english(
    sit: Sit, desk: Desk, path: str, form: dict[str, str], words: str
) -> None:
    base = HAIR if path == "/rules/kinds" else TIMER
    answer = in_english(sit(desk.world.county_officer)).post(path, {**base, **form})
    told = answer.get_json()
    assert answer.status_code in {404, 422}
    assert words in json.dumps(told)
    assert not HAN.search(told["message"] + "".join(one["message"] for one in told.get("errors", [])))


def test_the_second_of_two_is_told_in_english_what_was_done_meanwhile(sit: Sit, desk: Desk) -> None:
    number, seat = desk.submitted(), in_english(sit(desk.world.secretary))
    assert seat.post(f"/orders/{number}/accept", {"_seen": "1"}).status_code == 204
    told = seat.post(f"/orders/{number}/accept", {"_seen": "1"}).get_json()
    assert told["code"] == "illegal_transition"
    assert not HAN.search(told["message"] + told["now"])
    assert "Accepted" in told["now"]


def test_a_form_that_is_too_large_says_so(sit: Sit, desk: Desk) -> None:
    told = sit(desk.world.secretary).post("/rules/timers", {**TIMER, "source": "长" * 1_000_000})
    assert (told.status_code, told.get_json()["code"]) == (413, "too_large")


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
