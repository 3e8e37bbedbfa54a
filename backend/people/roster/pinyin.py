"""Names as they are typed: full pinyin and initials, surnames read as surnames."""

from functools import cache

# read otherwise as a surname than in other words (《姓氏读音》, as registry offices use them)
SURNAMES = {
    "单": "shan", "解": "xie", "曾": "zeng", "任": "ren", "仇": "qiu", "区": "ou", "查": "zha", "华": "hua",
    "朴": "piao", "盖": "ge", "乐": "yue", "缪": "miao", "翟": "zhai", "尉": "wei", "黑": "he", "秘": "bi",
    "冼": "xian", "折": "she", "种": "chong", "员": "yun", "幸": "xing", "纪": "ji", "那": "na", "哈": "ha",
    "覃": "qin", "隗": "wei", "谌": "chen", "洗": "xian", "逄": "pang", "过": "guo", "宁": "ning", "车": "che",
    "尉迟": "yu chi", "卜": "bu", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "单于": "chan yu",
    "令狐": "ling hu", "夏侯": "xia hou", "皇甫": "huang fu", "宇文": "yu wen", "欧阳": "ou yang", "诸葛": "zhu ge",
}  # fmt: skip

WITHIN_NAMES = {"卜": "bu"}  # 阿卜杜拉: never the second half of a turnip


def search_keys(name: str) -> tuple[str, str]:
    """Full pinyin and initials of a name, lower case and without spaces: 单雄信 → shanxiongxin, sxx."""
    known = next((name[:length] for length in (2, 1) if name[:length] in SURNAMES), "")
    syllables = [*SURNAMES.get(known, "").split(), *(_syllable(sign) for sign in name[len(known) :] if sign.isalnum())]
    if name.isascii():
        words = "".join(sign if sign.isalnum() else " " for sign in name.lower()).split()
        return "".join(words)[:160], "".join(word[0] for word in words)[:40]
    return "".join(syllables)[:160], "".join(syllable[:1] for syllable in syllables)[:40]


@cache
def _syllable(sign: str) -> str:
    if sign in WITHIN_NAMES:
        return WITHIN_NAMES[sign]
    from pypinyin import Style, lazy_pinyin

    found: list[str] = lazy_pinyin(sign, style=Style.NORMAL, v_to_u=False)
    return "".join(part for part in found[0].lower() if part.isascii() and part.isalnum()) if found else ""
