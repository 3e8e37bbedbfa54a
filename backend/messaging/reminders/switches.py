"""Whether an organisation has turned off what a job of its own writes."""

from backend.messaging.reminders.catalogue import OWN_JOBS
from backend.messaging.reminders.models import ReminderSetting


def is_off(topic: str, organization_id: int | None) -> bool:
    """Whether the rule of this topic is switched off by the organisation that it speaks for."""
    if topic not in OWN_JOBS or organization_id is None:
        return False
    off = ReminderSetting.select(ReminderSetting.id).where(
        ReminderSetting.organization == organization_id, ReminderSetting.rule == topic, ~ReminderSetting.enabled
    )
    return bool(off.exists())
