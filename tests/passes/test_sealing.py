"""What is sealed at the gate opens in the office, and a holder's record with the card alone."""

import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.words import DisplayRecord, Sealed
from kiosk.errors import MessageError
from kiosk.passes.display import LOOKUP, PHOTO_BYTES_MAX, key_from, open_record, seal_record
from kiosk.passes.display import RECORD as RECORD_KEY
from kiosk.passes.sealing import FIELD_BYTES_MAX, FIELDS, open_field, seal_form
from kiosk.wire import hash_of_sealed

OFFICE = X25519PrivateKey.from_private_bytes(b"o" * 32)
PUBLIC = OFFICE.public_key().public_bytes_raw()
DEVICE = "0123456789abcdef"
TEXTS = st.text(max_size=120).filter(lambda text: len(text.encode("utf-8", "replace")) <= 500)


def sealed(text: str = "110101199003070011", field: str = "id_number") -> Sealed:
    (one,) = seal_form({field: text}, office_public=PUBLIC, device=DEVICE)
    return one


@given(st.dictionaries(st.sampled_from(FIELDS), TEXTS.filter(str.isprintable)))
def test_what_was_told_opens_in_the_office(told: dict[str, str]) -> None:
    made = seal_form(told, office_public=PUBLIC, device=DEVICE)
    opened = {one.field: open_field(one, office=OFFICE, device=DEVICE) for one in made}
    assert opened == {field: text for field, text in told.items() if text}
    assert len({one.form for one in made}) <= 1


@given(TEXTS)
def test_any_text_at_all_can_be_sealed(text: str) -> None:
    made = seal_form({"note": text}, office_public=PUBLIC, device=DEVICE)
    assert len(made) == bool(text)


def test_nothing_of_the_text_is_in_the_blob_and_lengths_tell_nothing() -> None:
    person, number, phone = sealed("张三丰", "name"), sealed(), sealed("13812345678", "phone")
    assert len({len(one.blob) for one in (person, number, phone)}) == 1
    assert len(number.blob) == 64 + 5 + 48
    assert b"1101" not in number.blob
    assert sealed().blob != sealed().blob, "twice the same told are not twice the same kept"


def test_no_altered_byte_is_opened() -> None:
    one = sealed()
    for place in range(len(one.blob)):
        blob = bytearray(one.blob)
        blob[place] ^= 1
        with pytest.raises(MessageError):
            open_field(Sealed(one.form, one.field, bytes(blob)), office=OFFICE, device=DEVICE)
    with pytest.raises(MessageError):
        open_field(Sealed(one.form, one.field, one.blob[:-1]), office=OFFICE, device=DEVICE)


def test_a_field_is_bound_to_its_kiosk_form_name_and_office() -> None:
    one = sealed()
    others = [
        (Sealed(bytes(16), one.field, one.blob), OFFICE, DEVICE),
        (Sealed(one.form, "phone", one.blob), OFFICE, DEVICE),
        (one, OFFICE, "fedcba9876543210"),
        (one, X25519PrivateKey.from_private_bytes(b"p" * 32), DEVICE),
    ]
    for wrong, office, device in others:
        with pytest.raises(MessageError):
            open_field(wrong, office=office, device=device)


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31), b"short"])
def test_a_key_that_is_none_seals_nothing(key: bytes) -> None:
    with pytest.raises(MessageError, match="office's key"):
        seal_form({"name": "x"}, office_public=key, device=DEVICE)


def test_what_is_wrong_with_a_form_is_named_without_its_text() -> None:
    secret = "张三丰" * FIELD_BYTES_MAX
    for told in ({"name": secret}, {"secret": secret}):
        with pytest.raises(MessageError) as caught:
            seal_form(told, office_public=PUBLIC, device=DEVICE)
        assert "张" not in str(caught.value)


def test_the_hash_of_an_entry_covers_every_field() -> None:
    made = seal_form({"name": "a", "phone": "1"}, office_public=PUBLIC, device=DEVICE)
    rows = [(one.form, one.field, one.blob) for one in made]
    told = {hash_of_sealed(some) for some in (rows, rows[:1], rows[::-1])}
    assert len(told) == 3


RECORD = DisplayRecord("王*国", b"\xff\xd8\xff" + b"p" * 9000)
SIGNATURE, CTI = b"s" * 64, b"12345678"


@given(
    st.text(max_size=32), st.binary(max_size=500).map(b"\xff\xd8\xff".__add__) | st.just(b"")
)
def test_a_record_opens_with_its_pass(name: str, photo: bytes) -> None:
    name = name.encode("utf-8", "replace").decode()
    record = DisplayRecord(name, photo)
    blob = seal_record(record, signature=SIGNATURE, cti=CTI)
    assert open_record(blob, signature=SIGNATURE, cti=CTI) == record


def test_a_record_opens_with_no_other_pass_and_not_altered() -> None:
    blob = seal_record(RECORD, signature=SIGNATURE, cti=CTI)
    assert open_record(blob, signature=b"t" * 64, cti=CTI) is None
    assert open_record(blob, signature=SIGNATURE, cti=b"87654321") is None
    for place in range(0, len(blob), 97):
        altered = bytearray(blob)
        altered[place] ^= 1
        assert open_record(bytes(altered), signature=SIGNATURE, cti=CTI) is None
    assert open_record(b"", signature=SIGNATURE, cti=CTI) is None


def test_the_key_of_a_record_is_hkdf_of_the_signature_and_serves_one_purpose() -> None:
    """Written from RFC 5869 alone: extract with the pass id as salt, expand once."""
    extracted = hmac.digest(CTI, SIGNATURE, "sha256")
    for purpose in (RECORD_KEY, LOOKUP):
        expanded = hmac.digest(extracted, purpose + b"\x01", "sha256")
        assert key_from(SIGNATURE, CTI, purpose) == expanded
    assert key_from(SIGNATURE, CTI, RECORD_KEY) != key_from(SIGNATURE, CTI, LOOKUP)


def test_records_do_not_tell_how_long_a_name_is_nor_that_two_are_the_same() -> None:
    names = ("王*", "欧阳**", "王*国")
    blobs = [
        seal_record(DisplayRecord(n, b""), signature=SIGNATURE, cti=CTI)
        for n in (*names, "王*")
    ]
    assert len({len(blob) for blob in blobs}) == 1
    assert blobs[0][:12] != blobs[-1][:12], "a number that is used once"


@pytest.mark.parametrize(
    "record",
    [
        DisplayRecord("x" * 33),
        DisplayRecord("x", b"not a JPEG"),
        DisplayRecord("x", b"\xff\xd8\xff" + bytes(PHOTO_BYTES_MAX)),
    ],
)
def test_what_is_no_record_is_refused_when_it_is_made(record: DisplayRecord) -> None:
    with pytest.raises(MessageError, match="record"):
        seal_record(record, signature=SIGNATURE, cti=CTI)
