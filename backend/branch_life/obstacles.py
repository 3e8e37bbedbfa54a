"""Whether activities keep an organisation from being closed."""

from datetime import datetime

from backend.branch_life.activities.models import Activity
from backend.branch_life.schedules.models import ActivitySchedule
from backend.people.tree.obstacles import Obstacle


def coming_activities(organization_id: int, *, now: datetime) -> Obstacle | None:
    """Activities that are not over, and monthly ones that would go on."""
    coming = Activity.select().where(
        Activity.organization == organization_id, Activity.ends_at > now, Activity.cancelled_at.is_null()
    )
    monthly = ActivitySchedule.select().where(
        ActivitySchedule.organization == organization_id, ActivitySchedule.ended_at.is_null()
    )
    count = coming.count() + monthly.count()
    return Obstacle("activities", count, f"还有 {count} 项活动或固定安排没有结束，请先取消或停用") if count else None
