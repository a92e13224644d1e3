"""The words of a pass: kinds, refusals, warnings, what verified and what did not. Values only.

They stand apart from the gate's other words, so that verifying a pass imports little. The
wire values of the enums are fixed: journals and central servers hold them.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum


class PassKind(IntEnum):
    """Claim 1 of the gate claim in a pass."""

    RESIDENT = 1
    PHONE = 2
    STAFF = 3
    VISITOR = 4


class Refusal(Enum):
    """Why a pass did not verify, in the order in which it is asked."""

    EMPTY = "E_EMPTY"
    LENGTH = "E_LENGTH"
    PREFIX = "E_PREFIX"
    BASE45 = "E_BASE45"
    PROFILE = "E_PROFILE"
    KID = "E_KID"
    KEY_RETIRED = "E_KEY_RETIRED"
    SIG = "E_SIG"
    CBOR = "E_CBOR"
    CLAIMS = "E_CLAIMS"
    LABEL = "E_LABEL"
    KIND = "E_KIND"
    ISS = "E_ISS"
    KEY_WINDOW = "E_KEY_WINDOW"
    HOLDER_KEY = "E_HOLDER_KEY"
    HOLDER_SIG = "E_HOLDER_SIG"
    PROOF_TIME = "E_PROOF_TIME"
    PROOF_REPLAY = "E_PROOF_REPLAY"
    NOT_YET = "E_NOT_YET"
    EXPIRED = "E_EXPIRED"
    REVOKED = "E_REVOKED"
    INTERNAL = "E_INTERNAL"


# Refused before any key of ours was asked for: a strange code, not a pass. It is shown
# and counted, and makes no entry, so that a flood of codes cannot fill the journal.
FOREIGN = frozenset(
    {
        Refusal.EMPTY,
        Refusal.LENGTH,
        Refusal.PREFIX,
        Refusal.BASE45,
        Refusal.PROFILE,
        Refusal.KID,
    }
)


class PassWarning(Enum):
    """What travels beside a credential and asks for a second look."""

    TIME_UNSURE = "W_TIME_UNSURE"
    LIST_STALE = "W_LIST_STALE"
    REPEAT = "W_REPEAT"
    PASSBACK = "W_PASSBACK"
    TWO_GATES = "W_TWO_GATES"


@dataclass(frozen=True, slots=True)
class Credential:
    """A pass that verified. Only `passes.verify` and staff events make one."""

    cti: bytes  # pass id, 8 random bytes
    sub: str  # household reference
    iss: str  # community code
    kind: PassKind
    grid: int
    label: str  # masked name such as 张*明, or empty
    exp_s: int  # UTC seconds at which it ends
    warnings: tuple[PassWarning, ...] = ()
    proof_s: int | None = None  # a phone's pass: when the phone drew it, UTC seconds
    card_no: int | None = None  # a numbered blank card of the stock: nobody's own yet

    @property
    def is_foreign(self) -> bool:
        """Whether this is a strange code: what verified never is."""
        return False


@dataclass(frozen=True, slots=True)
class Refused:
    """A shown text that is no credential.

    `ref` is the pass id where the signature held, else the first 8 bytes of the text's
    SHA-256. `sub`, `label` and `when_s` (end or start date, UTC seconds) are known only
    where the signature held.
    """

    reason: Refusal
    ref: bytes
    sub: str | None = None
    label: str = ""
    when_s: int | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether this is a strange code rather than a pass that was refused."""
        return self.reason in FOREIGN
