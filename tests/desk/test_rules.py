"""The pages of rules and of operation: what is changed here is changed for all below, and it is seen who did."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.core.rotation import KeyRotation
from backend.messaging.beats import report_missed_runs
from backend.messaging.models import BotSilence, Channel, Delivery, DeliveryState, OutboxEvent
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.models import ReminderRun
from backend.people.desk_logins.administration import NewUser, create_user
from backend.people.models import OrganizationPost, Role
from backend.service.models import ServiceType, TimerRule
from backend.workdays.models import CalendarDay
from tests.cast import SINCE, Person, World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.messaging.makers import happen
from tests.people.test_desk_logins import TODAY

Sit = Callable[[Person | None], Seat]
Calls = Callable[[Any], Api]
TIMER = {
    "organization": "DH",
    "stage": "accept",
    "priority": "III",
    "service_type": "",
    "amount": "2",
    "unit": "working_hours",
    "starts_on": "2026-11-23",
    "source": "县委试行办法",
}


HAIR = {
    "organization": "DH",
    "name": "上门理发",
    "hint": "给行动不便的老人上门理发",
    "takers": "members",
    "priority": "III",
    "hours": "1.5",
    "safeguard": "两人同行。",
    "on_board": "on",
    "q0_label": "哪天方便",
    "q0_type": "choice",
    "q0_choices": "工作日\n\n 周末 ",
    "q0_required": "on",
    "q1_type": "text",
}


@pytest.mark.usefixtures("catalogue")
def test_kinds_are_shown_with_what_they_ask(sit: Sit, world: World) -> None:
    shown = text_of(sit(world.secretary).get("/rules"))
    assert "代购代办" in shown or "跑腿" in shown
    assert "本支部党员、志愿者和服务队" in shown
    assert "新增类别" not in shown
    one = text_of(sit(world.secretary).get("/rules/kinds/errand"))
    assert "由县及以上党委的管理员修改" in one
    assert "停办" not in one
    assert sit(world.secretary).get("/rules/kinds/new").status_code == 404


@pytest.mark.usefixtures("catalogue")
def test_a_kind_is_looked_at_saved_changed_and_closed(sit: Sit, world: World) -> None:
    seat = sit(world.county_officer)
    look = text_of(seat.post("/rules/kinds/look", HAIR))
    assert "将新增" in look
    assert "哪天方便（工作日/周末，必填）" in look
    assert ServiceType.get_or_none(ServiceType.name == "上门理发") is None
    assert seat.post("/rules/kinds", HAIR).status_code == 204
    row = ServiceType.get(ServiceType.name == "上门理发")
    assert (row.hours, row.on_board, row.needs_evidence, len(row.questions)) == (1.5, True, False, 1)
    page = seat.get(f"/rules/kinds/{row.code}")
    assert "改回上级的" not in text_of(page)
    again = {**HAIR, "kind": row.code, "seen": str(row.id), "hint": "理发到家"}
    look = text_of(seat.post("/rules/kinds/look", again))
    assert "说明 给行动不便的老人上门理发 理发到家" in look
    assert "谁能接" not in look
    assert seat.post("/rules/kinds", again).status_code == 204
    late = seat.post("/rules/kinds", again)
    assert (late.status_code, late.get_json()["code"]) == (409, "kind_changed")
    newer = ServiceType.get(ServiceType.code == row.code, ServiceType.version == 2)
    where = {"organization": "DH", "seen": str(newer.id)}
    assert seat.post(f"/rules/kinds/{row.code}/close", where).status_code == 204
    shown = text_of(seat.get(f"/rules/kinds/{row.code}"))
    assert "状态 ：办理 → 停办" in shown
    assert "说明 ：给行动不便的老人上门理发 → 理发到家" in shown
    assert "上门理发 已停办" in text_of(sit(world.secretary).get("/rules"))
    assert "上门理发：停办" in text_of(sit(world.secretary).get("/rules/changes"))
    assert "上门理发" not in text_of(sit(world.secretary).get("/orders/new"))


@pytest.mark.usefixtures("catalogue")
def test_a_county_goes_back_to_the_version_as_installed(sit: Sit, world: World) -> None:
    seat, row = sit(world.county_officer), ServiceType.get(ServiceType.code == "other")
    form = {**HAIR, "kind": "other", "seen": str(row.id)}
    assert seat.post("/rules/kinds", form).status_code == 204
    assert "改回上级的" in text_of(seat.get("/rules/kinds/other"))
    own = ServiceType.get(ServiceType.organization == world.county)
    back = {"organization": "DH", "seen": str(own.id)}
    assert seat.post("/rules/kinds/other/follow-above", back).status_code == 204
    assert "其他诉求" in text_of(seat.get("/rules/kinds/other"))


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"hours": "半天"}, "hours"),
        ({"takers": "all"}, "takers"),
        ({"q0_choices": "工作日"}, "questions.0"),
        ({"q0_type": "picture"}, "questions.0.type"),
        ({"skills": "flying"}, "skills"),
    ],
)
def test_a_faulty_kind_names_its_field_before_and_when_it_is_saved(
    sit: Sit, world: World, changed: dict[str, str], field: str
) -> None:
    for path in ("/rules/kinds/look", "/rules/kinds"):
        answer = sit(world.county_officer).post(path, {**HAIR, **changed})
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, field)
    assert sit(world.secretary).post("/rules/kinds", {**HAIR, "organization": "DH-01-01"}).status_code == 403
    assert sit(world.county_officer).post("/rules/kinds/other/burn", HAIR).status_code == 404
    assert sit(world.county_officer).get("/rules/kinds/nothing").status_code == 404


@pytest.mark.usefixtures("catalogue")
def test_an_officer_sets_an_allowance_and_everybody_below_sees_it_and_who_did(sit: Sit, world: World) -> None:
    officer, sun = sit(world.county_officer), sit(world.secretary)
    before = text_of(sun.get("/rules/timers"))
    assert "2 个工作小时" not in before
    assert "改一条时限" not in before
    assert officer.post("/rules/timers", TIMER).status_code == 204
    assert "2 个工作小时 大河县委，2026-11-23 起" in text_of(sun.get("/rules/timers"))
    assert "停用" not in text_of(sun.get("/rules/timers"))
    assert "2 个工作小时 大河县委，2026-11-23 起 停用" in text_of(officer.get("/rules/timers"))
    changes = text_of(sun.get("/rules/changes"))
    assert "调整办理时限" in changes
    assert "吴远" in changes
    assert "县委试行办法" in changes
    row = TimerRule.get(TimerRule.organization == world.county)
    assert sun.post(f"/rules/timers/{row.id}/withdraw", {"organization": "DH"}).status_code in {403, 404}
    assert officer.post(f"/rules/timers/{row.id}/withdraw", {"organization": "DH"}).status_code == 204
    assert "2 个工作小时 大河县委" not in text_of(sun.get("/rules/timers"))


def test_a_faulty_allowance_names_its_field(sit: Sit, world: World) -> None:
    answer = sit(world.county_officer).post("/rules/timers", {**TIMER, "amount": "soon"})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "amount")
    assert sit(world.secretary).post("/rules/timers", {**TIMER, "organization": "DH-01-01"}).status_code == 403


def test_a_day_is_declared_and_taken_back(sit: Sit, world: World) -> None:
    officer, sun = sit(world.county_officer), sit(world.secretary)
    day = {"organization": "DH", "on": "2026-12-28", "working": "false", "reason": "本地节日"}
    assert officer.post("/rules/calendar", day).status_code == 204
    assert "本地节日" in text_of(sun.get("/rules/calendar"))
    assert "登记一天" not in text_of(sun.get("/rules/calendar"))
    assert sun.post("/rules/calendar", {**day, "organization": "DH-01-01"}).status_code == 403
    assert "2026-12-28" in text_of(sun.get("/rules/changes"))
    assert officer.post("/rules/calendar/2026-12-28/withdraw", {"organization": "DH"}).status_code == 204
    assert officer.post("/rules/calendar/never/withdraw", {"organization": "DH"}).status_code == 404
    assert CalendarDay.select().where(CalendarDay.organization == world.county).count() == 0


def test_every_figure_has_its_clause(sit: Sit, world: World) -> None:
    shown = text_of(sit(world.secretary).get("/rules/figures"))
    for clause in ("第十一条", "第十六条", "第三十四条", "解决率"):
        assert clause in shown


def test_rules_of_another_tree_are_not_there(sit: Sit, world: World) -> None:
    for path in ("/rules", "/rules/timers", "/rules/calendar", "/rules/figures", "/rules/changes"):
        assert sit(world.secretary).get(f"{path}?organization=NS-01").status_code == 404, path


# ---------------------------------------------------------------- operation


def test_operation_says_what_to_do_and_how_far_a_rotation_is(sit: Sit, world: World, clock: FakeClock) -> None:
    KeyRotation.create(name="member", target="x" * 32, done_up_to=400, changed=380)
    BotSilence.create(since=clock(), until=clock())
    happen("lesson.published", clock(), at=world.branch)
    Delivery.create(
        event=OutboxEvent.get(),
        rule="x",
        channel=Channel.SUBSCRIBE_MESSAGE,
        target="a",
        state=DeliveryState.DEAD,
        available_at=clock(),
        fault="refused (43101)",
    )
    seat = sit(world.county_officer)
    shown = text_of(seat.get("/operation"))
    assert "member：到第 400 行，已换 380 行" in shown
    assert "refused (43101)" in shown
    assert "refused (43101) —" not in shown
    assert "没有停过" not in text_of(seat.get("/operation/silences"))


def test_a_reminder_missed_by_the_bot_says_what_became_of_it(sit: Sit, world: World, clock: FakeClock) -> None:
    seed_reminder_rules()
    BotSilence.create(since=clock() - timedelta(days=9), until=clock())
    missed = report_missed_runs(timezone=SHANGHAI, now=clock()).slots
    assert {one.outcome_label for one in missed} == {"已跳过，不再补发", "稍后补问"}
    seat = sit(world.county_officer)
    shown = text_of(seat.get("/operation/silences"))
    assert shown.count("已跳过，不再补发") == sum(one.outcome_label == "已跳过，不再补发" for one in missed)
    waiting = next(one for one in missed if one.outcome_label == "稍后补问")
    by = f"{waiting.ask_until.month}月{waiting.ask_until.day}日"
    due = waiting.due_at.astimezone(SHANGHAI)
    assert f"{waiting.label} {due:%m-%d %H:%M} 稍后补问 最迟 {by}" in shown
    assert "已补问" not in shown
    ReminderRun.create(rule=waiting.rule, on=due.date(), at=f"{due:%H:%M}", ran_at=clock(), told=1)
    assert "已补问 11-23 09:00" in text_of(seat.get("/operation/silences"))


def test_users_are_those_of_ones_own_tree(sit: Sit, world: World, clock: FakeClock) -> None:
    create_user(NewUser("sun", None, world.secretary.account.public_id, None, None), today=TODAY, now=clock())
    sit(world.secretary).get("/")
    shown = text_of(sit(world.county_officer).get("/operation/users"))
    assert "sun 孙立新 大河社区第一党支部 书记 待改密码 1 处" in shown
    OrganizationPost.create(
        organization=world.host_branch, account=world.neighbour.account, role=Role.AUDITOR, starts_on=SINCE
    )
    assert "孙立新" not in text_of(sit(world.neighbour).get("/operation/users"))
    assert sit(world.secretary).get("/operation/users").status_code == 404


def test_an_auditor_follows_one_person(sit: Sit, world: World, api: Calls) -> None:
    OrganizationPost.create(organization=world.county, account=world.member.account, role=Role.AUDITOR, starts_on=SINCE)
    api(world.secretary).get(f"/organizations/{world.branch.code}/members.xlsx")
    seat = sit(world.member)
    assert f"actor={world.secretary.account.public_id}" in seat.get("/operation/audit").text
    of_him = text_of(seat.get(f"/operation/audit?actor={world.secretary.account.public_id}"))
    assert "导出名册" in of_him
    assert (
        "导出名册"
        not in text_of(seat.get(f"/operation/audit?actor={world.resident.account.public_id}")).split("用途")[1]
    )
