"""Quiet hours, cap and digest of one organisation: read by anybody, set by those who steer what is sent there."""

from datetime import datetime

from backend.core import audit
from backend.core.database import in_unit_of_work
from backend.messaging.limits import LABELS, list_limits, settings_above
from backend.messaging.models import MessageLimitSetting
from backend.messaging.schemas import ChangeLimits, LimitHere
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.people.schemas import OrganizationBrief


def list_limits_here(code: str) -> list[LimitHere]:
    """Every figure as it holds in an organisation, what it set itself, and who above it set one."""
    organization = find_organization(code)
    settings = settings_above([organization.id]).get(organization.id, [])
    names = _briefs({row.organization_id for row in settings})
    own = {row.code: row.value for row in settings if row.organization_id == organization.id}
    above = {
        row.code: names[row.organization_id] for row in reversed(settings) if row.organization_id != organization.id
    }
    return [
        LimitHere(**figure.model_dump(), own=own.get(figure.code), set_above=above.get(figure.code))
        for figure in list_limits(settings)
    ]


def _briefs(ids: set[int]) -> dict[int, OrganizationBrief]:
    return {row.id: brief(row) for row in Organization.select().where(Organization.id.in_(ids))}


def change_limits(caller: Caller, code: str, body: ChangeLimits, *, now: datetime) -> list[LimitHere]:
    """Set figures for an organisation and all below it, or take them back (null); each change stands in the audit."""
    organization = find_organization(code)
    require(caller, Right.STEER_SENDINGS, organization)
    wanted = body.model_dump(exclude_unset=True)

    def work() -> None:
        for name, value in wanted.items():
            _set(organization.id, name, value, now)
        words = "，".join(f"{LABELS[name]}：{'恢复默认' if value is None else value}" for name, value in wanted.items())
        subject = audit.Subject(f"organization:{organization.code}", organization.id)
        audit.record("message_limits.changed", subject, actor_id=caller.account_id, purpose=words, now=now)

    in_unit_of_work(work)
    return list_limits_here(code)


def _set(organization_id: int, name: str, value: str | int | None, now: datetime) -> None:
    mine = (MessageLimitSetting.organization == organization_id) & (MessageLimitSetting.code == name)
    MessageLimitSetting.delete().where(mine).execute()
    if value is not None:
        MessageLimitSetting.create(organization=organization_id, code=name, value=str(value), changed_at=now)
