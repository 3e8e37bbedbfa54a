"""The table of skills: its first words, the list, and what people or teams have of it."""

from collections.abc import Iterable, Sequence
from typing import Any

import peewee as pw

from backend.core.database import delete_where, rows_of
from backend.core.errors import invalid_field
from backend.service.teams.models import HandlerSkill, Skill, TeamSkill
from backend.service.teams.schemas import SkillShape

FIRST_SKILLS = (
    ("plumbing", "水电维修"),
    ("carpentry", "木工泥瓦"),
    ("appliances", "家电维修"),
    ("phones", "手机电脑"),
    ("haircut", "理发"),
    ("medical", "医疗护理"),
    ("counselling", "心理疏导"),
    ("company", "陪伴探访"),
    ("cooking", "做饭送餐"),
    ("driving", "驾车接送"),
    ("carrying", "搬抬体力"),
    ("errands", "代办跑腿"),
    ("tutoring", "学业辅导"),
    ("policy", "政策解读"),
    ("law", "法律咨询"),
    ("mediation", "矛盾调解"),
    ("lecturing", "宣讲授课"),
    ("writing", "文书代写"),
    ("dialect", "方言手语"),
)

SkillTable = type[HandlerSkill] | type[TeamSkill]


def seed_skills() -> int:
    """Write the first skills where they are missing; returns how many were written."""
    known = {code for (code,) in rows_of(Skill.select(Skill.code))}
    rows = [
        {"code": code, "name": name, "sort": place * 10}
        for place, (code, name) in enumerate(FIRST_SKILLS)
        if code not in known
    ]
    if rows:
        Skill.insert_many(rows).execute()
    return len(rows)


def list_skills() -> list[SkillShape]:
    """All skills, in their order."""
    rows = Skill.select().order_by(Skill.sort, Skill.id)
    return [SkillShape(code=row.code, name=row.name) for row in rows]


def skill_names(codes: Sequence[str]) -> list[str]:
    """What these skills are called, in their order; one that is no longer in the table shows its code."""
    if not codes:
        return []
    rows = Skill.select(Skill.code, Skill.name).where(Skill.code.in_(list(codes)))
    names = dict(rows_of(rows.order_by(Skill.sort, Skill.id)))
    return [*names.values(), *(code for code in codes if code not in names)]


def set_skills(table: SkillTable, owner: dict[str, int], codes: Sequence[str]) -> None:
    """Make these the skills of an account or a team, in its unit of work; 422 for a word that is not in the table."""
    ids = [skill_id for (skill_id,) in rows_of(Skill.select(Skill.id).where(Skill.code.in_(list(codes))))]
    if len(ids) != len(set(codes)):
        raise invalid_field("skills", "unknown_skill", "技能只能从表里选，请重新选择")
    ((name, value),) = owner.items()
    delete_where(table, getattr(table, name) == value)
    if ids:
        table.insert_many([{**owner, "skill": skill_id} for skill_id in ids]).execute()


def skills_of(
    table: type[HandlerSkill] | type[TeamSkill], name: str, ids: Iterable[int]
) -> dict[int, list[SkillShape]]:
    """The skills of several accounts or teams, in one statement."""
    owner = getattr(table, name)
    found: dict[int, list[SkillShape]] = {one: [] for one in ids}
    rows: pw.ModelSelect[Any] = (
        table.select(owner, Skill.code, Skill.name)
        .join(Skill)
        .where(owner.in_(list(found)))
        .order_by(Skill.sort, Skill.id)
    )
    for one, code, skill in rows_of(rows):
        found[one].append(SkillShape(code=code, name=skill))
    return found
