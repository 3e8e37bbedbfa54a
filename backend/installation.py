"""Bringing an installation to its newest state: migrations, then the first rows of what is kept as data."""

from backend.core.database import in_unit_of_work
from backend.core.migration import migrate
from backend.learning.packs.categories import seed_categories
from backend.messaging.limits import seed_limits
from backend.messaging.rates import seed_rates
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.service.catalogue.first_types import seed_service_types
from backend.service.teams.skills import seed_skills
from backend.service.timers.rules import seed_timer_rules

FIRST_ROWS = (
    seed_timer_rules,
    seed_service_types,
    seed_categories,
    seed_skills,
    seed_limits,
    seed_rates,
    seed_reminder_rules,
)


def install() -> list[str]:
    """Apply pending migrations and write first rows where there are none; returns the migrations applied."""
    applied = migrate()
    in_unit_of_work(_write_first_rows)
    return applied


def _write_first_rows() -> None:
    for write in FIRST_ROWS:
        write()
