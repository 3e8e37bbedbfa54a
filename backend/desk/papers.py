"""What a meeting leaves on paper, and what it studies: minutes with decisions, tasks and files; material from packs."""

from typing import Any

from flask import Response, request, url_for

from backend.branch_life.minutes import service
from backend.branch_life.minutes.schemas import MinutesText, WriteMinutes
from backend.core.http import now, parse_values, settings
from backend.desk.forms import upload_each
from backend.desk.frame import bp, done, page, values_of
from backend.learning.lessons.service import Actor
from backend.learning.packs import materials
from backend.learning.packs.schemas import ChooseMaterials
from backend.people.caller import current_caller

UPLOADS = 120_000_000  # bytes of minutes with their pictures and documents
VOTES = ("yes", "no", "abstain")
FEWEST_ROWS = 3
LONGEST_NAME = 60


def paper_of(activity_id: str) -> dict[str, Any]:
    """The records and the material of a meeting, and how many decisions its form has room for."""
    records = service.read_minutes(current_caller(), activity_id, now=now())
    decided = len(records.minutes.decisions) if records.minutes else 0
    return {
        "records": records,
        "rows": range(max(FEWEST_ROWS, decided + 1)),
        "materials": materials.show_materials(activity_id, _actor()),
    }


def _actor() -> Actor:
    return Actor(current_caller(), settings().timezone, now())


@bp.post("/activities/<activity_id>/minutes")
@page(uploads=UPLOADS)
def write_minutes(activity_id: str) -> Response:
    """Write the minutes; quorum and votes are worked out from the roll. What is not struck out stays."""
    known = service.read_minutes(current_caller(), activity_id, now=now()).minutes
    rows = max(FEWEST_ROWS, (len(known.decisions) if known else 0) + 1)
    body = {
        "text": request.form.get("text", ""),
        "decisions": [found for number in range(rows) if (found := _decision(number, known))],
        "pictures": [*request.form.getlist("kept_picture"), *(one for one, _ in upload_each("pictures"))],
        "documents": [*_kept_documents(known), *_new_documents()],
    }
    service.write_minutes(current_caller(), activity_id, parse_values(WriteMinutes, body), now=now())
    return done("会议记录已保存", go=url_for("desk.read_activity", activity_id=activity_id))


def _kept_documents(known: MinutesText | None) -> list[dict[str, str]]:
    kept = set(request.form.getlist("kept_document"))
    return [{"id": one.id, "name": one.name} for one in (known.documents if known else []) if one.id in kept]


def _new_documents() -> list[dict[str, str]]:
    return [{"id": one, "name": name[:LONGEST_NAME]} for one, name in upload_each("documents")]


def _decision(number: int, known: MinutesText | None) -> dict[str, Any] | None:
    text = request.form.get(f"decision-{number}", "").strip()
    votes = values_of(request.form, *(f"{name}-{number}" for name in VOTES))
    if not text:
        return None
    counted = {name: votes.get(f"{name}-{number}", "0") for name in VOTES} if votes else None
    decision = {"text": text, "tasks": [*_kept_tasks(number, known), *_new_task(number)]}
    return {**decision, **({"votes": counted} if counted else {})}


def _kept_tasks(number: int, known: MinutesText | None) -> list[dict[str, Any]]:
    """Tasks go with their decision, unless they were struck out."""
    if known is None or number >= len(known.decisions):
        return []
    struck = set(request.form.getlist("struck_task"))
    tasks = known.decisions[number].tasks
    return [{"text": one.text, "member": one.member, "due_on": one.due_on} for one in tasks if one.id not in struck]


def _new_task(number: int) -> list[dict[str, str]]:
    """One more task for a decision; half of one is refused by its fields."""
    given = values_of(request.form, *(f"task_{name}-{number}" for name in ("text", "member", "due_on")))
    return [{name.split("-")[0].removeprefix("task_"): value for name, value in given.items()}] if given else []


@bp.post("/activities/<activity_id>/materials")
@page()
def choose_materials(activity_id: str) -> Response:
    """What a meeting is to study, in the order of the list."""
    body = parse_values(ChooseMaterials, {"items": request.form.getlist("items")})
    materials.choose_materials(activity_id, body, _actor())
    return done("学习材料已保存", go=url_for("desk.read_activity", activity_id=activity_id))
