"""A body for every action that the machine accepts."""

from typing import Any

from backend.service.orders.workflow import Action

NOTE = {"note": "备注"}
CONTACTED = "2026-11-23T09:00:00+08:00"


def body_of(world: Any, action: Action) -> dict[str, Any]:
    """What a client would send."""
    to_volunteer = {"kind": "member", "id": world.volunteer.member.public_id}
    special: dict[Action, dict[str, Any]] = {
        Action.REFUSE: {"reason": "beyond_powers", **NOTE},
        Action.DISPATCH: {"target": to_volunteer},
        Action.TRANSFER: {"target": {"kind": "pool"}, **NOTE},
        Action.FIRST_CONTACT: {"way": "phone"},
        Action.COMPLETE: {
            "truthful": True,
            "contacted_at": CONTACTED,
            "solved": True,
            "public_reply": "已更换灯泡，感谢监督。",
        },
        Action.MERGE: {"parent": "261123-000000"},
        Action.ADD_COHANDLER: {"member": world.member.member.public_id, "due_at": "2026-11-25T09:00:00+08:00"},
        Action.HOLD: {"until": "2026-11-30T09:00:00+08:00", **NOTE},
        Action.EXTEND: {"until": "2026-12-05T09:00:00+08:00", **NOTE},
        Action.RETURN: {"reason": "unclear_owner", **NOTE},
        Action.CALL_BACK: {"reached": True, "agrees": True},
        Action.WRITE_DOWN: {"text": "三单元的灯坏了"},
        Action.ROUTE: {"organization": "NS-01"},
        Action.RULE: {"member": world.volunteer.member.public_id, **NOTE},
        Action.REFER: {"receiver": "12345热线", "receipt_number": "TS-2026-1"},
        Action.FOLLOW_UP: {"reached": True, "solved": True, "satisfaction": "satisfied"},
        Action.CONFIRM: {"solved": True, "satisfaction": "satisfied"},
    }
    return special.get(action, NOTE)
