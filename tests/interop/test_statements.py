"""Statements of every kind: made, verified, and refused with anything changed."""

from __future__ import annotations

import pytest
from cases import verification
from keyferry_interop import private_key, statement
from keyferry_interop.body import KINDS, Body
from keyferry_interop.owner import Owner, organization, user
from keyferry_interop.refusal import Refusal
from keyferry_interop.statement import Head, Issuer

KEY = private_key.generate_signing()
PUBLIC = private_key.public_bytes(KEY)
CASES = verification.bodies_of_every_kind()
HEAD = Head(4, b"h" * 32)
every_kind = pytest.mark.parametrize(("_name", "owner", "body"), CASES, ids=[name for name, _, _ in CASES])


def test_every_kind_the_page_lists_is_among_them() -> None:
    assert {type(body) for _, _, body in CASES} == set(KINDS) and len(KINDS) == 14


@every_kind
def test_what_was_signed_verifies_and_says_the_same(_name: str, owner: Owner, body: Body) -> None:
    made = statement.sign(KEY, owner, HEAD, body, 17, checkpoint=(3, b"r" * 32))
    assert statement.verify(made.encoded, Issuer(owner, PUBLIC), type(body)) == made
    assert made.body == body and (made.sequence, made.previous, made.checkpoint) == (5, HEAD.hash, (3, b"r" * 32))


@every_kind
def test_no_changed_byte_verifies(_name: str, owner: Owner, body: Body) -> None:
    encoded = statement.sign(KEY, owner, HEAD, body, 17).encoded
    for place in range(len(encoded)):
        changed = encoded[:place] + bytes([encoded[place] ^ 1]) + encoded[place + 1 :]
        with pytest.raises(Refusal) as refused:
            statement.verify(changed, Issuer(owner, PUBLIC), type(body))
        assert refused.value.code in ("encoding", "statement_type", "statement_invalid")


@every_kind
def test_no_statement_passes_for_another_kind_or_issuer(_name: str, owner: Owner, body: Body) -> None:
    encoded = statement.sign(KEY, owner, HEAD, body, 17).encoded
    for kind in set(KINDS) - {type(body)}:
        with pytest.raises(Refusal, match="^statement_type"):
            statement.verify(encoded, Issuer(owner, PUBLIC), kind)
    for other in (user(b"x" * 16), organization(b"x" * 16)):
        with pytest.raises(Refusal, match="^statement_invalid"):
            statement.verify(encoded, Issuer(other, PUBLIC), type(body))
    stranger = private_key.public_bytes(private_key.generate_signing())
    with pytest.raises(Refusal, match="^statement_invalid"):
        statement.verify(encoded, Issuer(owner, stranger), type(body))


def test_a_statement_follows_only_the_one_before() -> None:
    _, owner, body = CASES[0]
    first = statement.sign(KEY, owner, Head(), body, 1)
    second = statement.sign(KEY, owner, first.head, body, 2)
    first.require_follows(Head())
    second.require_follows(first.head)
    for conflict, head in ((first, first.head), (second, Head()), (second, second.head), (second, Head(1, b"x" * 32))):
        with pytest.raises(Refusal, match="^chain_conflict"):
            conflict.require_follows(head)


def test_signatures_are_verified_strictly() -> None:
    """A key of small order signs everything, so it signs nothing."""
    _, owner, body = CASES[0]
    issuer = Issuer(owner, (1).to_bytes(32, "little"))
    forged = statement.sign_payload(KEY, issuer, body.TYP, b"\xa0")[:-64] + (1).to_bytes(32, "little") + bytes(32)
    with pytest.raises(Refusal, match="^key_invalid"):
        statement.verify(forged, issuer, type(body))
