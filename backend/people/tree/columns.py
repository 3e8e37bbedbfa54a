"""The columns of a file of organisations, by whatever name offices give them, and the words for their choices."""

from enum import StrEnum

from backend.people.models import Level, Sector
from backend.people.tree.rules import KIND_LABELS


class Column(StrEnum):
    """What a file says of an organisation."""

    CODE = "组织代码"
    NAME = "组织名称"
    KIND = "组织类别"
    PARENT = "上级组织代码"
    LEVEL = "层级"
    SECTOR = "领域"
    DIVISION = "行政区划代码"
    UNITS = "覆盖单位数"
    CONTACT = "联系人"
    PHONE = "联系电话"


REQUIRED = (Column.CODE, Column.NAME, Column.KIND)
_OTHER_NAMES = {
    Column.CODE: ("党组织代码", "代码"),
    Column.NAME: ("党组织名称", "组织全称", "党组织全称", "名称"),
    Column.KIND: ("党组织类别", "党组织类型", "组织类型", "类别"),
    Column.PARENT: ("上级党组织代码", "上级代码", "隶属党组织代码"),
    Column.LEVEL: ("组织层级", "级别"),
    Column.SECTOR: ("所属领域", "行业", "类型", "单位类型"),
    Column.DIVISION: ("行政区划", "区划代码"),
    Column.UNITS: ("单位数",),
    Column.CONTACT: ("联系人姓名", "书记", "负责人"),
    Column.PHONE: ("电话", "联系方式", "联系人电话"),
}
BY_NAME = {name: column for column in Column for name in (column.value, *_OTHER_NAMES[column])}

LEVEL_LABELS = {
    Level.PROVINCE: "省级",
    Level.CITY: "市级",
    Level.COUNTY: "县级",
    Level.TOWNSHIP: "乡镇街道",
    Level.GRASSROOTS: "基层",
}
SECTOR_LABELS = {
    Sector.STATE_ENTERPRISE: "国有企业",
    Sector.PRIVATE_ENTERPRISE: "民营企业",
    Sector.NEW_ECONOMIC: "新经济组织",
    Sector.NEW_SOCIAL: "新社会组织",
    Sector.NEW_EMPLOYMENT: "新就业群体",
    Sector.ORGAN: "机关",
    Sector.INSTITUTION: "事业单位",
    Sector.COMMUNITY: "社区",
    Sector.VILLAGE: "村",
    Sector.STREET: "街道",
}
KINDS = {label: kind for kind, label in KIND_LABELS.items()}
LEVELS = {label: level for level, label in LEVEL_LABELS.items()}
SECTORS = {label: sector for sector, label in SECTOR_LABELS.items()}
