"""Make the table of the pinyin keyboard: which signs a syllable offers, the likeliest first.

    python -m kiosk.screen.make_pinyin pinyin.txt

Sources: the readings of pypinyin; how often a sign stands in a name, and in any word, counted
from the word list of jieba. Both are under the MIT licence and needed here alone, never at a
gate. Signs that the regular font does not draw are left out. The word list is older than many
a child's name: `GIVEN` lifts the signs that parents choose now, `SURNAMES` those of families.

A row is `what signs`, or `what first signs` where signs begin a name as a surname. `what` is a
syllable (`lv` for lü), or the beginning of several.
"""

import math
import sys
from collections import Counter, defaultdict
from pathlib import Path

import jieba
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

from kiosk.screen.make_fonts import regular_signs

SAME = {"lue": "lve", "nue": "nve"}  # typed both ways
ROW_MAX = 250  # chosen: fifty pages of five; the longest syllable has more, and nobody looks
BEGINNING_MAX = 60
VOWELS = set("aeiouv")  # what has none is a sigh: hm, ng
SECOND_READING = 0.15  # chosen: 行 is offered under hang after whatever is mostly read so
NAME_WEIGHT = 40.0  # chosen: a sign of names before a sign of the newspaper

# The commonest, in the order of the Ministry of Public Security's count of 2020, then
# others of the Hundred Surnames; readings that pypinyin gives as a second one.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余"
    "于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷"
    "龙黎史陶贺毛郝顾龚邵万覃武钱戴严欧莫孔向汤温芦樊康牛施葛俞章柴倪安邢齐伍庞岳庄聂"
    "焦翟兰殷左耿关焉祝符涂辛管柳梅喻詹童游裴路包单仇查区盖乐解朴华纪舒屈项卜古时冉宁"
    "卫阮蓝缪谷娄瞿季苗房柯凌霍翁隋车岑阎骆尚司佟柏冷景涂纪甘骆植尤褚牟卞欧费鲍桑滕"
    "连简商鲁米宫晏郎池边靳闵席麦和杭诸强计茅祁应宗明糜虞支昝经裘干宣贲郁嵇荀羊於惠甄"
    "家封芮羿储汲邴松井富巫乌弓牧隗山全班仰仲伊宫仇栾暴钭厉戎祖束幸印宿怀蒲从索咸籍赖"
    "卓蔺屠蒙乔阴胥能苍双闻莘党贡劳逄姬申扶堵宰郦雍璩桑桂濮寿通扈燕冀郏浦农别充慕茹习"
    "宦艾鱼容慎戈庾终暨居衡步都满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍晁勾敖融訾那"
    "空毋沙乜养鞠须丰巢蒯相后荆红游竺权逯桓公仉督佘佴伯员种折洗黑繁乌召"
)
SURNAME_READINGS = {
    "shan": "单", "zeng": "曾", "xie": "解", "qiu": "仇", "zha": "查", "ou": "区",
    "ge": "盖", "yue": "乐", "piao": "朴", "ren": "任", "hua": "华", "miao": "缪",
    "she": "折佘", "chong": "种", "po": "繁", "yun": "员", "he": "黑", "xian": "洗冼",
    "nie": "乜聂", "qin": "覃", "tan": "覃谭", "zhai": "翟", "yu": "尉", "mo": "万",
}  # fmt: skip
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文玉华建国志红梅玲兰云海波斌宇浩鑫"
    "鹏辉婷雪倩颖琳晶欣佳慧莹雯洁萍燕琴凤珍素春秋冬金银宝山林生福贵祥瑞庆荣发富德仁义"
    "礼信忠孝贤良善康健宁安东南北中西梓涵轩宸睿昊萱怡悦诗妍琪嘉俊泽翔博晨阳昕彤悠然子"
    "一可欣思雨馨瑶璇琦瑾瑜珂玥祎堃龑赟喆翀犇淼焱垚骁骏驰毅彬彦哲皓铭锦钰铄煜烨炜灿煊"
    "沐沁汐渝潇澜淇芮芷若茜蕾薇菲芸菁苒蓉莉莲菊荷婧婉嫣姝媛妮娅语诺允恩奕弈羽翊翎晓曦"
    "旭昱暄景晖晴朗月星辰天元亨利贞正大光启承继宗祖耀显卓立成功胜凯旋威武震霆雷霖霏"
)


def main(arguments: list[str]) -> None:
    """Write the table into the file named in `arguments`."""
    (target,) = map(Path, arguments)
    rows = table()
    text = "".join(f"{what} {' '.join(parts)}\n" for what, parts in sorted(rows.items()))
    target.write_text(text, "utf-8")
    print(f"{target}: {len(rows)} rows, {target.stat().st_size} bytes")


def table() -> dict[str, list[str]]:
    """Return the rows: the signs of given names, and before them those of surnames."""
    weight = weights()
    signs = readings({s for s in regular_signs() if is_hanzi(s)}, weight)
    surnames = surname_rows()
    rows: dict[str, list[str]] = {}
    for what in {*signs, *surnames, *beginnings(signs)}:
        limit = ROW_MAX if what in signs else BEGINNING_MAX
        found: dict[str, float] = {}
        first: list[str] = []
        for syllable, scored in signs.items():
            if syllable == what or (what not in signs and syllable.startswith(what)):
                first += surnames.get(syllable, [])
                for sign, score in scored.items():
                    found[sign] = max(score, found.get(sign, 0.0))
        ordered = sorted(found, key=lambda sign: (-found[sign], sign))[:limit]
        families = "".join(sorted(dict.fromkeys(first), key=SURNAMES.find))
        rows[what] = [families, "".join(ordered)] if families else ["".join(ordered)]
    return rows


def is_hanzi(sign: str) -> bool:
    """Whether this is a sign that names are written with."""
    return "\u3400" <= sign <= "\u9fff" and ord(sign) in PINYIN_DICT


def weights() -> dict[str, float]:
    """Return how much each sign is used: in names first, then in any word."""
    in_names: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    with (Path(jieba.__file__).parent / "dict.txt").open(encoding="utf-8") as file:
        for line in file:
            word, count, kind = line.split()
            is_name = kind == "nr" and 2 <= len(word) <= 3 and word[0] in SURNAMES
            for sign in word:
                anywhere[sign] += int(count)
            for sign in word[1:] if is_name else "":
                in_names[sign] += 1
    lifted = dict.fromkeys(GIVEN, 400.0)
    return {
        sign: NAME_WEIGHT * (in_names[sign] + lifted.get(sign, 0.0)) + math.sqrt(count)
        for sign, count in (anywhere | Counter(GIVEN)).items()
    }


def readings(signs: set[str], weight: dict[str, float]) -> dict[str, dict[str, float]]:
    """Return the signs of each syllable, each with what speaks for it there."""
    rows: dict[str, dict[str, float]] = defaultdict(dict)
    for sign in signs:
        usual = lazy_pinyin(sign, style=Style.NORMAL, v_to_u=False)[0]
        for toned in PINYIN_DICT[ord(sign)].split(","):
            syllable = plain(toned)
            share = 1.0 if syllable == usual else SECOND_READING
            known = rows[syllable].get(sign, 0.0)
            rows[syllable][sign] = max(known, share * (1 + weight.get(sign, 0.0)))
    rows |= {typed: rows[written] for typed, written in SAME.items()}
    return {s: scored for s, scored in rows.items() if s.isascii() and set(s) & VOWELS}


def plain(toned: str) -> str:
    """Return a syllable as it is typed: no tone, v for ü."""
    return to_normal(toned).replace("ü", "v").replace("ê", "e")


def surname_rows() -> dict[str, list[str]]:
    """Return the surnames of each syllable, the commonest first."""
    rows: dict[str, list[str]] = defaultdict(list)
    for sign in dict.fromkeys(SURNAMES):
        rows[lazy_pinyin(sign, v_to_u=False)[0]].append(sign)
    for syllable, signs in SURNAME_READINGS.items():
        rows[syllable] += [sign for sign in signs if sign not in rows[syllable]]
    return rows


def beginnings(syllables: dict[str, dict[str, float]]) -> set[str]:
    """Return what begins a syllable and is none."""
    return {s[:n] for s in syllables for n in range(1, len(s))} - set(syllables)


if __name__ == "__main__":
    main(sys.argv[1:])
