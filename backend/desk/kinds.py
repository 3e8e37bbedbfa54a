"""The kinds of service: the list, one kind with its questions and history, a second look before it is saved."""

from typing import Any

from flask import Response, request, url_for

from backend.core.errors import NotFound
from backend.core.http import now, parse_values
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import Place
from backend.desk.orders import PRIORITIES
from backend.desk.rules import SECTION, place_of_rules
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.service.catalogue import keeping
from backend.service.catalogue.kinds import TAKER_LABELS
from backend.service.catalogue.schemas import MOST_QUESTIONS, ChangeKind, KindShape, KindVersion, SeenKind, SetKind
from backend.service.catalogue.versions import TYPE_LABELS
from backend.service.teams.skills import list_skills

TEXTS = ("name", "hint", "takers", "priority", "hours", "safeguard")
FLAGS = ("needs_evidence", "on_board", "decides", "fixed")
DONE = {
    "close": "已停办，居民点单时不再看到；在办的工单照常办完",
    "reopen": "已恢复办理",
    "follow-above": "已改回上级的版本",
}


@bp.get("/rules")
@page()
def rules() -> str:
    """Every kind that holds here, with what it asks and whose it is."""
    place = place_of_rules()
    kinds = keeping.list_kinds(current_caller(), place.chosen.code)
    return show("rules.html", place=place, kinds=kinds, may_keep=_may_keep(place), **SECTION)


@bp.get("/rules/kinds/new")
@page()
def new_kind() -> str:
    """The form for a new kind."""
    place = place_of_rules()
    if not _may_keep(place):
        raise NotFound()
    return show("rules_kind_new.html", place=place, old=None, **_words())


@bp.get("/rules/kinds/<kind>")
@page()
def read_kind(kind: str) -> str:
    """A kind with all its parts and versions; for who may, as a form."""
    place = place_of_rules()
    found = _find(place, kind)
    versions = keeping.list_versions(current_caller(), place.chosen.code, kind)
    shown = {"versions": versions, "may_follow": _may_follow(place, found, versions)}
    return show("rules_kind.html", place=place, old=found, **shown, **_words())


@bp.post("/rules/kinds/look")
@page()
def look_at_kind() -> str:
    """What saving would change."""
    code, kind, body = _sent()
    if isinstance(body, ChangeKind):
        changes = keeping.look_at_change(current_caller(), code, kind, body)
    else:
        changes = keeping.look_at_new(current_caller(), code, body)
    return show("rules_kind_look.html", changes=changes, kind=kind)


@bp.post("/rules/kinds")
@page()
def save_kind() -> Response:
    """Add a kind, or write the next version of one."""
    code, kind, body = _sent()
    if isinstance(body, ChangeKind):
        saved = keeping.change_kind(current_caller(), code, kind, body, now=now())
        return _back("已保存，以后的点单按新的来；在办的工单不变", code, saved.code)
    saved = keeping.add_kind(current_caller(), code, body, now=now())
    return _back("已新增，居民点单时就能看到", code, saved.code)


@bp.post("/rules/kinds/<kind>/<step>")
@page()
def take_kind_step(kind: str, step: str) -> Response:
    """Close it, open it again, or follow the organisation above again."""
    if step not in keeping.STEPS:
        raise NotFound()
    code = request.form.get("organization", "")
    body = parse_values(SeenKind, values_of(request.form, "seen"))
    keeping.STEPS[step](current_caller(), code, kind, body, now=now())
    return _back(DONE[step], code, kind)


def _back(message: str, code: str, kind: str) -> Response:
    return done(message, go=url_for("desk.read_kind", kind=kind, organization=code))


def _may_keep(place: Place) -> bool:
    return current_caller().may(Right.KEEP_RULES, place.chosen.path)


def _may_follow(place: Place, own: KindShape, versions: list[KindVersion]) -> bool:
    """Whether it is the organisation's own version, and there is one above to go back to."""
    of_own = own.organization is not None and own.organization.code == place.chosen.code
    return of_own and any(one.until is None and one.organization != own.organization for one in versions)


def _find(place: Place, code: str) -> KindShape:
    kinds = keeping.list_kinds(current_caller(), place.chosen.code)
    found = next((one for one in kinds if one.code == code), None)
    if found is None:
        raise keeping.kind_not_found()
    return found


def _words() -> dict[str, Any]:
    return {
        "takers": TAKER_LABELS,
        "priorities": PRIORITIES,
        "types": TYPE_LABELS,
        "skills": list_skills(),
        "most": MOST_QUESTIONS,
        **SECTION,
    }


def _sent() -> tuple[str, str, SetKind]:
    """The organisation, the kind (none: a new one) and the body that a form gave."""
    form = request.form
    body: dict[str, Any] = {
        **values_of(form, *TEXTS),
        **{name: name in form for name in FLAGS},
        "skills": form.getlist("skills"),
        "questions": [asked for place in range(MOST_QUESTIONS) if (asked := _question(place))],
    }
    kind = form.get("kind", "")
    if kind:
        return form.get("organization", ""), kind, parse_values(ChangeKind, {**body, "seen": form.get("seen", "")})
    return form.get("organization", ""), kind, parse_values(SetKind, body)


def _question(place: int) -> dict[str, Any] | None:
    """One of the questions; a line without words is none."""
    given = values_of(request.form, *(f"q{place}_{part}" for part in ("label", "type", "choices")))
    if f"q{place}_label" not in given:
        return None
    return {
        "label": given[f"q{place}_label"],
        "type": given.get(f"q{place}_type", "text"),
        "required": f"q{place}_required" in request.form,
        "choices": [line.strip() for line in given.get(f"q{place}_choices", "").splitlines() if line.strip()],
    }
