"""The first rows of the categories; a province changes the labels of its three in the table."""

from backend.learning.packs.models import PackCategory

NAMED = "S0 “三会一课”学习内容定期推送制度: named in the report"
SET_HERE = "S0 speaks of seven categories and names four; this one is set by the province"

# code, label, source
FIRST_CATEGORIES = (
    ("theory", "专题理论", NAMED),
    ("policy", "政策解读", NAMED),
    ("history", "党史学习", NAMED),
    ("examples", "典型教育", NAMED),
    ("rules", "党规党纪", SET_HERE),
    ("skills", "实用技能", SET_HERE),
    ("returning", "返乡政策", SET_HERE),
)


def seed_categories() -> None:
    """Write the seven categories where there are none; in the caller's unit of work."""
    if PackCategory.select().exists():
        return
    for position, (code, label, source) in enumerate(FIRST_CATEGORIES, start=1):
        PackCategory.create(code=code, label=label, position=position, source=source)
