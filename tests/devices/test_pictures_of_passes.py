"""Pictures of passes, hostile and odd (rows P1 to P12): one person, one pass, or none."""

import numpy as np
import pytest
import segno
import zxingcpp

from kiosk.core.words import Credential, Refusal, Refused
from kiosk.devices.codes import CascadeFinder
from kiosk.passes.lists import Lists
from kiosk.passes.verify import Checked, check
from kiosk.ports import FoundCode, Frame, GreyImage
from kiosk.runtime.repeats import Repeats
from tests.passes.making import CTI, NOW, TRUST, VECTOR, payload_of, signed

OTHER = signed(payload_of(cti=b"neighbor"))
ADDRESS = "HTTPS://EXAMPLE.ORG/GP1:ABC"


def verify(text: str) -> Checked:
    return check(text, Lists(TRUST), NOW)


def drawn(code: segno.QRCode, scale: int = 5) -> GreyImage:
    rows = code.matrix_iter(scale=scale, border=4)
    return np.array([[0 if cell else 255 for cell in row] for row in rows], np.uint8)


def pass_code(text: str = VECTOR) -> GreyImage:
    return drawn(segno.make_qr(text, error="m", boost_error=False))


def frame(*images: GreyImage) -> Frame:
    """Side by side on grey, the first in the middle."""
    ground = np.full((720, 1400), 160, np.uint8)
    for image, left in zip(images, (550, 20), strict=False):
        height, width = image.shape
        ground[200 : 200 + height, left : left + width] = image
    return Frame(ground, 0.0, 1)


def found(*images: GreyImage, looks: int = 8) -> list[FoundCode]:
    finder = CascadeFinder("auto")
    picture = frame(*images)
    return next((codes for _ in range(looks) if (codes := finder.find(picture))), [])


def outcomes(*images: GreyImage) -> list[Credential | Refused]:
    shown = [verify(code.text).outcome for code in found(*images)]
    assert all(getattr(one, "reason", None) is not Refusal.INTERNAL for one in shown)
    return shown


def test_p1_of_two_passes_in_one_frame_the_nearer_one_is_served_alone() -> None:
    codes = found(pass_code(), pass_code(OTHER))
    assert [code.text for code in codes] == [VECTOR, OTHER]
    repeats = Repeats(verify)
    served = repeats.newest(codes, 0.0)
    assert served is not None and isinstance(served[1].outcome, Credential)
    assert served[1].outcome.cti == CTI
    assert repeats.newest(list(reversed(codes)), 0.1) is None


def test_p2_an_address_beside_a_pass_is_not_in_its_way() -> None:
    codes = found(drawn(segno.make_qr(ADDRESS)), pass_code())
    served = Repeats(verify).newest(codes, 0.0)
    assert served is not None and served[0].text == VECTOR


@pytest.mark.parametrize("content", [VECTOR, VECTOR[:104] + "GP1:" + VECTOR[104:]])
@pytest.mark.parametrize("shown", [(0,), (1,), (0, 1), (1, 0)])
def test_p3_a_pass_cut_into_symbols_of_one_sequence_is_never_put_together(
    content: str, shown: tuple[int, ...]
) -> None:
    parts = segno.make_sequence(content, error="m", boost_error=False, symbol_count=2)
    assert len(parts) == 2
    for one in outcomes(*[drawn(parts[number], scale=4) for number in shown]):
        assert isinstance(one, Refused) and one.is_foreign


def test_p4_a_pass_that_names_a_character_set_is_the_same_pass_or_none() -> None:
    marked = segno.make_qr(VECTOR, error="m", mode="byte", encoding="utf-8", eci=True)
    for one in outcomes(drawn(marked)):
        assert isinstance(one, Refused) or one.cti == CTI


@pytest.mark.parametrize("text", ["点茗", "漢字"])
def test_p5_kanji_mode_is_a_strange_code(text: str) -> None:
    for one in outcomes(drawn(segno.make_qr(text, mode="kanji"))):
        assert isinstance(one, Refused) and one.is_foreign


def test_p6_other_symbols_are_not_even_read() -> None:
    micro = drawn(segno.make_micro("GP1:A1"), scale=8)
    assert found(micro) == []
    for kind in ("PDF417", "RMQRCode", "DataMatrix", "Aztec"):
        made = zxingcpp.create_barcode(VECTOR[:100], getattr(zxingcpp.BarcodeFormat, kind))
        image = np.array(made.to_image(scale=3, add_quiet_zones=True), np.uint8)
        assert found(image[:500, :800]) == [], kind


def test_p7_p8_inverted_or_mirrored_it_is_the_same_pass_or_none() -> None:
    plain = pass_code()
    (inverted,) = outcomes(np.ascontiguousarray(255 - plain))
    assert isinstance(inverted, Credential) and inverted.cti == CTI
    for one in outcomes(np.ascontiguousarray(np.fliplr(plain))):
        assert isinstance(one, Refused) or one.cti == CTI


def test_p9_bytes_above_ascii_are_a_strange_code() -> None:
    for content in (b"GP1:\xff\xfe\xe9", bytes(range(128, 200))):
        for one in outcomes(drawn(segno.make_qr(content, mode="byte"))):
            assert isinstance(one, Refused) and one.is_foreign


@pytest.mark.parametrize(("share", "must_read"), [(0.05, True), (0.3, False)])
@pytest.mark.parametrize("seed", range(4))
def test_p12_a_damaged_code_is_the_same_pass_or_none(
    share: float, must_read: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    plain = pass_code()
    size = plain.shape[0]
    side = int(size * share**0.5)
    first = min(size // 3, size - side - 41)
    row, column = rng.integers(first, size - side - 40, size=2)
    plain[row : row + side, column : column + side] = rng.integers(0, 2, (side, side)) * 255
    shown = outcomes(plain)
    assert all(isinstance(one, Credential) and one.cti == CTI for one in shown)
    assert shown or not must_read
