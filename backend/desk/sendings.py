"""What is sent to very many: how far it is, with a hand on the brake; what limits it, and what is left to send."""

from typing import Any

from flask import Response, request, url_for

from backend.core.errors import Forbidden, NotFound
from backend.core.http import now, parse_values, settings
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import home_of, place_for
from backend.messaging import burden, grants, limit_settings
from backend.messaging.fan_outs import service as fan_outs
from backend.messaging.fan_outs.schemas import FanOutQuery
from backend.messaging.fan_outs.workflow import FanOutStep
from backend.messaging.schemas import BurdenQuery, ChangeLimits
from backend.people.caller import current_caller
from backend.people.permissions import Right

SECTION = {"section": "desk.group_chats"}
STEP_LABELS = {FanOutStep.PAUSE: "暂停", FanOutStep.RESUME: "继续", FanOutStep.CANCEL: "取消发送"}
SECOND_LOOKS = {FanOutStep.CANCEL: "取消后不能恢复，还没发的都不再发；已经收到的人不受影响。确定取消？"}


@bp.get("/messages/sendings")
@page()
def sendings() -> str:
    """Sendings to more than five hundred readers, newest first."""
    caller = current_caller()
    home = home_of(caller, Right.STEER_SENDINGS)
    if home is None:
        raise Forbidden()
    query = parse_values(FanOutQuery, {"limit": 20, **values_of(request.args, "organization", "cursor")})
    found = fan_outs.list_fan_outs(caller, query)
    return show("sendings.html", home=home, sendings=found.items, cursor=found.next_cursor, **_words(), **SECTION)


def _words() -> dict[str, Any]:
    return {"labels": STEP_LABELS, "second_looks": SECOND_LOOKS}


@bp.get("/messages/sendings/<fan_out_id>")
@page()
def read_sending(fan_out_id: str) -> str:
    """One of them: its bar again, every few seconds while it runs."""
    found = fan_outs.show_fan_out(current_caller(), fan_out_id)
    return show("sending_part.html", one=found, **_words())


@bp.post("/messages/sendings/<fan_out_id>/<step>")
@page()
def step_sending(fan_out_id: str, step: str) -> str:
    """Pause, resume or cancel; answers with where it stands."""
    wanted = next((one for one in STEP_LABELS if one.value == step), None)
    if wanted is None:
        raise NotFound()
    found = fan_outs.step_fan_out(current_caller(), fan_out_id, wanted, now=now())
    return show("sending_part.html", one=found, **_words())


@bp.get("/messages/limits")
@page()
def message_limits() -> str:
    """Quiet hours and the cap with their sources, what they cost and save, and how much may still be sent."""
    caller = current_caller()
    place = place_for(caller, request.args.get("organization"), Right.SEE_NUMBERS)
    code = place.chosen.code
    return show(
        "limits.html",
        place=place,
        limits=limit_settings.list_limits_here(code),
        left=grants.left_below(caller, code),
        cost=burden.read_burden(caller, code, BurdenQuery(), timezone=settings().timezone, now=now()),
        may_set=caller.may(Right.STEER_SENDINGS, place.chosen.path),
        **SECTION,
    )


@bp.post("/messages/limits")
@page()
def change_limits() -> Response:
    """Set figures for an organisation and all below it; an empty field takes one back."""
    code = request.form.get("organization", "")
    given = {name: request.form[name].strip() or None for name in ChangeLimits.model_fields if name in request.form}
    limit_settings.change_limits(current_caller(), code, parse_values(ChangeLimits, given), now=now())
    return done("已保存，改动留在审计记录里", go=url_for("desk.message_limits", organization=code))
