"""Runs the shared vectors, `tests/vectors/*.json`, as every engine does: opens, and makes again what was opened.

A vector is `{kind, name, inputs, expected | must_fail}`; bytes are hex, `must_fail` is a stable code, and `plaintext_pattern` is a length
in bytes whose byte i is (i * 31 + (i >> 8)) mod 256.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import body as bodies
from . import bundle as bundles
from . import content, lock, manifest, passkey, passphrase, private_key, recovery, sealed_box
from . import statement as statements
from .bundle import Bundle
from .digest import sha256
from .lock import MemberLock, PassphraseLock
from .manifest import Manifest
from .owner import Owner, user
from .passphrase import Kdf
from .private_key import PrivateKey
from .passkey import PasskeyLock
from .recovery import RecoveryLock
from .refusal import require
from .sealed_box import SealedBox
from .statement import Head, Issuer
from .wrap import Recipient, dek_scope, lock_scope, reason_scope, unwrap, wrap


def run(vector: dict) -> dict:
    """What the vector gives, to be compared with `expected`; or a `Refusal`, whose code is `must_fail`'s."""
    return _RUNNERS[vector["kind"]](vector["inputs"])


def pattern(length: int) -> bytes:
    """The plaintext a `plaintext_pattern` stands for."""
    period = bytes((i * 31 + (i >> 8)) & 0xFF for i in range(min(length, 65_536)))
    return (period * (length // 65_536 + 1))[:length]


def _hex(inputs: dict, *names: str) -> list[bytes]:
    return [bytes.fromhex(inputs[name]) for name in names]


def _private_key(inputs: dict) -> PrivateKey:
    key, nonce, aad, sealed = _hex(inputs, "seal_key", "seal_nonce", "seal_aad", "sealed_private_key")
    return private_key.from_pkcs8(AESGCM(key).decrypt(nonce, sealed, aad))


def _passphrase(inputs: dict) -> dict:
    kdf = Kdf(inputs["iterations"], bytes.fromhex(inputs["salt"]))
    keys = passphrase.derive_keys(inputs["passphrase"], inputs["email"], kdf)
    return {"email": passphrase.normalize_email(inputs["email"]), "login_key": keys.login.hex(), "lock_key": keys.lock.hex()}


def _content(inputs: dict) -> dict:
    dek, context = _hex(inputs, "dek", "context")
    if "ciphertext" not in inputs:
        sealed = content.seal(dek, context, pattern(inputs["plaintext_pattern"]), salt=bytes.fromhex(inputs["salt"]))
        return {"ciphertext_sha256": sha256(sealed).hex()}
    ciphertext = bytes.fromhex(inputs["ciphertext"])
    plaintext = content.open_content(dek, context, ciphertext)
    assert plaintext == pattern(len(plaintext)), "another plaintext"
    assert content.seal(dek, context, plaintext, salt=ciphertext[: content.SALT_BYTES]) == ciphertext, "another ciphertext"
    assert content.sealed_bytes(len(plaintext)) == len(ciphertext), "another length"
    return {"plaintext_pattern": len(plaintext)}


def _wrap(inputs: dict) -> dict:
    private, (public, organization, file, wrapped) = _private_key(inputs), _hex(inputs, "public_key", "organization", "file", "wrapped")
    recipient, scope = Recipient(inputs["suite"], public), dek_scope(organization, file, inputs["version"])
    dek = unwrap(private, recipient, scope, wrapped)
    assert unwrap(private, recipient, scope, wrap(recipient, scope, dek)) == dek, "wrapped again, another key"
    return {"dek": dek.hex()}


def _public_key(inputs: dict) -> dict:
    recipient = Recipient(inputs["suite"], bytes.fromhex(inputs["public_key"]))
    wrap(recipient, dek_scope(bytes(16), bytes(16), 1), bytes(32))
    return {}


def _manifest(inputs: dict) -> dict:
    dek, organization, file, sealed = _hex(inputs, "dek", "organization", "file", "sealed")
    aad = manifest.manifest_aad(organization, file, inputs["version"])
    opened: Manifest = manifest.open_manifest(dek, aad, sealed)
    assert manifest.seal(dek, aad, opened, nonce=sealed[:12]) == sealed, "another sealing"
    return {
        "name": opened.name,
        "media_type": opened.media_type,
        "plaintext_bytes": opened.size,
        "modified_at_ms": opened.modified_at_ms,
        "sha256": opened.sha256.hex(),
        "label": opened.label,
    }


def _sealed_box(inputs: dict) -> dict:
    private, (public,) = _private_key(inputs), _hex(inputs, "public_key")
    recipient, scope = Recipient(inputs["suite"], public), reason_scope(*_hex(inputs, "organization", "file", "request"))
    box = SealedBox(recipient.suite, recipient.key_id, *_hex(inputs, "wrapped", "nonce", "ciphertext"))
    text = sealed_box.open_box(private, recipient, scope, box)
    assert sealed_box.open_box(private, recipient, scope, sealed_box.seal(recipient, scope, text)) == text, "sealed again, another text"
    return {"text": text.hex()}


def _bundle(inputs: dict) -> dict:
    """An identity bundle with a passphrase lock, and a member lock that stands for some other member's."""
    (user_, lock_key), bundle = _hex(inputs, "user", "lock_key"), Bundle.of_json(inputs["bundle"])
    owner = user(user_)
    by_passphrase = next((one for one in bundle.locks if isinstance(one, PassphraseLock)), None)
    require(by_passphrase is not None, "unlock_failed", "no passphrase lock")
    bundle_key = lock.unlock_with_passphrase(lock_key, owner, bundle.version, by_passphrase)
    keys = {one.field: bundles.open_key(bundle_key, owner, bundle.kind, bundle.suite, bundle.version, one) for one in bundle.keys}
    recipient = Recipient(bundle.suite, private_key.public_bytes(keys["encryption"]))
    own = (user_, recipient.key_id)
    by_member = next((one for one in bundle.locks if isinstance(one, MemberLock) and (one.user, one.recipient_key) == own), None)
    require(by_member is not None, "unlock_failed", "no member lock")
    again = unwrap(keys["encryption"], recipient, lock_scope(owner, bundle.kind, bundle.version), by_member.wrapped)
    assert again == bundle_key, "locks give different bundle keys"
    return {"bundle_key": bundle_key.hex()}


def _statement(inputs: dict) -> dict:
    """Signs a key certificate: Ed25519 is deterministic, so it is this very one."""
    user_, previous, encryption = _hex(inputs, "user", "previous", "encryption_key")
    certificate = bodies.KeyCertificate(inputs["suite"], encryption, inputs["version"])
    head = Head(inputs["sequence"] - 1, previous)
    signed = statements.sign(_private_key(inputs), user(user_), head, certificate, inputs["issued_at_ms"])
    verified = statements.verify(signed.encoded, Issuer(user(user_), bytes.fromhex(inputs["public_key"])), bodies.KeyCertificate)
    assert verified == signed, "it does not verify"
    return {"statement": signed.encoded.hex()}


def _verification(inputs: dict) -> dict:
    """A statement, to be verified as one of that kind by that owner under that key."""
    owner_id, public, encoded = _hex(inputs, "owner", "public_key", "statement")
    kind = next(kind for kind in bodies.KINDS if kind.TYP == inputs["typ"])
    verified = statements.verify(encoded, Issuer(Owner(inputs["owner_kind"], owner_id), public), kind)
    return {"sequence": verified.sequence, "previous": verified.previous.hex(), "issued_at_ms": verified.issued_at_ms, "hash": verified.hash.hex()}


def _recovery(inputs: dict) -> dict:
    """Words to keys, and the lock they open."""
    owner, nonce, ciphertext = _hex(inputs, "user", "nonce", "ciphertext")
    keys = recovery.derive_keys(recovery.parse(inputs["words"]), inputs["email"])
    bundle_key = RecoveryLock(nonce, ciphertext).open(user(owner), inputs["version"], keys.lock)
    again = RecoveryLock.make(user(owner), inputs["version"], keys.lock, bundle_key)
    require(again.open(user(owner), inputs["version"], keys.lock) == bundle_key, "unlock_failed", "made again it opens")
    return {"login_key": keys.login.hex(), "lock_key": keys.lock.hex(), "bundle_key": bundle_key.hex()}


def _passkey(inputs: dict) -> dict:
    """What a PRF gave, to the lock it opens."""
    owner, credential, output, nonce, ciphertext = _hex(inputs, "user", "credential", "prf", "nonce", "ciphertext")
    key, rp_id, version = passkey.lock_key(output), inputs["rp_id"], inputs["version"]
    bundle_key = PasskeyLock(rp_id, credential, nonce, ciphertext).open(user(owner), version, key)
    again = PasskeyLock.make(user(owner), version, rp_id, credential, key, bundle_key)
    require(again.open(user(owner), version, key) == bundle_key, "unlock_failed", "made again it opens")
    return {"prf_salt": passkey.prf_salt(rp_id).hex(), "lock_key": key.hex(), "bundle_key": bundle_key.hex()}


_RUNNERS = {
    "passphrase": _passphrase,
    "content": _content,
    "wrap": _wrap,
    "public_key": _public_key,
    "manifest": _manifest,
    "sealed_box": _sealed_box,
    "bundle": _bundle,
    "statement": _statement,
    "verification": _verification,
    "recovery": _recovery,
    "passkey": _passkey,
}
