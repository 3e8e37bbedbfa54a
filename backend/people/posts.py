"""Posts in words, and the question who holds one on a day."""

from datetime import date

import peewee as pw

from backend.people.models import OrganizationPost, Role

ROLE_LABELS = {
    Role.SECRETARY: "书记",
    Role.DEPUTY_SECRETARY: "副书记",
    Role.ORGANIZATION_MEMBER: "组织委员",
    Role.PUBLICITY_MEMBER: "宣传委员",
    Role.DISCIPLINE_MEMBER: "纪检委员",
    Role.CELL_LEADER: "党小组组长",
    Role.DISPATCHER: "派单员",
    Role.CONTACT_PERSON: "流动党员联系人",
    Role.GRID_WORKER: "网格员",
    Role.VOLUNTEER: "志愿者",
    Role.VOLUNTEER_LEADER: "志愿服务队队长",
    Role.LECTURER: "讲师",
    Role.COUNTY_OFFICER: "县级工作人员",
    Role.CITY_OFFICER: "市级工作人员",
    Role.PROVINCE_OFFICER: "省级工作人员",
    Role.AUDITOR: "审计员",
}


def in_office(today: date) -> pw.Expression:
    """A condition: the post is in force on a local day; its first and last day count."""
    return (OrganizationPost.starts_on <= today) & not_over(today)


def not_over(today: date) -> pw.Expression:
    """A condition: the post is in force on that day, or will be."""
    condition: pw.Expression = OrganizationPost.ends_on.is_null() | (OrganizationPost.ends_on >= today)
    return condition
