"""Rosters taken in over HTTP: whole or not at all, twice without effect, each fault with its sentence."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from backend.core.audit import AuditEntry
from backend.core.crypto import opened
from backend.people.models import Member, Membership
from backend.people.roster.reading import read_table
from tests.cast import Person, World
from tests.conftest import Answer, Api
from tests.people.roster.files import HEADER, csv_text, far_corner, identity, ods, person, workbook, zip_bomb

Client = Callable[[Person | None], Api]
Send = Callable[..., Answer]


@pytest.fixture
def send(app: Flask, world: World) -> Send:
    """Sends a file as the secretary, or as somebody else."""

    def sending(content: bytes, *, by: Person | None = None, code: str = "DH-01-01", dry_run: bool = False) -> Answer:
        token = (by or world.secretary).token
        with app.test_client().post(
            f"/api/v1/organizations/{code}/imports" + ("?dry_run=true" if dry_run else ""),
            data={"file": (io.BytesIO(content), "名册.xlsx")},
            headers={"Authorization": f"Bearer {token}"},
        ) as answer:
            body = answer.get_json()
        Member._meta.database.connect(reuse_if_open=True)
        return Answer(answer.status_code, body, answer.headers)

    return sending


def newcomers() -> list[Member]:
    """Members that the cast does not have."""
    return list(Member.select().where(Member.identity_index.is_null(False)).order_by(Member.id))


def test_a_roster_comes_in_and_again_changes_nothing(send: Send, world: World) -> None:
    file = workbook([HEADER, *(person(number) for number in range(30))])
    tried = send(file, dry_run=True).data
    assert (tried["created"], tried["applied"], len(newcomers())) == (30, False, 0)
    done = send(file).data
    assert (done["rows"], done["created"], done["applied"]) == (30, 30, True)
    first = newcomers()[0]
    assert (first.name, first.status, first.joined_on) == ("赵梅梅", "full", date(2010, 7, 1))
    assert (opened(first.identity), opened(first.phone)) == (identity(0), "13800000000")
    assert (first.organization_id, first.name_pinyin, first.name_initials) == (world.branch.id, "zhaomeimei", "zmm")
    assert Membership.select().where(Membership.member == first.id, Membership.kind == "home").count() == 1
    again = send(file).data
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 30)
    assert len(newcomers()) == 30
    assert [row.action for row in AuditEntry.select()] == ["roster.import"] * 2


def test_a_changed_row_updates_and_an_empty_cell_leaves_alone(send: Send, world: World) -> None:
    send(workbook([HEADER, person(1), person(2)]))
    changed = person(1, 手机号码="13900009999", 入党日期="", 人员类别="预备党员")
    report = send(workbook([HEADER, changed, person(2, 手机号码="")])).data
    assert (report["updated"], report["unchanged"]) == (1, 1)
    first, second = newcomers()
    assert (opened(first.phone), first.joined_on, first.status) == ("13900009999", date(2010, 7, 1), "probationary")
    assert opened(second.phone) == "13800000002"


def test_a_member_without_a_number_is_found_by_name_and_branch(send: Send, world: World) -> None:
    before = Member.select().count()
    row = person(7, 姓名="钱晓梅")
    assert send(workbook([HEADER, row])).data["updated"] == 1
    assert Member.select().count() == before
    assert opened(Member.get_by_id(world.member.member.id).identity) == identity(7)
    assert send(workbook([HEADER, person(8, 姓名="钱晓梅")])).data["created"] == 1  # a namesake with another number
    unclear = send(workbook([HEADER, person(8, 姓名="钱晓梅", 公民身份号码="")]))
    assert "多位同名" in unclear.body["errors"][0]["message"]


def test_branches_below_are_named_by_code_others_are_unknown(send: Send, world: World) -> None:
    file = workbook([HEADER, person(1, 党组织代码="DH-01-01"), person(2)])
    assert send(file, by=world.county_officer, code="DH").data["created"] == 2
    assert [row.organization_id for row in newcomers()] == [world.branch.id, world.county.id]
    for code in ("NS-01", "DH", "没有"):
        refused = send(workbook([HEADER, person(3, 党组织代码=code)]))
        assert "没有这个党组织代码" in refused.body["errors"][0]["message"]
    moved = send(workbook([HEADER, person(1)]), by=world.county_officer, code="NS-01")
    assert "另一个党组织" in moved.body["errors"][0]["message"]


@pytest.mark.parametrize(
    ("column", "value", "sentence", "shown"),
    [
        ("公民身份号码", identity(5)[:6] + identity(5)[8:17], "15 位旧身份证号", "511**********05"),
        ("公民身份号码", identity(5)[:17] + ("1" if identity(5)[17] != "1" else "2"), "校验不符", None),
        ("公民身份号码", "511622199013451234", "出生日期不存在", "511*************34"),
        ("公民身份号码", "无", "18 位公民身份号码", "*"),
        ("手机号码", "1234", "11 位手机号", "****34"),
        ("人员类别", "群众", "正式党员", "群众"),
        ("人员类别", "", "正式党员", ""),
        ("入党日期", "去年", "应为日期", "去年"),
        ("入党日期", "2010-02-30", "没有这一天", "2010-02-30"),
        ("入党日期", "2030-01-01", "1921-07-01", "2030-01-01"),
        ("姓名", "", "必须填写姓名", ""),
        ("姓名", "=cmd()", "不能有数字、公式", "=*****"),
        ("姓名", "李4", "汉字", "李*"),
    ],
)
def test_a_faulty_cell_is_named_masked_and_explained(
    send: Send, column: str, value: str, sentence: str, shown: str | None
) -> None:
    file = workbook([["二〇二六年名册"], HEADER, person(1), person(5, **{column: value})])
    (fault,) = send(file, dry_run=True).data["faults"]
    assert (fault["row"], fault["column"]) == (4, column)
    assert sentence in fault["message"]
    if shown is not None:
        assert fault["value"] == shown
    refused = send(file)
    assert (refused.status, refused.code) == (422, "roster_faulty")
    assert refused.body["errors"][0]["field"] == f"第 4 行 {column}"
    assert newcomers() == []


@pytest.mark.parametrize(
    "row",
    [
        person(5, 入党日期="2010/7/1"),
        person(5, 入党日期="2010年7月1日"),
        person(5, 入党日期="20100701"),
        person(5, 手机号码="１３８００００００５０"),
        person(5, 手机号码="138-0000-0050"),
        person(5, 公民身份号码=identity(5).translate(str.maketrans("0123456789X", "０１２３４５６７８９ｘ"))),
        person(5, 姓名=" 李　梅梅 "),
        person(5, 姓名="阿卜杜拉•买买提"),
        person(5, 人员类别="正式"),
    ],
)
def test_what_people_type_is_understood(send: Send, row: list[str]) -> None:
    assert send(workbook([HEADER, row])).data["created"] == 1
    assert opened(newcomers()[0].identity) == identity(5)


def test_numbers_and_days_as_the_spreadsheet_stores_them(send: Send) -> None:
    row: list[Any] = [*person(5)]
    row[2] = 13800000005
    assert send(workbook([HEADER, row])).data["created"] == 1
    assert opened(newcomers()[0].phone) == "13800000005"


def test_a_title_and_a_header_over_two_rows(send: Send) -> None:
    upper = ["姓 名", "证件", "联系", "*人员类别（必填）", "入党时间", "党组织代码"]
    lower = ["", "身份证号", "手机号", "", "", ""]
    file = workbook([["大河社区党员名册"], [], ["填报日期：2026-11-23"], upper, lower, person(1), [], person(2)])
    assert send(file).data["created"] == 2


def test_the_same_person_twice_names_both_rows(send: Send) -> None:
    (fault,) = send(workbook([HEADER, person(1), person(2), person(1)]), dry_run=True).data["faults"]
    assert (fault["row"], fault["message"]) == (4, "与第 2 行的身份号码重复")
    nameless = person(3, 公民身份号码="")
    faults = send(workbook([HEADER, nameless, nameless]), dry_run=True).data["faults"]
    assert [fault["row"] for fault in faults] == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_as_offices_save_it(send: Send, encoding: str) -> None:
    assert send(csv_text([HEADER, person(1), person(2)]).encode(encoding)).data["created"] == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"%PDF-1.7\n\x00\x01binary", "unreadable_file"),
        (b"PK\x03\x04 not really", "unreadable_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unreadable_file"),
        ("今天天气不错\n".encode(), "no_header"),
        (workbook([["姓名", "手机号码"], ["李梅", "13800000001"]]), "missing_column"),
        (workbook([HEADER]), "empty_roster"),
        (workbook([HEADER, person(1)], formula=("D5", "=A1")), "formula"),
        (zip_bomb(420), "too_large_inside"),
        (far_corner(), "unreadable_file"),
        (ods([HEADER, person(1)], formula=True), "formula"),
        (ods([HEADER, person(1)], repeated=1_000_000), "unreadable_file"),
    ],
)
def test_what_is_no_roster_is_refused_with_a_sentence(send: Send, content: bytes, code: str) -> None:
    for dry_run in (True, False):
        answer = send(content, dry_run=dry_run)
        assert (answer.status, answer.code) == (422, code)
        assert answer.message
    assert newcomers() == []


def test_an_open_document_is_read_like_the_others(send: Send) -> None:
    assert send(ods([HEADER, person(1), person(2)])).data["created"] == 2


def test_of_200_000_empty_rows_nothing_is_left(tmp_path: Path) -> None:
    rows: list[list[str]] = [HEADER, person(1), *([[""] * 6] * 200_000), person(2)]
    for content in (csv_text(rows).encode(), workbook(rows)):
        file = tmp_path / "roster"
        file.write_bytes(content)
        assert [row.number for row in read_table(file)] == [1, 2, 200_003]


def test_who_may_import(send: Send, world: World) -> None:
    file = workbook([HEADER, person(1)])
    for who, status in (
        (world.member, 403),
        (world.volunteer, 403),
        (world.resident, 404),
        (world.host_secretary, 404),
    ):
        assert send(file, by=who).status == status
    assert send(file, by=world.county_officer).status == 200


def test_no_file_is_said(api: Client, world: World) -> None:
    assert api(world.secretary).post("/organizations/DH-01-01/imports").status == 422
