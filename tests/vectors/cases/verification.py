"""Statements to verify, of every kind: the page, section 4. Deterministic."""

from __future__ import annotations

from dataclasses import dataclass

import cbor2
from keyferry_interop import body as bodies
from keyferry_interop import cbor, private_key
from keyferry_interop import statement as statements
from keyferry_interop.body import Body
from keyferry_interop.curve import ORDER
from keyferry_interop.owner import Owner, organization, user
from keyferry_interop.rotation import wraps_root
from keyferry_interop.statement import Head, Issuer, sign_payload
from keyferry_interop.wrap import contacts_scope, dek_scope, lock_scope, reason_scope

from .material import IDS, Material, Vector, Vectors, fixed, flipped

_NOW = 1_790_000_000_123
_HEAD = Head(6, fixed("previous", 32))
_KEY = Material.signing()
_ORGANIZATION, _FILE, _REQUEST, _USER = (IDS[name] for name in ("organization", "file", "request", "user"))
_GRANT, _PERSON, _ROOT = fixed("grant", 16), user(_USER), organization(_ORGANIZATION)
_HASH, _SALT, _COMMITMENT = fixed("hash", 32), fixed("salt", 24), fixed("commitment", 32)
_PUBLIC = private_key.public_bytes(_KEY)
_OTHER = Material.signing("another ed25519")
_FORMER, _NEXT = private_key.public_bytes(Material.signing("former ed25519")), private_key.public_bytes(_OTHER)
_ENCODING, _TYPE, _INVALID = "encoding", "statement_type", "statement_invalid"


def bodies_of_every_kind() -> list[tuple[str, Owner, Body]]:
    """Each kind once, and those whose members may differ in shape more often."""
    recipient = (_PERSON, _HASH, _COMMITMENT, _HASH)
    return [
        ("a key certificate of a person", _PERSON, bodies.KeyCertificate("x25519-hpke", fixed("public key", 32), 1)),
        ("a key certificate of a vault", _ROOT, bodies.KeyCertificate("rsa-oaep-4096", fixed("public key", 550), 2)),
        ("a policy", _ROOT, bodies.Policy(_ORGANIZATION, "B\u00fccher & S\u00f6hne \U0001f4da", _PUBLIC, 86_400_000)),
        ("a membership", _ROOT, bodies.Membership(_ORGANIZATION, _USER, _PUBLIC, "owner", True, 1, 1, _HASH)),
        ("the end of a membership", _ROOT, bodies.Membership(_ORGANIZATION, _USER, _PUBLIC, "auditor", False, 300, 70_000, _HASH)),
        ("a file version", _PERSON, bodies.FileVersion(_ORGANIZATION, _FILE, 1, "Q3 ledger", _SALT, _COMMITMENT, 72, _HASH, _HASH)),
        ("an access request", _PERSON, bodies.AccessRequest(_REQUEST, _ORGANIZATION, _FILE, 1, _HASH, _NOW)),
        ("a grant", _PERSON, bodies.Grant(_GRANT, _ORGANIZATION, _FILE, 1, _SALT, _COMMITMENT, _USER, _HASH, _HASH, _NOW, _HASH, 3)),
        ("a wrap of a DEK", _PERSON, bodies.Wrap(dek_scope(_ORGANIZATION, _FILE, 1), _ROOT, *recipient[1:], None)),
        ("a wrap that serves a grant", _PERSON, bodies.Wrap(dek_scope(_ORGANIZATION, _FILE, 1), *recipient, _HASH)),
        ("a wrap of a lock", _PERSON, bodies.Wrap(lock_scope(_ROOT, "vault", 1), *recipient, None)),
        ("a wrap of a reason", _PERSON, bodies.Wrap(reason_scope(_ORGANIZATION, _FILE, _REQUEST), _ROOT, *recipient[1:], None)),
        ("a wrap of a contact list", _PERSON, bodies.Wrap(contacts_scope(_USER, 1), *recipient, None)),
        ("a denial", _PERSON, bodies.Denial(_ORGANIZATION, _REQUEST, _HASH, _HASH)),
        ("a withdrawal", _PERSON, bodies.Withdrawal(_REQUEST, _HASH)),
        ("a revocation", _PERSON, bodies.Revocation(_ORGANIZATION, _GRANT, _HASH, _HASH)),
        ("a contact list", _PERSON, bodies.ContactsVersion(1, _HASH)),
        ("a report of everything", _PERSON, bodies.Report("key_unwrapped", _ORGANIZATION, _FILE, _GRANT)),
        ("a report of nothing more", _PERSON, bodies.Report("private_key_decrypted", None, None, None)),
        ("a rotation of a person's key", _PERSON, bodies.Rotation(_PERSON, _HASH, _COMMITMENT, 0, wraps_root([]))),
        ("a rotation of a vault's key", _PERSON, bodies.Rotation(_ROOT, _HASH, _COMMITMENT, 10_000, wraps_root([_HASH, _COMMITMENT]))),
        ("a succession by a person's identity until now", _PERSON, bodies.Succession(_PERSON, _PUBLIC, _NEXT)),
        ("a succession by a person's next identity", _PERSON, bodies.Succession(_PERSON, _FORMER, _PUBLIC)),
        ("a succession by the root until now", _ROOT, bodies.Succession(_ROOT, _PUBLIC, _NEXT)),
        ("a succession by the next root", _ROOT, bodies.Succession(_ROOT, _FORMER, _PUBLIC)),
        ("a voucher for a root", _PERSON, bodies.Succession(_ROOT, _FORMER, _NEXT)),
    ]


def vectors(_: Material) -> Vectors:
    """What verifies; one changed byte of each; and every way to say the same, or something else, in other bytes."""
    made = [(name, statements.sign(_KEY, owner, _HEAD, body, _NOW, checkpoint=_checkpoint(name))) for name, owner, body in bodies_of_every_kind()]
    for name, statement in made:
        yield _holds(name, statement)
    for name, statement in made:
        # The last byte before the signature belongs to the body.
        at = len(statement.encoded) - 67
        yield _fails(f"{name}: a changed byte", flipped(statement.encoded, at), _INVALID, statement.body.TYP, statement.issuer)
    yield from _as_other_kinds()
    yield from _other_signers()
    yield from _other_envelopes()
    yield from _other_payloads()


def _checkpoint(name: str) -> tuple[int, bytes] | None:
    return (4_711, fixed("log root", 32)) if name in ("a grant", "a policy") else None


_BODY = bodies.Withdrawal(_REQUEST, _HASH)
_SIGNED = statements.sign(_KEY, _PERSON, _HEAD, _BODY, _NOW)


def _as_other_kinds() -> Vectors:
    """A statement never passes for another kind, though the body would fit."""
    denial = statements.sign(_KEY, _PERSON, _HEAD, bodies.Denial(_ORGANIZATION, _REQUEST, _HASH, _HASH), _NOW)
    yield _fails("a denial as a revocation", denial.encoded, _TYPE, bodies.Revocation.TYP)
    yield _fails("a withdrawal as a denial", _SIGNED.encoded, _TYPE, bodies.Denial.TYP)
    rotation = statements.sign(_KEY, _PERSON, _HEAD, bodies.Rotation(_PERSON, _HASH, _COMMITMENT, 1, _HASH), _NOW)
    yield _fails("a rotation as a wrap", rotation.encoded, _TYPE, bodies.Wrap.TYP)
    succession = statements.sign(_KEY, _PERSON, _HEAD, bodies.Succession(_PERSON, _PUBLIC, _NEXT), _NOW)
    yield _fails("a succession as a rotation", succession.encoded, _TYPE, bodies.Rotation.TYP)
    yield _fails("a succession as a policy", succession.encoded, _TYPE, bodies.Policy.TYP)
    yield _fails("a rotation as a succession", rotation.encoded, _TYPE, bodies.Succession.TYP)
    issuer, payload = Issuer(_PERSON, _PUBLIC), cbor.encode(_payload())
    yield _fails("a type that differs in case", sign_payload(_KEY, issuer, "keyferry/v1/Withdrawal", payload), _TYPE)
    yield _fails("a type of a later version", sign_payload(_KEY, issuer, "keyferry/v2/withdrawal", payload), _TYPE)
    yield _fails("a body of another kind", sign_payload(_KEY, issuer, bodies.Denial.TYP, payload), _ENCODING, bodies.Denial.TYP)


def _other_signers() -> Vectors:
    stranger = user(fixed("another user", 16))
    payload = cbor.encode(_payload())
    by_other = sign_payload(_OTHER, Issuer(_PERSON, _NEXT), _BODY.TYP, payload)
    yield _fails("signed by another key", by_other, _INVALID)
    # Another key's signature under the right key id.
    yield _fails("signed by another key that says it is this one", sign_payload(_OTHER, Issuer(_PERSON, _PUBLIC), _BODY.TYP, payload), _INVALID)
    yield _fails("another owner's key id, signed by the right key", sign_payload(_KEY, Issuer(stranger, _PUBLIC), _BODY.TYP, payload), _INVALID)
    yield _fails("the same key as another owner's", _SIGNED.encoded, _INVALID, owner=stranger)
    yield _fails("the same key as an organization's", _SIGNED.encoded, _INVALID, owner=organization(_USER))
    for name, owner, body in [
        ("a succession by the next identity, under the one until now", _PERSON, bodies.Succession(_PERSON, _PUBLIC, _NEXT)),
        ("a succession by the identity until now, under the next one", _PERSON, bodies.Succession(_PERSON, _NEXT, _PUBLIC)),
        ("a succession by the next root, under the one until now", _ROOT, bodies.Succession(_ROOT, _PUBLIC, _NEXT)),
        ("a succession by the root until now, under the next one", _ROOT, bodies.Succession(_ROOT, _NEXT, _PUBLIC)),
    ]:
        yield _fails(name, statements.sign(_OTHER, owner, _HEAD, body, _NOW).encoded, _INVALID, body.TYP, owner)
    vouched = statements.sign(_KEY, _PERSON, _HEAD, bodies.Succession(_ROOT, _PUBLIC, _NEXT), _NOW)
    yield _fails("a voucher as the organization's own succession", vouched.encoded, _INVALID, bodies.Succession.TYP, _ROOT)
    named = sign_payload(_KEY, Issuer(_PERSON, _PUBLIC), _BODY.TYP, cbor.encode({**_payload(), 1: stranger.item()}))
    yield _fails("an issuer who is not the signer", named, _INVALID)
    signature = _SIGNED.encoded[-64:]
    high = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    for name, forged in [
        ("S plus the order of the group", signature[:32] + high),
        ("a signature of zeros", bytes(64)),
        ("R the neutral element", b"\x01" + bytes(31) + signature[32:]),
        ("R and S exchanged", signature[32:] + signature[:32]),
    ]:
        yield _fails(name, _SIGNED.encoded[:-64] + forged, _INVALID)
    protected, _, payload, _ = cbor.decode(_SIGNED.encoded).value
    for name, signed in [
        ("a signature over the payload alone", payload),
        ("a signature of a COSE_Sign", cbor.encode(["Signature", protected, b"", b"", payload])),
        ("a signature with external data", cbor.encode(["Signature1", protected, b"keyferry", payload])),
    ]:
        yield _fails(name, _SIGNED.encoded[:-64] + _KEY.sign(signed), _INVALID)


def _other_envelopes() -> Vectors:
    """COSE_Sign1 that means the same, or almost, in other bytes."""
    good = _SIGNED.encoded
    protected, _, payload, signature = cbor.decode(good).value
    kid = cbor.decode(protected)[4]
    yield _fails("a byte more", good + b"\0", _ENCODING)
    yield _fails("a byte less", good[:-1], _ENCODING)
    yield _fails("nothing", b"", _ENCODING)
    yield _fails("no tag", good[1:], _ENCODING)
    yield _fails("the tag of COSE_Mac0", b"\xd1" + good[1:], _ENCODING)
    yield _fails("the tag in two bytes", b"\xd8\x12" + good[1:], _ENCODING)
    yield _fails("longer than a statement may be", good[:1] + cbor.encode([protected, {}, bytes(4_096), signature]), _ENCODING)
    for name, members in [
        ("an unprotected header", [protected, {4: kid}, payload, signature]),
        ("no unprotected header", [protected, payload, signature]),
        ("a fifth member", [protected, {}, payload, signature, b""]),
        ("a detached payload", [protected, {}, None, signature]),
        ("a payload that is no byte string", [protected, {}, cbor.decode(payload), signature]),
        ("a signature of 63 bytes", [protected, {}, payload, signature[:63]]),
    ]:
        yield _fails(name, good[:1] + cbor2.dumps(members), _ENCODING)
    for name, header in [
        ("another algorithm", {1: -7, 4: kid, 16: _BODY.TYP}),
        ("no key id", {1: -8, 16: _BODY.TYP}),
        ("a critical header more", {1: -8, 2: [4], 4: kid, 16: _BODY.TYP}),
        ("a type by its number", {1: -8, 4: kid, 16: 7}),
        ("headers in another order", {4: kid, 1: -8, 16: _BODY.TYP}),
    ]:
        yield _fails(name, _signed(cbor2.dumps(header), payload), _ENCODING)


def _other_payloads() -> Vectors:
    """Signed by the right key, and not the one encoding of a statement."""
    payload, body = _payload(), _BODY.item()
    good = cbor.encode(payload)
    cases = [
        ("a payload with a byte more", good + b"\0"),
        ("a sequence longer than it needs to be", good.replace(b"\x02\x07\x03", b"\x02\x18\x07\x03")),
        ("a payload of no definite length", b"\xbf" + good[1:] + b"\xff"),
        ("keys in another order", cbor2.dumps({2: payload[2], 1: payload[1], **{key: payload[key] for key in (3, 4, 5, 6)}})),
        ("a key more", cbor2.dumps({**payload, 7: 0})),
        ("a key less", cbor2.dumps({key: payload[key] for key in (1, 2, 3, 4, 6)})),
        ("a key twice", b"\xa7\x01" + cbor.encode(payload[1]) + good[1:]),
        ("two checkpoints", cbor2.dumps({**payload, 5: [[1, _HASH], [2, _HASH]]})),
        ("a checkpoint that is no array", cbor2.dumps({**payload, 5: None})),
        ("an issuer of no known kind", cbor2.dumps({**payload, 1: ["relay", _USER]})),
        ("an issuer of 15 bytes", cbor2.dumps({**payload, 1: ["user", _USER[:15]]})),
        ("a previous hash of 31 bytes", cbor2.dumps({**payload, 3: _HASH[:31]})),
        ("a negative time", cbor2.dumps({**payload, 4: -1})),
        ("a time with a fraction", cbor2.dumps({**payload, 4: 1.5})),
        ("a body with a key more", cbor2.dumps({**payload, 6: {**body, 3: _HASH}})),
        ("a body with a key less", cbor2.dumps({**payload, 6: {1: body[1]}})),
        ("a body as a byte string", cbor2.dumps({**payload, 6: cbor.encode(body)})),
        ("an id as text", cbor2.dumps({**payload, 6: {1: body[1].hex(), 2: body[2]}})),
        ("an id of 17 bytes", cbor2.dumps({**payload, 6: {1: body[1] + b"\0", 2: body[2]}})),
    ]
    for name, encoded in cases:
        yield _fails(name, sign_payload(_KEY, Issuer(_PERSON, _PUBLIC), _BODY.TYP, encoded), _ENCODING)
    yield from _other_bodies()


def _other_bodies() -> Vectors:
    """Bodies whose members are of no known name, or beyond their width."""
    certificate = {1: "x25519-hpke", 2: fixed("public key", 32), 3: 1}
    member = {1: _ORGANIZATION, 2: _USER, 3: _PUBLIC, 4: "owner", 5: True, 6: 1, 7: 1, 8: _HASH}
    rotation = {1: _PERSON.item(), 2: _HASH, 3: _COMMITMENT, 4: 2, 5: wraps_root([_HASH, _COMMITMENT])}
    succession = {1: _PERSON.item(), 2: _PUBLIC, 3: _NEXT}
    wrap = {1: dek_scope(_ORGANIZATION, _FILE, 1), 2: _PERSON.item(), 3: _HASH, 4: _COMMITMENT, 5: _HASH, 6: []}
    for name, owner, kind, body in [
        ("a suite nobody has", _PERSON, bodies.KeyCertificate, {**certificate, 1: "rsa-oaep-1024"}),
        ("a key version beyond 32 bits", _PERSON, bodies.KeyCertificate, {**certificate, 3: 2**32}),
        ("a role nobody has", _ROOT, bodies.Membership, {**member, 4: "root"}),
        ("an active that is a number", _ROOT, bodies.Membership, {**member, 5: 1}),
        ("an identity key of small order", _ROOT, bodies.Membership, {**member, 3: b"\x01" + bytes(31)}),
        ("an identity key in a second encoding", _ROOT, bodies.Membership, {**member, 3: b"\xf0" + 30 * b"\xff" + b"\x7f"}),
        ("an identity key that is no point", _ROOT, bodies.Membership, {**member, 3: b"\x02" + bytes(31)}),
        ("a scope of no known purpose", _PERSON, bodies.Wrap, {**wrap, 1: ["key", _ORGANIZATION, _FILE, 1]}),
        ("a scope with a member more", _PERSON, bodies.Wrap, {**wrap, 1: [*wrap[1], 1]}),
        ("a scope as a byte string", _PERSON, bodies.Wrap, {**wrap, 1: cbor.encode(wrap[1])}),
        ("a recipient who is no owner", _PERSON, bodies.Wrap, {**wrap, 2: _USER}),
        ("two grants", _PERSON, bodies.Wrap, {**wrap, 6: [_HASH, _HASH]}),
        ("a rotation without a root", _PERSON, bodies.Rotation, {key: rotation[key] for key in (1, 2, 3, 4)}),
        ("a rotation of nobody's key", _PERSON, bodies.Rotation, {**rotation, 1: _USER}),
        ("a rotation to a key by its bytes", _PERSON, bodies.Rotation, {**rotation, 3: fixed("public key", 550)}),
        ("a rotation's count as an array of its wraps", _PERSON, bodies.Rotation, {**rotation, 4: [_HASH, _COMMITMENT]}),
        ("a rotation's root of 31 bytes", _PERSON, bodies.Rotation, {**rotation, 5: _HASH[:31]}),
        ("a succession to nothing", _PERSON, bodies.Succession, {1: succession[1], 2: succession[2]}),
        ("a succession with a third key", _PERSON, bodies.Succession, {**succession, 4: _FORMER}),
        ("a succession of nobody's key", _PERSON, bodies.Succession, {**succession, 1: _USER}),
        ("a succession of a key of no known owner", _PERSON, bodies.Succession, {**succession, 1: ["vault", _USER]}),
        ("a succession of a root by the organization's id alone", _ROOT, bodies.Succession, {**succession, 1: _ORGANIZATION}),
        ("a succession from a key of small order", _PERSON, bodies.Succession, {**succession, 2: b"\x01" + bytes(31)}),
        ("a succession to a key of small order", _PERSON, bodies.Succession, {**succession, 3: b"\x01" + bytes(31)}),
        ("a succession to a key in a second encoding", _ROOT, bodies.Succession, {**succession, 3: b"\xf0" + 30 * b"\xff" + b"\x7f"}),
        ("a succession to a key that is no point", _ROOT, bodies.Succession, {**succession, 3: b"\x02" + bytes(31)}),
        ("a succession to a key of 31 bytes", _PERSON, bodies.Succession, {**succession, 3: _NEXT[:31]}),
        ("a succession to a key as text", _PERSON, bodies.Succession, {**succession, 3: _NEXT.hex()}),
        ("a succession to an optional key", _ROOT, bodies.Succession, {**succession, 3: [_NEXT]}),
    ]:
        encoded = sign_payload(_KEY, Issuer(owner, _PUBLIC), kind.TYP, cbor2.dumps({**_payload(), 1: owner.item(), 6: body}))
        yield _fails(name, encoded, _ENCODING, kind.TYP, owner)


def _payload() -> dict:
    return {1: _PERSON.item(), 2: 7, 3: _HEAD.hash, 4: _NOW, 5: [], 6: _BODY.item()}


def _signed(protected: bytes, payload: bytes) -> bytes:
    """COSE_Sign1 with any protected header."""
    signature = _KEY.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return b"\xd2" + cbor2.dumps([protected, {}, payload, signature])


@dataclass(frozen=True)
class _Asked:
    """As what a statement is to be verified."""

    typ: str
    owner: Owner

    def inputs(self, encoded: bytes) -> dict:
        owner = {"owner_kind": self.owner.kind, "owner": self.owner.id.hex()}
        return {"typ": self.typ, **owner, "public_key": _PUBLIC.hex(), "statement": encoded.hex()}


def _holds(name: str, statement: statements.Statement) -> Vector:
    expected = {
        "sequence": statement.sequence,
        "previous": statement.previous.hex(),
        "issued_at_ms": statement.issued_at_ms,
        "hash": statement.hash.hex(),
    }
    inputs = _Asked(statement.body.TYP, statement.issuer).inputs(statement.encoded)
    return {"name": name, "inputs": inputs, "expected": expected}


def _fails(name: str, encoded: bytes, code: str, typ: str = _BODY.TYP, owner: Owner = _PERSON) -> Vector:
    return {"name": name, "inputs": _Asked(typ, owner).inputs(encoded), "must_fail": code}
