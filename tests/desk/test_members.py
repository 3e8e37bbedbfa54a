"""The pages about members: who is exempt, and that nobody learns why without saying what for."""

from collections.abc import Callable

import pytest

from backend.core.audit import AuditEntry
from backend.people.exemptions.models import MemberExemption
from backend.people.models import Member, OrganizationPost, Role
from tests.cast import SINCE, Person, World
from tests.desk.conftest import Seat, text_of
from tests.people.roster.files import HEADER, person

Sit = Callable[[Person | None], Seat]


@pytest.fixture
def asked(sit: Sit, world: World) -> str:
    """An exemption that the secretary asked for; the id."""
    form = {
        "organization": "DH-01-01",
        "member": world.member.member.public_id,
        "reason": "ill",
        "note": "术后休养",
        "since_on": "2026-11-23",
        "until_on": "2027-05-31",
    }
    assert sit(world.secretary).post("/members/exemptions", form).status_code == 204
    return str(MemberExemption.get().public_id)


def test_an_exemption_is_asked_for_and_decided_by_somebody_else(sit: Sit, world: World, asked: str) -> None:
    OrganizationPost.create(
        organization=world.branch, account=world.second_member.account, role=Role.ORGANIZATION_MEMBER, starts_on=SINCE
    )
    seat, other = sit(world.secretary), sit(world.second_member)
    shown = text_of(seat.get("/members/exemptions"))
    assert "第二十三条" in shown
    assert "等另一位班子成员审批" in shown
    assert "免予考核待审批" in text_of(other.get("/"))
    assert seat.post(f"/members/exemptions/{asked}/approve").status_code == 403
    assert other.post(f"/members/exemptions/{asked}/approve").status_code == 204
    assert "免予考核待审批" not in text_of(other.get("/"))
    assert other.post(f"/members/exemptions/{asked}/deny").status_code == 409
    assert seat.post(f"/members/exemptions/{asked}/end").status_code == 204
    assert MemberExemption.get().state == "ended"
    assert seat.post(f"/members/exemptions/{asked}/forget").status_code == 404


def test_the_reason_is_shown_for_a_purpose_and_the_look_is_logged(sit: Sit, world: World, asked: str) -> None:
    seat = sit(world.secretary)
    page = text_of(seat.get("/members/exemptions"))
    assert "术后休养" not in page
    assert seat.post(f"/members/exemptions/{asked}/reveal").status_code == 422
    assert "术后休养" in text_of(seat.post(f"/members/exemptions/{asked}/reveal", prompt="审批前核对"))
    assert AuditEntry.select().where(AuditEntry.action == "exemption.reveal").count() == 1


def test_an_exemption_of_another_branch_is_not_there(sit: Sit, world: World, asked: str) -> None:
    seat = sit(world.host_secretary)
    for verdict in ("approve", "end", "reveal"):
        assert seat.post(f"/members/exemptions/{asked}/{verdict}", prompt="看看").status_code == 404
    assert seat.get("/members/exemptions?organization=DH-01-01").status_code == 404


def test_a_term_that_is_too_long_names_its_reason(sit: Sit, world: World) -> None:
    form = {
        "organization": "DH-01-01",
        "member": world.member.member.public_id,
        "reason": "old",
        "since_on": "2026-11-23",
        "until_on": "2028-11-23",
    }
    answer = sit(world.secretary).post("/members/exemptions", form)
    assert (answer.status_code, MemberExemption.select().count()) == (422, 0)


def test_a_table_pasted_with_strange_spaces_is_taken_in(sit: Sit, world: World) -> None:
    seat = sit(world.secretary)
    one, other = person(1), person(2)
    strange = [f"\u3000{one[0][0]}\u3000{one[0][1:]}\u00a0", f"{one[1]}\u200b", f"\u00a0{one[2]} ", *one[3:]]
    pasted = "\r\n".join("\t".join(row) for row in (HEADER, strange, other)) + "\r\n\u3000\t\t\t\t\t\r\n"
    form = {"organization": "DH-01-01", "way": "check", "pasted": pasted}
    before = Member.select().count()
    assert "检查通过" in text_of(seat.post("/members/import", form))
    assert Member.select().count() == before
    assert "新增 2" in text_of(seat.post("/members/import", {**form, "way": "apply"}))
    assert Member.select().where(Member.name == one[0]).count() == 1


def test_a_pasted_table_without_its_head_is_refused_in_words(sit: Sit, world: World) -> None:
    form = {"organization": "DH-01-01", "way": "apply", "pasted": "\t".join(person(1))}
    answer = sit(world.secretary).post("/members/import", form)
    assert answer.status_code == 422
    assert "表头" in answer.get_json()["message"] or "姓名" in answer.get_json()["message"]
