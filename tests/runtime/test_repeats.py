"""Which code of a frame starts something new."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.words import Credential, PassKind, Refusal, Refused
from kiosk.passes.verify import Checked
from kiosk.ports import FoundCode
from kiosk.runtime.repeats import Repeats

CARDS = ("ANA", "BO")


def verify(text: str) -> Checked:
    if text in CARDS:
        cti = text.ljust(8).encode()
        return Checked(Credential(cti, "H3M25PQ7", "c", PassKind.RESIDENT, 1, "", 9))
    return Checked(Refused(Refusal.PREFIX, b"12345678"))


def codes(*texts: str) -> list[FoundCode]:
    return [FoundCode(text, "zxing") for text in texts]


def starts(repeats: Repeats, at_s: float, *texts: str) -> str | None:
    shown = repeats.newest(codes(*texts), at_s)
    return shown[0].text if shown else None


def test_a_pass_held_in_view_counts_once() -> None:
    repeats = Repeats(verify)
    assert starts(repeats, 0.0, "ANA") == "ANA"
    assert [starts(repeats, i / 30, "ANA") for i in range(1, 90)] == [None] * 89


def test_a_pass_counts_again_after_two_seconds_of_absence() -> None:
    repeats = Repeats(verify)
    starts(repeats, 0.0, "ANA")
    assert starts(repeats, 1.9) is None
    assert starts(repeats, 1.95, "ANA") is None
    assert starts(repeats, 4.1, "ANA") == "ANA"


def test_two_cards_in_one_hand_are_one_person() -> None:
    repeats = Repeats(verify)
    assert starts(repeats, 0.0, "ANA", "BO") == "ANA"
    assert starts(repeats, 0.1, "BO", "ANA") is None


def test_whoever_holds_a_pass_up_behind_is_served_when_the_one_before_has_gone() -> None:
    repeats = Repeats(verify)
    starts(repeats, 0.0, "ANA")
    assert starts(repeats, 1.0, "ANA", "BO") is None
    assert starts(repeats, 1.1, "BO") is None  # a hand before Ana's for a moment
    assert starts(repeats, 1.2, "ANA", "BO") is None
    came = [starts(repeats, 1.2 + i / 10, "BO") for i in range(1, 60)]
    assert [text for text in came if text] == ["BO"]


def test_two_cards_in_one_hand_that_go_together_were_one_person() -> None:
    repeats = Repeats(verify)
    starts(repeats, 0.0, "ANA", "BO")
    assert [starts(repeats, i / 10, "BO", "ANA") for i in range(1, 30)] == [None] * 29
    assert [starts(repeats, 3.0 + i / 10) for i in range(40)] == [None] * 40


def test_a_poster_in_view_does_not_stand_in_a_passs_way() -> None:
    repeats = Repeats(verify)
    assert starts(repeats, 0.0, "HTTPS://POSTER") == "HTTPS://POSTER"
    assert starts(repeats, 0.1, "HTTPS://POSTER", "BO") == "BO"


@given(st.lists(st.lists(st.sampled_from(["ANA", "BO", "X", "Y", "Z"]), max_size=3)))
def test_memory_holds_only_what_was_seen_within_the_absence(frames: list[list[str]]) -> None:
    repeats = Repeats(verify)
    for number, texts in enumerate(frames):
        repeats.newest(codes(*texts), number * 3.0)
        assert len(repeats._seen_s) <= len(set(texts))


def test_a_phone_that_redraws_its_code_in_view_is_still_one_pass() -> None:
    def drawn(text: str) -> Checked:
        credential = Credential(b"12345678", "H3M25PQ7", "c", PassKind.PHONE, 1, "", 9)
        return Checked(credential)

    repeats = Repeats(drawn)
    assert starts(repeats, 0.0, "FIRST") == "FIRST"
    assert [starts(repeats, float(s), "FIRST") for s in range(1, 11)] == [None] * 10
    assert starts(repeats, 10.1, "SECOND") is None
    assert starts(repeats, 10.2, "SECOND") is None
    assert starts(repeats, 12.5) is None
    assert starts(repeats, 13.0, "THIRD") == "THIRD"
