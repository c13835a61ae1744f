"""Successions, by which one key gives way to the next: the page, section 4."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import private_key
from . import statement as statements
from .body import Succession
from .owner import Owner
from .refusal import Refusal, require
from .statement import Head, Header, Issuer, Statement

_INVALID = "statement_invalid"
Keys = tuple[Issuer, ...]
"""What an owner signs with, and signed with before: the last is the one of now."""


def sign_pair(owner: Owner, old: Ed25519PrivateKey, new: Ed25519PrivateKey, head: Head, now_ms: int) -> tuple[Statement, Statement]:
    """The two next statements of the owner's chain, by the key until now and by the next."""
    body = Succession(owner, private_key.public_bytes(old), private_key.public_bytes(new))
    first = statements.sign(old, owner, head, body, now_ms)
    return first, statements.sign(new, owner, first.head, body, now_ms)


def verify_pair(first: bytes, second: bytes, until_now: Issuer) -> tuple[Statement, Issuer]:
    """The second of the two and who signs from now on, if the key until now gives way to it."""
    said = statements.verify(first, until_now, Succession)
    next_ = Issuer(until_now.owner, said.body.from_now_on)
    taken = statements.verify(second, next_, Succession)
    _require_pair(said, taken, until_now, next_)
    return taken, next_


def keys_from(first: Issuer, successions: list[bytes]) -> Keys:
    """From a key one knows on to those that took its place."""
    require(len(successions) % 2 == 0, _INVALID, "half a pair")
    keys = [first]
    for said, taken in _pairs(successions):
        keys.append(verify_pair(said, taken, keys[-1])[1])
    return tuple(keys)


def keys_to(served: Issuer, successions: list[bytes]) -> Keys:
    """Back from the key that is served to those before it; where the pairs prove nothing else, that one alone."""
    try:
        return _keys_to(served, successions)
    except Refusal:
        return (served,)


def signer_among(keys: Keys, encoded: bytes) -> Issuer:
    """The one that the statement's `kid` names; else the one of now, under which it will not verify."""
    try:
        named = Header.of(encoded).signer
    except Refusal:
        return keys[-1]
    return next((key for key in keys if key.fingerprint == named), keys[-1])


def _keys_to(served: Issuer, successions: list[bytes]) -> Keys:
    require(len(successions) % 2 == 0, _INVALID, "half a pair")
    keys = [served]
    for first, second in reversed(_pairs(successions)):
        taken = statements.verify(second, keys[0], Succession)
        former = Issuer(served.owner, taken.body.until_now)
        _require_pair(statements.verify(first, former, Succession), taken, former, keys[0])
        keys.insert(0, former)
    return tuple(keys)


def _pairs(successions: list[bytes]) -> list[tuple[bytes, bytes]]:
    return list(zip(successions[::2], successions[1::2]))


def _require_pair(said: Statement, taken: Statement, until_now: Issuer, next_: Issuer) -> None:
    """Both say the same, of these two keys, right after each other."""
    whole = Succession(until_now.owner, until_now.key, next_.key)
    require(said.body == whole and taken.body == whole, _INVALID, "a succession of other keys, or of somebody else's")
    require(until_now.key != next_.key, _INVALID, "the keys do not differ")
    taken.require_follows(said.head)
