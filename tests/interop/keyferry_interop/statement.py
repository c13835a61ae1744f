"""Statements: COSE_Sign1 in chains; the page, section 4; RFC 9052 §4.2 and §4.4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

from . import cbor, private_key
from .body import Body
from .curve import ORDER, decode_point, is_of_small_order
from .digest import sha256
from .fingerprint import fingerprint
from .owner import Owner
from .public_key import identity_key
from .refusal import require

MAX_BYTES = 4096
TYP = 16
"""The header parameter of RFC 9596."""
NOTHING_BEFORE = bytes(32)
_INVALID = "statement_invalid"
_ENCODING = "encoding"
SomeBody = TypeVar("SomeBody", bound=Body)


@dataclass(frozen=True)
class Issuer:
    """Whose chain it is, under which key."""

    owner: Owner
    key: bytes

    @property
    def fingerprint(self) -> bytes:
        """The `kid`."""
        return fingerprint(self.owner, self.key)


@dataclass(frozen=True)
class Header:
    """What a statement says it is, before anything is verified: to choose the key and the kind to try."""

    signer: bytes
    typ: str

    @classmethod
    def of(cls, encoded: bytes) -> Header:
        """Frame and header alone."""
        return _header(_parts(encoded)[0])


@dataclass(frozen=True)
class Head:
    """Where a chain stands."""

    sequence: int = 0
    hash: bytes = NOTHING_BEFORE


@dataclass(frozen=True)
class Statement:
    """A statement whose signature holds."""

    issuer: Owner
    sequence: int
    previous: bytes
    issued_at_ms: int
    checkpoint: tuple[int, bytes] | None
    body: Body
    encoded: bytes

    @property
    def hash(self) -> bytes:
        """By which others quote it."""
        return sha256(self.encoded)

    @property
    def head(self) -> Head:
        """Where the chain stands after it."""
        return Head(self.sequence, self.hash)

    def require_follows(self, head: Head) -> None:
        """Each issuer has one chain."""
        follows = self.sequence == head.sequence + 1 and self.previous == head.hash
        require(follows, "chain_conflict", f"statement {self.sequence} after {head.sequence}")


def sign(
    key: Ed25519PrivateKey, owner: Owner, head: Head, body: Body, now_ms: int, *, checkpoint: tuple[int, bytes] | None = None
) -> Statement:
    """The next statement of the owner's chain."""
    payload = {
        1: owner.item(),
        2: head.sequence + 1,
        3: head.hash,
        4: now_ms,
        5: cbor.optional(None if checkpoint is None else list(checkpoint)),
        6: body.item(),
    }
    encoded = sign_payload(key, Issuer(owner, private_key.public_bytes(key)), body.TYP, cbor.encode(payload))
    return Statement(owner, head.sequence + 1, head.hash, now_ms, checkpoint, body, encoded)


def sign_payload(key: Ed25519PrivateKey, issuer: Issuer, typ: str, payload: bytes) -> bytes:
    """COSE_Sign1 over any payload: what `sign` ends with, and what must-fail vectors begin with."""
    message = Sign1Message(phdr={Algorithm: EdDSA, KID: issuer.fingerprint, TYP: typ}, uhdr={}, payload=payload)
    message.key = OKPKey(crv=Ed25519, x=issuer.key, d=key.private_bytes_raw())
    return message.encode()


def verify(encoded: bytes, issuer: Issuer, kind: type[SomeBody]) -> Statement:
    """The statement, if the issuer signed one of this kind. The signature comes before the payload is parsed."""
    protected, payload, signature = _parts(encoded)
    header = _header(protected)
    require(header.typ == kind.TYP, "statement_type", f"{header.typ!r} is no {kind.TYP}")
    require(header.signer == issuer.fingerprint, _INVALID, "another signer")
    require(kind.ISSUER in ("either", issuer.owner.kind), _INVALID, "a kind the issuer has no say in")
    _verify_strictly(issuer.key, protected, payload, signature)
    return _of_payload(cbor.decode(payload), encoded, issuer, kind)


def _header(protected: bytes) -> Header:
    header = cbor.decode(protected)
    require(isinstance(header, dict) and list(header) == [1, 4, TYP], _ENCODING, "other headers")
    require(type(header[1]) is int and header[1] == cbor.EDDSA, _ENCODING, "another algorithm")
    require(type(header[4]) is bytes and len(header[4]) == 32 and type(header[TYP]) is str, _ENCODING, "other types of headers")
    return Header(header[4], header[TYP])


def _parts(encoded: bytes) -> tuple[bytes, bytes, bytes]:
    """`18([protected, {}, payload, signature])`."""
    require(len(encoded) <= MAX_BYTES, _ENCODING, "too long")
    tagged = cbor.decode(encoded)
    require(isinstance(tagged, cbor2.CBORTag), _ENCODING, "no tag 18")
    members = tagged.value
    require(isinstance(members, (list, tuple)) and len(members) == 4, _ENCODING, "no array of 4")
    protected, unprotected, payload, signature = members
    require(isinstance(unprotected, Mapping) and not unprotected, _ENCODING, "an unprotected header")
    require(all(type(member) is bytes for member in (protected, payload, signature)), _ENCODING, "other types")
    require(len(signature) == 64, _ENCODING, "a signature has 64 bytes")
    return protected, payload, signature


def _verify_strictly(key: bytes, protected: bytes, payload: bytes, signature: bytes) -> None:
    """Canonical S and R, and no point of small order, before the equation of RFC 8032 §5.1.7."""
    identity_key(key)
    point = decode_point(signature[:32])
    require(point is not None and not is_of_small_order(point), _INVALID, "R is not acceptable")
    require(int.from_bytes(signature[32:], "little") < ORDER, _INVALID, "S is not canonical")
    message = Sign1Message(phdr_encoded=protected, uhdr={}, payload=payload)
    message.key = OKPKey(crv=Ed25519, x=key)
    message.signature = signature
    require(message.verify_signature(), _INVALID, "the signature does not hold")


def _of_payload(payload, encoded: bytes, issuer: Issuer, kind: type[Body]) -> Statement:
    require(isinstance(payload, dict) and list(payload) == [1, 2, 3, 4, 5, 6], _ENCODING, "other keys in the payload")
    owner, sequence, previous, issued_at, checkpoint, body = payload.values()
    require(Owner.of_item(owner) == issuer.owner, _INVALID, "another issuer")
    require(type(sequence) is int and sequence >= 0, _ENCODING, "no sequence")
    require(type(previous) is bytes and len(previous) == 32, _ENCODING, "no hash of the statement before")
    require(type(issued_at) is int and issued_at >= 0, _ENCODING, "no time")
    seen = _checkpoint(checkpoint)
    return Statement(issuer.owner, sequence, previous, issued_at, seen, kind.of_item(body), encoded)


def _checkpoint(item) -> tuple[int, bytes] | None:
    """The optional array `[tree size, root]`."""
    require(type(item) is list and len(item) <= 1, _ENCODING, "no checkpoint")
    if not item:
        return None
    fits = type(item[0]) is list and len(item[0]) == 2 and type(item[0][0]) is int and type(item[0][1]) is bytes
    require(fits and item[0][0] >= 0 and len(item[0][1]) == 32, _ENCODING, "no checkpoint")
    return item[0][0], item[0][1]
