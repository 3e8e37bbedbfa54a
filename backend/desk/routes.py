"""Every page of the desk hangs on one blueprint; importing this module gives it them all."""

from backend.desk import (  # noqa: F401 - a page that is imported hangs on the blueprint
    branch,
    calls,
    dead_letters,
    directions,
    doors,
    exemptions,
    figures,
    groups,
    kinds,
    lessons,
    members,
    numbers,
    operation,
    orders,
    packs,
    papers,
    partners,
    pleas,
    reminders,
    review,
    rules,
    schedules,
    sendings,
    surveys,
    today,
    wording,
)
from backend.desk.frame import bp
from backend.desk.language import speak

bp.record_once(lambda setup: speak(setup.app))

__all__ = ["bp"]
