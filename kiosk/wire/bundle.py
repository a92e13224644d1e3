"""What binds a kiosk to its central server: the answer to its enrolment, or a file."""

from dataclasses import dataclass, field

import cbor2

from kiosk.wire.cbor import load, need


@dataclass(frozen=True, slots=True)
class Bundle:
    """What binds a kiosk to its central server; made by `kiosk central device add`."""

    device: str
    server: str
    status_public: bytes  # raw Ed25519 key that signs replies
    site: str
    trust: bytes | None = None
    root_public: bytes | None = None
    office_public: bytes | None = None  # raw X25519, to which personal data is sealed
    version: int = field(default=2)


def encode_bundle(bundle: Bundle) -> bytes:
    """Return a bundle's bytes, as they are carried to `keys/bundle` of the kiosk."""
    fields = [
        "gate-bundle",
        bundle.version,
        bundle.device,
        bundle.server,
        bundle.status_public,
        bundle.site,
        bundle.trust,
        bundle.root_public,
        bundle.office_public,
    ]
    return cbor2.dumps(fields, canonical=True)


def decode_bundle(data: bytes) -> Bundle:
    """Return a bundle. Raises MessageError."""
    fields = load(data)
    need(isinstance(fields, list) and len(fields) == 9, "bundle")
    name, version, device, server, status, site, trust, root, office = fields
    need(name == "gate-bundle" and version == 2, "bundle name")
    need(all(isinstance(t, str) for t in (device, server, site)), "bundle text")
    need(isinstance(status, bytes) and len(status) == 32, "status key")
    need(isinstance(trust, bytes | None) and isinstance(root, bytes | None), "trust")
    need(office is None or (isinstance(office, bytes) and len(office) == 32), "office key")
    return Bundle(device, server, status, site, trust, root, office, version)
