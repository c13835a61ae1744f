"""Encodings and names: the page, section 1."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from keyferry_interop import cbor, curve, public_key, text
from keyferry_interop.digest import parts
from keyferry_interop.fingerprint import WORDS, words
from keyferry_interop.refusal import Refusal

ITEMS = [0, 23, 24, 2**64 - 1, -8, b"", b"\x00" * 300, "", "\u00fc", [], [[1], []], {1: -8, 4: b"k", 16: "t"}, True, False]
OTHERS = {
    "a number longer than it needs": "1805",
    "trailing bytes": "0500",
    "an array of no definite length": "9f01ff",
    "a byte string in pieces": "5f4100ff",
    "a text in pieces": "7f6161ff",
    "keys that descend": "a2020101 01",
    "a key twice": "a2010101 02",
    "a text for a key": "a1616101",
    "a length longer than it needs": "580101",
    "a float": "f94000",
    "null": "f6",
    "undefined": "f7",
    "a simple value": "f820",
    "a negative number": "20",
    "a big number": "c249010000000000000000",
    "a time": "c11a514b67b0",
    "a text that is no UTF-8": "61ff",
    "half an item": "4401",
    "nothing": "",
}


@pytest.mark.parametrize("item", ITEMS, ids=repr)
def test_an_item_has_one_encoding(item: object) -> None:
    assert cbor.decode(cbor.encode(item)) == item


@pytest.mark.parametrize("encoded", OTHERS.values(), ids=OTHERS)
def test_other_encodings_and_items_are_refused(encoded: str) -> None:
    with pytest.raises(Refusal, match="^encoding"):
        cbor.decode(bytes.fromhex(encoded))


def test_what_no_format_has_is_not_written() -> None:
    for item in (None, 1.5, -1, 2**64, {"a": 1}, {True: 1}):
        with pytest.raises(Refusal):
            cbor.encode(item)


@pytest.mark.parametrize("encoded", ["AA==", "AB", "A", "A+", "A/", "A A", "AA\n"])
def test_only_one_text_stands_for_bytes(encoded: str) -> None:
    with pytest.raises(Refusal):
        text.from_b64u(encoded)


@pytest.mark.parametrize("encoded", ["0", "0G", "AB", "00 "])
def test_hex_is_lower_case(encoded: str) -> None:
    with pytest.raises(Refusal):
        text.from_hex(encoded)


def test_parts_cannot_be_shifted() -> None:
    assert parts("l", b"ab", b"c") != parts("l", b"a", b"bc")
    assert parts("l") == hashlib.sha256((1).to_bytes(8, "big") + b"l").digest()


def test_words_are_the_first_132_bits() -> None:
    listed = WORDS.read_text().split()
    assert len(listed) == 2048 and listed[0] == "abandon" and listed[-1] == "zoo"
    assert words(bytes(32)) == " ".join(["abandon"] * 12)
    assert words(b"\x00\x20" + bytes(30)).split()[0] == listed[1]
    assert words(b"\x00\x00\x04" + bytes(29)).split()[1] == listed[1]
    # The 132nd bit is the last that counts.
    assert words(bytes(16) + b"\x10" + bytes(15)).split()[-1] == listed[1]
    assert words(bytes(16) + b"\x0f" + bytes(15)) == words(bytes(32))


def test_identity_keys_are_points_of_full_order() -> None:
    honest = Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key().public_bytes_raw()
    public_key.identity_key(honest)
    low = [(1).to_bytes(32, "little"), bytes(32), (curve.P - 1).to_bytes(32, "little"), (2**255).to_bytes(32, "little")]
    # Points of full order, were y taken modulo the prime.
    not_canonical = [(curve.P + y).to_bytes(32, "little") for y in (3, 4, 18)]
    for bad in (*low, *not_canonical, b"\x02" + bytes(31), honest[:31], honest + b"\0"):
        with pytest.raises(Refusal, match="^key_invalid"):
            public_key.identity_key(bad)


def test_the_curve_is_that_of_the_library() -> None:
    """Every public key the library makes decodes as a point, and none is of small order."""
    for number in range(32):
        point = curve.decode_point(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key().public_bytes_raw())
        assert point is not None and not curve.is_of_small_order(point)
        x, y = point
        assert (y * y - x * x - 1 + 121665 * pow(121666, -1, curve.P) * x * x * y * y) % curve.P == 0
