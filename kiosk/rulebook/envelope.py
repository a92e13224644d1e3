"""A signed rule set, as central hands it to kiosks.

A COSE_Sign1 by the community's status key over `{1: "rules", 2: community, 3: version,
5: issued, 10: YAML text}`. A kiosk reads the text as it would read a local file, so a rule
set that is wrong is refused by every kiosk, whoever signed it.
"""

from enum import Enum
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.rules_words import Rules
from kiosk.core.words_pass import Refusal
from kiosk.errors import ConfigError
from kiosk.passes import cose
from kiosk.passes.claims import TIME_MAX_S, is_community
from kiosk.passes.strict import load
from kiosk.rulebook.reading import UTC_OFFSET_S, read_rules
from kiosk.rulebook.sections import VERSION_MAX
from kiosk.rulebook.tree import BYTES_MAX

DOCUMENT_BYTES_MAX = BYTES_MAX + 512  # the text and its envelope
_NAME, _COMMUNITY, _VERSION, _ISSUED, _TEXT = 1, 2, 3, 5, 10
_MAP_KEYS = [_NAME, _COMMUNITY, _VERSION, _ISSUED, _TEXT]
_DEPTH_MAX = 1


class RulesRefusal(Enum):
    """Why a signed rule set is not taken, in the order in which it is asked."""

    LENGTH = "E_RS_LENGTH"
    PROFILE = "E_RS_PROFILE"
    KID = "E_RS_KID"  # signed by another key than the status key
    SIG = "E_RS_SIG"
    CBOR = "E_RS_CBOR"
    SHAPE = "E_RS_SHAPE"
    COMMUNITY = "E_RS_COMMUNITY"
    RULES = "E_RS_RULES"  # the text has mistakes, or another version than the envelope
    ROLLBACK = "E_RS_ROLLBACK"
    FORK = "E_RS_FORK"  # another rule set of the same version


def sign_rules(
    text: str, *, community: str, version: int, issued_s: int, status: Ed25519PrivateKey
) -> bytes:
    """Return a signed rule set. `text` has been read by `read_rules`, `version` is its own."""
    tree = {
        _NAME: "rules",
        _COMMUNITY: community,
        _VERSION: version,
        _ISSUED: issued_s,
        _TEXT: text,
    }
    return cose.sign(cbor2.dumps(tree, canonical=True), status)


def open_rules(
    message: bytes, status_public: bytes, community: str, *, utc_offset_s: int = UTC_OFFSET_S
) -> Rules | RulesRefusal:
    """Return the rules in `message` if the status key (raw) signed it and all is right."""
    if len(message) > DOCUMENT_BYTES_MAX:
        return RulesRefusal.LENGTH
    envelope = cose.parse(message)
    if envelope is None:
        return RulesRefusal.PROFILE
    if envelope.kid != cose.kid_of(status_public):
        return RulesRefusal.KID
    if not cose.is_signed_by(envelope, status_public):
        return RulesRefusal.SIG
    tree = load(envelope.payload, depth_max=_DEPTH_MAX)
    if isinstance(tree, Refusal):
        return RulesRefusal.CBOR
    if not _is_sound(tree):
        return RulesRefusal.SHAPE
    if tree[_COMMUNITY] != community:
        return RulesRefusal.COMMUNITY
    try:
        rules = read_rules(tree[_TEXT], utc_offset_s=utc_offset_s)
    except ConfigError:
        return RulesRefusal.RULES
    return rules if rules.version == tree[_VERSION] else RulesRefusal.RULES


def _is_sound(tree: Any) -> bool:
    if type(tree) is not dict or list(tree) != _MAP_KEYS or tree[_NAME] != "rules":
        return False
    community, version, issued, text = (tree[key] for key in _MAP_KEYS[1:])
    if type(version) is not int or type(issued) is not int or type(text) is not str:
        return False
    if not 1 <= version <= VERSION_MAX or not 0 <= issued <= TIME_MAX_S:
        return False
    return type(community) is str and is_community(community)
