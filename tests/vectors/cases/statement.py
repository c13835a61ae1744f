"""Statements to sign: the page, section 4. Ed25519 is deterministic, so each must come out as it stands here."""

from keyferry_interop import statement as statements
from keyferry_interop.body import KeyCertificate
from keyferry_interop.owner import user
from keyferry_interop.statement import NOTHING_BEFORE, Head

from .material import IDS, Material, Vectors, fixed, sealed_private


def vectors(material: Material) -> Vectors:
    """Key certificates of every suite, with the numbers that change their length."""
    previous, now = fixed("previous", 32), 1_790_000_000_123
    for name, suite, sequence, before, issued_at_ms, version in [
        ("a key certificate", "x25519-hpke", 7, previous, now, 2),
        ("the first statement of a chain", "x25519-hpke", 1, NOTHING_BEFORE, now, 1),
        ("rsa-oaep-2048", "rsa-oaep-2048", 24, previous, now, 23),
        ("rsa-oaep-3072", "rsa-oaep-3072", 256, previous, now, 24),
        ("rsa-oaep-4096", "rsa-oaep-4096", 65_536, previous, now, 256),
        ("the largest numbers", "x25519-hpke", 2**63, previous, 2**64 - 1, 2**32 - 1),
        ("the smallest time", "x25519-hpke", 255, previous, 0, 65_535),
    ]:
        certificate = KeyCertificate(suite, material.recipient(suite).key, version)
        signed = statements.sign(Material.signing(), user(IDS["user"]), Head(sequence - 1, before), certificate, issued_at_ms)
        inputs = {
            **sealed_private(Material.signing()),
            "user": IDS["user"].hex(),
            "sequence": sequence,
            "previous": before.hex(),
            "issued_at_ms": issued_at_ms,
            "suite": suite,
            "encryption_key": certificate.public_key.hex(),
            "version": version,
        }
        yield {"name": name, "inputs": inputs, "expected": {"statement": signed.encoded.hex()}}
