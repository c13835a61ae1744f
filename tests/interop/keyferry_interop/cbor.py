"""Deterministic CBOR: the page, section 1.1; RFC 8949 §4.2.1."""

from __future__ import annotations

from collections.abc import Mapping

import cbor2

from .refusal import Refusal, require

COSE_SIGN1 = 18
EDDSA = -8


def encode(item) -> bytes:
    """The one encoding of an item; refuses what the formats have no use for."""
    _require_known(item)
    return cbor2.dumps(item, canonical=True)


def decode(encoded: bytes, code: str = "encoding"):
    """The item, unless encoding it again gives other bytes."""
    try:
        item = cbor2.loads(encoded, allow_indefinite=False, allow_duplicate_keys=False, max_depth=16)
        _require_known(item)
        again = cbor2.dumps(item, canonical=True)
    except Refusal as refusal:
        raise Refusal(code, str(refusal)) from None
    except Exception as error:  # cbor2 has a class per mistake, and passes on those of Python's own decoders
        raise Refusal(code, f"no CBOR: {error}") from None
    require(again == encoded, code, "not in its deterministic form")
    return item


def optional(value) -> list:
    """An optional value is an array of none or one item."""
    return [] if value is None else [value]


def _require_known(item) -> None:
    """Section 1.1 lists every kind of item there is."""
    if isinstance(item, (bool, bytes, str)):
        return
    if isinstance(item, int):
        require(0 <= item < 2**64 or item == EDDSA, "encoding", f"the number {item}")
    elif isinstance(item, (list, tuple)):
        for member in item:
            _require_known(member)
    elif isinstance(item, Mapping):  # cbor2 makes what stands in a tag immutable
        for key, value in item.items():
            require(type(key) is int and 0 <= key < 2**64, "encoding", f"the key {key!r}")
            _require_known(value)
    elif isinstance(item, cbor2.CBORTag):
        require(item.tag == COSE_SIGN1, "encoding", f"the tag {item.tag}")
        _require_known(item.value)
    else:
        raise Refusal("encoding", f"an item of type {type(item).__name__}")
