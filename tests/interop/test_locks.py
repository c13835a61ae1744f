"""Locks and bundles: the page, section 2."""

from __future__ import annotations

from dataclasses import replace

import pytest
from keyferry_interop import bundle, lock, passphrase, private_key, statement
from keyferry_interop.lock import MemberLock
from keyferry_interop.owner import generate_id, organization, user
from keyferry_interop.passkey import PasskeyLock
from keyferry_interop.passphrase import Kdf
from keyferry_interop.refusal import Refusal
from keyferry_interop.statement import Head, Issuer
from keyferry_interop.wrap import Recipient, lock_scope, wrap

BUNDLE_KEY, LOCK_KEY = b"b" * 32, b"l" * 32
KDF = Kdf(600_000, b"s" * 16)
ORGANIZATION, OWNER_ID, MEMBER_ID = generate_id(), generate_id(), generate_id()
OWNER_KEY, MEMBER_KEY, VAULT = private_key.generate_signing(), *(private_key.generate_encryption("x25519-hpke") for _ in range(2))
OWNER = Issuer(user(OWNER_ID), private_key.public_bytes(OWNER_KEY))
MEMBER = Recipient("x25519-hpke", private_key.public_bytes(MEMBER_KEY))
VAULT_PUBLIC = private_key.public_bytes(VAULT)


def member_lock(version: int = 2, publics: tuple[bytes, ...] = (VAULT_PUBLIC,), signer: object = OWNER_KEY) -> MemberLock:
    scope = lock_scope(organization(ORGANIZATION), "vault", version)
    wrapped = wrap(MEMBER, scope, BUNDLE_KEY)
    commitment = lock.bundle_commitment(organization(ORGANIZATION), "vault", version, list(publics))
    body = lock.member_lock_body(MEMBER_ID, MEMBER, scope, commitment, wrapped)
    return MemberLock(MEMBER_ID, MEMBER.key_id, wrapped, statement.sign(signer, OWNER.owner, Head(), body, 1).encoded, OWNER_ID)


def unlock(locked: MemberLock, signer: Issuer = OWNER) -> bytes:
    return lock.unlock_as_member(MEMBER_KEY, MEMBER, MEMBER_ID, organization(ORGANIZATION), "vault", 2, [VAULT_PUBLIC], locked, signer)[0]


def test_a_member_lock_opens_for_whom_an_owner_made_it() -> None:
    assert unlock(member_lock()) == BUNDLE_KEY
    assert unlock(lock.of_json(member_lock().to_json())) == BUNDLE_KEY


def test_a_member_lock_is_believed_for_its_statement_only() -> None:
    good, again = member_lock(), member_lock()
    stranger = Issuer(user(generate_id()), OWNER.key)
    cases = {
        "of another bundle version": (member_lock(version=3), OWNER, "context_mismatch"),
        "of other public keys": (member_lock(publics=(bytes(32),)), OWNER, "context_mismatch"),
        "signed by no owner": (member_lock(signer=private_key.generate_signing()), OWNER, "membership_unsigned"),
        "whose bytes were exchanged": (replace(good, wrapped=again.wrapped), OWNER, "membership_unsigned"),
        "of another member": (replace(good, user=OWNER_ID), OWNER, "unlock_failed"),
        "to another key": (replace(good, recipient_key=bytes(32)), OWNER, "unlock_failed"),
        "by another owner than it says": (good, stranger, "unlock_failed"),
    }
    for name, (locked, signer, code) in cases.items():
        with pytest.raises(Refusal) as refused:
            unlock(locked, signer)
        assert refused.value.code == code, f"a lock {name}"


def test_a_passphrase_lock_opens_with_its_key_owner_version_and_parameters() -> None:
    owner = user(MEMBER_ID)
    locked = lock.lock_with_passphrase(LOCK_KEY, BUNDLE_KEY, owner, 2, KDF)
    assert lock.unlock_with_passphrase(LOCK_KEY, owner, 2, lock.of_json(locked.to_json())) == BUNDLE_KEY
    for key, whose, version, one in [
        (b"x" * 32, owner, 2, locked),
        (LOCK_KEY, user(OWNER_ID), 2, locked),
        (LOCK_KEY, organization(MEMBER_ID), 2, locked),
        (LOCK_KEY, owner, 3, locked),
        (LOCK_KEY, owner, 2, replace(locked, kdf=Kdf(600_001, KDF.salt))),
        (LOCK_KEY, owner, 2, replace(locked, kdf=Kdf(600_000, b"t" * 16))),
        (LOCK_KEY, owner, 2, replace(locked, ciphertext=locked.ciphertext[:-1])),
    ]:
        with pytest.raises(Refusal, match="^unlock_failed"):
            lock.unlock_with_passphrase(key, whose, version, one)


def test_a_passkey_lock_is_read_as_it_is_written_with_no_other_names() -> None:
    made = PasskeyLock.make(user(MEMBER_ID), 2, "app.example", b"id", LOCK_KEY, BUNDLE_KEY)
    assert lock.of_json(made.to_json()) == made and made.open(user(MEMBER_ID), 2, LOCK_KEY) == BUNDLE_KEY
    with pytest.raises(Refusal, match="^response_invalid"):
        lock.of_json({**made.to_json(), "prf": "AA"})


@pytest.mark.parametrize("iterations", [0, 1, 599_999, 10_000_001])
def test_nothing_is_derived_under_parameters_a_client_refuses(iterations: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "PBKDF2HMAC", None)
    with pytest.raises(Refusal, match="^kdf_policy"):
        passphrase.derive_keys("x", "a@b", Kdf(iterations, b"s" * 16))


def test_a_bundle_opens_to_the_pairs_of_its_public_keys() -> None:
    owner, other = organization(ORGANIZATION), private_key.generate_encryption("x25519-hpke")
    sealed = bundle.seal_key(BUNDLE_KEY, owner, "vault", "x25519-hpke", 1, "encryption", VAULT)
    opened = bundle.open_key(BUNDLE_KEY, owner, "vault", "x25519-hpke", 1, bundle.SealedKey.of_json(sealed.to_json()))
    assert private_key.to_pkcs8(opened) == private_key.to_pkcs8(VAULT) and len(private_key.to_pkcs8(VAULT)) == 48
    with pytest.raises(Refusal, match="^unlock_failed"):
        bundle.open_key(BUNDLE_KEY, owner, "vault", "x25519-hpke", 2, sealed)
    with pytest.raises(Refusal, match="^keypair_mismatch"):
        bundle.require_pair("x25519-hpke", other, VAULT_PUBLIC)
    with pytest.raises(Refusal, match="^keypair_mismatch"):
        bundle.require_pair("x25519-hpke", OWNER_KEY, private_key.public_bytes(private_key.generate_signing()))
