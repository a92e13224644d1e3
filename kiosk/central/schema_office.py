"""The tables of the desk: passes and their ends, people who work there, what they did.

No pass text is kept, and no name: a pass is its id, a household reference and a masked
label. What was sealed at a gate lies here sealed, until the office opens it off line.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    false,
)

from kiosk.central.schema import metadata

__all__ = [
    "anchor",
    "deed",
    "directory",
    "invitation",
    "issued",
    "metadata",
    "operator",
    "pass_order",
    "revoked",
    "sealed",
    "session",
    "slot",
]

issued = Table(
    "issued",
    metadata,
    Column("cti", LargeBinary, primary_key=True),
    Column("kid", LargeBinary, nullable=False),  # of the issuer's key
    Column("payload_sha8", LargeBinary, nullable=False),  # for the allow-list
    Column("sub", Text, nullable=False, index=True),
    Column("kind", Integer, nullable=False),  # core.words.PassKind
    Column("grid", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("nbf_s", BigInteger, nullable=False),
    Column("exp_s", BigInteger, nullable=False),
    Column("card_no", Integer, unique=True),  # printed on blank cards of the stock
    Column("issued_ms", BigInteger, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("replaces", LargeBinary),  # the pass in whose place it was made
)

# A list of number n holds every id with added_seq <= n and no dropped_seq <= n.
revoked = Table(
    "revoked",
    metadata,
    Column("cti", LargeBinary, primary_key=True),
    Column("added_seq", BigInteger, nullable=False, index=True),
    Column("dropped_seq", BigInteger, index=True),
    Column("revoked_ms", BigInteger, nullable=False),
    Column("revoked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

directory = Table(
    "directory",
    metadata,
    Column("what", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),  # rises with every change
    Column("blob", LargeBinary),  # None: gone
)

sealed = Table(
    "sealed",
    metadata,
    Column("device", Text, primary_key=True),
    Column("form", LargeBinary, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("epoch", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("stored_ms", BigInteger, nullable=False),
)

# In boot `boot_no` of a kiosk's journal, UTC was utc_ms +- error_ms at boot_ms.
anchor = Table(
    "anchor",
    metadata,
    Column("device", Text, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("boot_no", BigInteger, primary_key=True, autoincrement=False),
    Column("boot_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("boot_id", Text, nullable=False),
    Column("utc_ms", BigInteger, nullable=False),
    Column("error_ms", BigInteger, nullable=False),
)

slot = Table(
    "slot",  # where a new kiosk may enrol
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("code", LargeBinary, nullable=False),  # one-time; emptied when it is used
    Column("until_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", Text, nullable=False),  # open | pending | approved | refused
    Column("public", LargeBinary),  # of the kiosk that proved the code
    Column("nonce", LargeBinary),
    Column("told", Text),  # hardware serial and version, as the kiosk says
    Column("made_by", Text, nullable=False),
)

invitation = Table(
    "invitation",  # to a pass on the phone; the code itself is kept nowhere
    metadata,
    Column("code_sha256", LargeBinary, primary_key=True),
    Column("sub", Text, nullable=False),
    Column("grid", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("nbf_s", BigInteger, nullable=False),
    Column("exp_s", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("made_by", Text, nullable=False),
    Column("wrong_proofs", Integer, nullable=False),
    Column("holder", LargeBinary, unique=True),  # raw key of the phone that used it
    Column("cti", LargeBinary),  # the pass it became
)

operator = Table(
    "operator",
    metadata,
    Column("name", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("is_blocked", Boolean, nullable=False, server_default=false()),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)

pass_order = Table(
    "pass_order",  # passes that were asked for at the desk; each is made once
    metadata,
    Column("id", Text, primary_key=True),
    Column("asked_by", Text, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("pass_count", Integer, nullable=False),
    Column("size", Text, nullable=False),  # of the print: sheet | large
    Column("state", Text, nullable=False),  # waiting | ready | made | refused
    Column("wanted", LargeBinary),  # CBOR; emptied when they are made or refused
    Column("decided_by", Text),  # the second person
)

deed = Table(
    "deed",  # who did what at the desk; rows are only ever added
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("operator", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Index("deed_by_time", "at_ms"),
)
