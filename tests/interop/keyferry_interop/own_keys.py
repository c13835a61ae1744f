"""One's own key bundle and what opens it: the page, section 2 and the calls of section 6."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from . import bundle as bundles
from . import lock, recovery
from .bundle import Bundle
from .passphrase import Kdf, PassphraseKeys, derive_keys
from .person import Person
from .private_key import EncryptionPrivateKey
from .recovery import RecoveryLock
from .text import b64u

_PATH = "/v1/accounts/me"


@dataclass(frozen=True)
class OpenedLock:
    """The passphrase, proved."""

    bundle: Bundle
    bundle_key: bytes
    kdf: Kdf
    keys: PassphraseKeys


@dataclass(frozen=True)
class NextBundle:
    """What takes the place of a bundle in a rotation, and what logs in by its locks."""

    bundle: Bundle
    login: bytes
    code: str | None
    code_login: bytes | None


def prove_passphrase(person: Person, passphrase: str) -> OpenedLock:
    """Opens the bundle by its passphrase lock."""
    bundle = Bundle.of_json(person.relay.get(f"{_PATH}/bundle"))
    by_passphrase = bundle.passphrase_lock
    keys = derive_keys(passphrase, person.email, by_passphrase.kdf)
    bundle_key = lock.unlock_with_passphrase(keys.lock, person.issuer.owner, bundle.version, by_passphrase)
    return OpenedLock(bundle, bundle_key, by_passphrase.kdf, keys)


def set_recovery_code(person: Person, passphrase: str) -> str:
    """Makes a code, in the place of the one there was; returns its words."""
    opened = prove_passphrase(person, passphrase)
    words, keys, made = _recovery_lock(person, opened.bundle.version, opened.bundle_key)
    body = {"current_login_key": b64u(opened.keys.login), "login_key": b64u(keys.login)}
    body |= {"bundle_version": opened.bundle.version, "lock": made.to_json()}
    person.relay.put(f"{_PATH}/recovery", body)
    return words


def next_bundle(person: Person, opened: OpenedLock, suite: str, encryption: EncryptionPrivateKey, new_passphrase: str | None) -> NextBundle:
    """Their identity, whichever it is to be, and another encryption key under a fresh bundle key, with locks of the same kinds."""
    owner, bundle_key, version = person.issuer.owner, secrets.token_bytes(32), opened.bundle.version + 1
    sealed = bundles.seal("identity", suite, version, owner, bundle_key, {"signing": person.signing, "encryption": encryption})
    kdf, keys = opened.kdf, opened.keys
    if new_passphrase is not None:
        kdf = Kdf(kdf.iterations, secrets.token_bytes(16))
        keys = derive_keys(new_passphrase, person.email, kdf)
    by_passphrase = lock.lock_with_passphrase(keys.lock, bundle_key, owner, version, kdf)
    if not opened.bundle.has_recovery_lock:
        return NextBundle(replace(sealed, locks=(by_passphrase,)), keys.login, None, None)
    words, code_keys, by_code = _recovery_lock(person, version, bundle_key)
    return NextBundle(replace(sealed, locks=(by_passphrase, by_code)), keys.login, words, code_keys.login)


def _recovery_lock(person: Person, version: int, bundle_key: bytes) -> tuple[str, PassphraseKeys, RecoveryLock]:
    code = secrets.token_bytes(20)
    keys = recovery.derive_keys(code, person.email)
    return recovery.words(code), keys, RecoveryLock.make(person.issuer.owner, version, keys.lock, bundle_key)
