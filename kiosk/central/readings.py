"""How names are read, for the look-up by pinyin. In the office: a gate never imports this.

Every reading of a sign counts, for nobody knows which one a family uses; where the dictionary
lacks the one that a surname has, it stands here.
"""

from pypinyin import Style, pinyin
from pypinyin.contrib.tone_convert import to_normal

SIGNS_MAX = 32
READINGS_MAX = 6  # of one sign
SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "盖": "ge",
    "乐": "yue", "朴": "piao", "尉": "yu", "万": "mo", "俟": "qi", "覃": "qin", "翟": "zhai",
    "缪": "miao", "繁": "po", "折": "she", "种": "chong", "员": "yun", "洗": "xian",
    "黑": "he", "秘": "bi", "召": "shao", "宓": "fu", "逄": "pang", "长": "zhang",
    "宿": "su", "令": "ling", "晟": "cheng", "那": "na", "哈": "ha", "撒": "sa", "盛": "sheng",
}  # fmt: skip


def readings_of(name: str) -> str:
    """Return the readings of each sign, `shan,dan,chan xiao ming`; "" for no name of signs."""
    signs = [sign for sign in name if sign.isalnum()][:SIGNS_MAX]
    return " ".join(filter(None, (_of_sign(sign) for sign in signs)))


def _of_sign(sign: str) -> str:
    """Return the readings of one sign, that of a surname first; a letter is its own."""
    (found,) = pinyin(sign, style=Style.NORMAL, heteronym=True, errors="default")
    plain = [SURNAMES.get(sign, ""), *(to_normal(one).replace("ü", "v") for one in found)]
    letters = [one.casefold() for one in plain if one.isascii() and one.isalnum()]
    return ",".join(list(dict.fromkeys(letters))[:READINGS_MAX])
