"""Checks of what staff type: names, ID numbers, telephones, plates, dates. Pure.

Each returns the text as the office wants it, or a Mistake that says kindly what is wrong. ID
numbers: GB 11643 by python-stdnum. Telephones: the numbering plan by phonenumbers. Plates:
GA 36-2018 with its letters of new-energy vehicles.
"""

import re
import unicodedata
from datetime import date, timedelta
from enum import Enum

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum.cn import ric

NAME_MAX = 32
ID_DIGITS = 18
ID_DIGITS_OLD = 15  # cards of before 1999, ended in 2013
OCCUPANTS = range(1, 10)
ARRIVED_DAYS_MAX = 60  # chosen: an older arrival is beyond every observation
DOOR = re.compile(r"[^\W_]{1,6}(?:-[^\W_]{1,6}){1,2}")  # building-unit-room, or building-room
_ID_TAKEN_FOR_DIGITS = frozenset("OILZSQ")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SIGN = "[A-HJ-NP-Z0-9]"
_OFFICE = f"[{_PROVINCES}][A-HJ-Z]"
_PLATES = re.compile(
    rf"{_OFFICE}(?:{_SIGN}{{5}}"  # ordinary
    rf"|[A-HJK]{_SIGN}[0-9]{{4}}|[0-9]{{5}}[DF]"  # new energy: small, large
    rf"|{_SIGN}{{4}}[警学挂领])"  # police, driving school, trailer, consulate
    rf"|粤Z{_SIGN}{{4}}[港澳]"
    r"|使[0-9]{6}|[0-9]{6}使"  # embassies, old and new
)
_NO_SEPARATOR = str.maketrans("", "", "·・•‧.-_ ")
_REGION = re.compile(r"[1-8][0-9](?:[0-9]{2}){0,2}")


class Mistake(Enum):
    """What is wrong with something typed; the value ends a key wrong.* of the catalogues."""

    NAME_LONG = "name_long"
    NAME_SIGNS = "name_signs"
    NAME_DIGITS = "name_digits"
    ID_SHORT = "id_short"
    ID_OLD = "id_old"
    ID_LONG = "id_long"
    ID_LETTERS = "id_letters"
    ID_SIGNS = "id_signs"
    ID_DATE = "id_date"
    ID_CHECK = "id_check"
    ID_PLACE = "id_place"
    PHONE_SIGNS = "phone_signs"
    PHONE_SHORT = "phone_short"
    PHONE_LONG = "phone_long"
    PHONE_UNKNOWN = "phone_unknown"
    PLATE_PROVINCE = "plate_province"
    PLATE_OFFICE = "plate_office"
    PLATE_LENGTH = "plate_length"
    PLATE_LETTERS = "plate_letters"
    PLATE_SIGNS = "plate_signs"
    PLATE_ENERGY = "plate_energy"
    DOOR_SHAPE = "door_shape"
    DOOR_UNKNOWN = "door_unknown"
    REGION = "region"
    DATE_SHAPE = "date_shape"
    DATE_FUTURE = "date_future"
    DATE_OLD = "date_old"
    OCCUPANTS = "occupants"
    TRANSPORT = "transport"


EARLY = frozenset(
    {
        Mistake.ID_SHORT, Mistake.ID_OLD, Mistake.PHONE_SHORT, Mistake.PLATE_LENGTH,
        Mistake.DOOR_SHAPE, Mistake.DOOR_UNKNOWN, Mistake.REGION, Mistake.DATE_SHAPE,
    }
)  # fmt: skip  # what may only be not finished yet


def check_name(text: str) -> str | Mistake:
    """Return a name: 1 to 32 printable signs that are not digits alone."""
    name = " ".join(_narrow(text).split())
    if len(name) > NAME_MAX:
        return Mistake.NAME_LONG
    if not _is_said(name) or not any(sign.isalpha() for sign in name):
        is_digits = name.replace(" ", "").isdecimal()
        return Mistake.NAME_DIGITS if is_digits else Mistake.NAME_SIGNS
    return name


def check_id_number(text: str, today: date) -> str | Mistake:
    """Return an ID number of 18 signs, its x large."""
    number = _without_separators(text)
    digits = number[:-1]
    if set(number) & _ID_TAKEN_FOR_DIGITS and _is_plain(number):
        return Mistake.ID_LETTERS
    if not number.isascii() or not re.fullmatch(r"[0-9]*[0-9X]?", number):
        return Mistake.ID_SIGNS
    if len(number) == ID_DIGITS_OLD and _was_a_day(f"19{number[6:12]}", today):
        return Mistake.ID_OLD
    if len(number) != ID_DIGITS:
        return Mistake.ID_SHORT if len(number) < ID_DIGITS else Mistake.ID_LONG
    if not _was_a_day(digits[6:14], today):
        return Mistake.ID_DATE
    if number[-1] != ric.calc_check_digit(number):
        return Mistake.ID_CHECK
    return number if ric.is_valid(number) else Mistake.ID_PLACE


def check_phone(text: str) -> str | Mistake:
    """Return a telephone number of China as dialled there, of elsewhere with its +."""
    typed = _narrow(text).strip()
    if not re.fullmatch(r"\+?[0-9 ()/.\-]+", typed):
        return Mistake.PHONE_SIGNS
    try:
        number = phonenumbers.parse(typed, "CN")
    except phonenumbers.NumberParseException as exc:
        is_long = exc.error_type == phonenumbers.NumberParseException.TOO_LONG
        return Mistake.PHONE_LONG if is_long else Mistake.PHONE_SHORT
    if not phonenumbers.is_valid_number(number):
        return _wrong_phone(number)
    if number.country_code != phonenumbers.country_code_for_region("CN"):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if phonenumbers.number_type(number) is PhoneNumberType.MOBILE:
        return phonenumbers.national_significant_number(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


def check_plate(text: str) -> str | Mistake:
    """Return a number plate without separators, its letters large."""
    plate = _without_separators(text)
    return plate if _PLATES.fullmatch(plate) else _wrong_plate(plate)


def check_door(text: str) -> str | Mistake:
    """Return a door as building-unit-room or building-room."""
    door = _narrow(text).strip().upper()
    return door if DOOR.fullmatch(door) else Mistake.DOOR_SHAPE


def cuts(digits: str) -> list[str]:
    """Return the doors that digits alone may mean: 321201 is 3-2-1201, and others."""
    typed = _narrow(digits).strip()
    if not re.fullmatch(r"[0-9]{4,9}", typed, re.ASCII):
        return []
    ends = [n for n in range(1, len(typed)) if 3 <= len(typed) - n <= 4]
    doors = [f"{typed[:n]}-{typed[n:]}" for n in ends if n <= 3]
    return doors + [f"{typed[: n - 1]}-{typed[n - 1 : n]}-{typed[n:]}" for n in ends if n > 1]


def parts(door: str) -> tuple[str, str, str]:
    """Return building, unit ("" where there is none) and room of a door as it is written."""
    building, *unit, room = door.split("-")
    return building, "".join(unit), room


def check_region(text: str) -> str | Mistake:
    """Return a region's administrative code: 2, 4 or 6 digits."""
    code = _narrow(text).strip()
    return code if code.isascii() and _REGION.fullmatch(code) else Mistake.REGION


def check_arrival(text: str, today: date) -> date | Mistake:
    """Return a day of arrival, written 2020-02-24: not to come, at most 60 days ago."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        return Mistake.DATE_SHAPE
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Mistake.DATE_SHAPE
    if day > today:
        return Mistake.DATE_FUTURE
    is_old = today - day > timedelta(days=ARRIVED_DAYS_MAX)
    return Mistake.DATE_OLD if is_old else day


def check_transport(text: str) -> str | Mistake:
    """Return how somebody travelled: 1 to 32 printable signs (train G1702, by car)."""
    said = " ".join(_narrow(text).split())
    return said if _is_said(said) and len(said) <= NAME_MAX else Mistake.TRANSPORT


def _narrow(text: str) -> str:
    """Return a text with its wide letters and digits made ordinary ones."""
    return unicodedata.normalize("NFKC", text)


def _without_separators(text: str) -> str:
    return _narrow(text).strip().translate(_NO_SEPARATOR).upper()


def _is_said(text: str) -> bool:
    """Whether a text is one that somebody said: not empty, every sign with a shape."""
    has_mark = any(unicodedata.category(sign) in ("Co", "Cn", "Zl", "Zp") for sign in text)
    return bool(text) and text.isprintable() and not has_mark and not set(text) & set("<>{}")


def _is_plain(number: str) -> bool:
    return number.isascii() and number.isalnum() and sum(map(str.isdigit, number)) >= 9


def _was_a_day(digits: str, today: date) -> bool:
    """Whether yyyymmdd was a day somebody alive may be born on."""
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return date(1880, 1, 1) <= day <= today


def _wrong_phone(number: phonenumbers.PhoneNumber) -> Mistake:
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == phonenumbers.ValidationResult.TOO_LONG:
        return Mistake.PHONE_LONG
    is_short = possible in (
        phonenumbers.ValidationResult.TOO_SHORT,
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    )
    return Mistake.PHONE_SHORT if is_short else Mistake.PHONE_UNKNOWN


def _wrong_plate(plate: str) -> Mistake:
    """Name the first thing that is wrong with a plate, from its left."""
    if not plate or plate[0] not in _PROVINCES + "使":
        return Mistake.PLATE_PROVINCE
    if len(plate) > 1 and not re.match(r"[A-HJ-Z]", plate[1]) and plate[0] != "使":
        return Mistake.PLATE_OFFICE
    if len(plate) not in (7, 8):
        return Mistake.PLATE_LENGTH
    if set(plate[2:]) & set("IO"):
        return Mistake.PLATE_LETTERS
    is_new_energy = len(plate) == 8 and re.fullmatch(f"{_SIGN}{{6}}", plate[2:])
    return Mistake.PLATE_ENERGY if is_new_energy else Mistake.PLATE_SIGNS
