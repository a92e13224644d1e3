"""Rule sets of the community: published once, by name, and handed to every kiosk."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, func, insert, select

from kiosk.central.allowed import handed_trust
from kiosk.central.deeds import note_deed
from kiosk.central.schema_rules import rule_set
from kiosk.core.rules_words import Rules
from kiosk.errors import ConfigError
from kiosk.rulebook.envelope import sign_rules
from kiosk.rulebook.reading import read_rules

OFFERED_BYTES_MAX = 256_000  # of one answer; what does not fit comes with the next
WAITING_MAX = 7  # versions that wait for their date, as many as a kiosk keeps
_VERSION, _FROM = rule_set.c.version, rule_set.c.from_ms


@dataclass(frozen=True, slots=True)
class Published:
    """One version, without its text. Times are UTC ms."""

    version: int
    name: str
    from_ms: int
    published_ms: int
    published_by: str


def publish(
    db: Connection, status: Ed25519PrivateKey, text: str, *, by: str, now_ms: int
) -> Rules:
    """Sign a rule file for all kiosks. Raises ConfigError with every mistake in it."""
    rules = read_rules(text)
    trust = handed_trust(db)
    if trust is None:
        raise ConfigError(["no list of issuers is handed out; it names the community"])
    newest = db.scalar(select(func.max(_VERSION))) or 0
    if rules.version <= newest:
        problem = f"rules.version: {rules.version} is not above {newest}, the newest here"
        raise ConfigError([problem])
    if _waiting(db, now_ms) >= WAITING_MAX and rules.from_ms > now_ms:
        raise ConfigError([f"rules.from: {WAITING_MAX} versions wait for their date already"])
    document = sign_rules(
        text,
        community=trust.community,
        version=rules.version,
        issued_s=now_ms // 1000,
        status=status,
    )
    row = {"version": rules.version, "name": rules.name, "from_ms": rules.from_ms}
    row |= {"text": text, "document": document, "published_ms": now_ms, "published_by": by}
    db.execute(insert(rule_set).values(**row))
    subject = f"version {rules.version}"
    note_deed(db, operator=by, deed="rules_publish", subject=subject, now_ms=now_ms)
    return rules


def documents_above(db: Connection, version: int, now_ms: int) -> tuple[bytes, ...]:
    """Return what a kiosk with this version lacks, the lowest version first."""
    lowest = db.scalar(select(func.max(_VERSION)).where(now_ms >= _FROM)) or 0
    wanted = select(rule_set.c.document).where(version < _VERSION, lowest <= _VERSION)
    found: list[bytes] = []
    for document in db.scalars(wanted.order_by(_VERSION).limit(WAITING_MAX + 1)):
        if found and sum(map(len, found)) + len(document) > OFFERED_BYTES_MAX:
            break
        found.append(document)
    return tuple(found)


def published(db: Connection) -> list[Published]:
    """Return every version, the newest first."""
    columns = (rule_set.c[name] for name in Published.__slots__)
    rows = db.execute(select(*columns).order_by(_VERSION.desc()))
    return [Published(*row) for row in rows]


def text_of(db: Connection, version: int) -> str | None:
    """Return the rule file of a version as it was published, None when there is none."""
    return db.scalar(select(rule_set.c.text).where(rule_set.c.version == version))


def _waiting(db: Connection, now_ms: int) -> int:
    return db.scalar(select(func.count()).where(rule_set.c.from_ms > now_ms)) or 0
