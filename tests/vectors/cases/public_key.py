"""Public keys: the page, section 1.4. The RSA keys are random."""

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from keyferry_interop.public_key import spki

from .material import SUITES, Material, Vectors, fixed, flipped

_P = 2**255 - 19
_ORDER_8 = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
_OTHER_ORDER_8 = bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")


def vectors(material: Material) -> Vectors:
    """One of each suite, and keys no honest person has."""
    for suite in SUITES:
        yield {"name": suite, "inputs": {"suite": suite, "public_key": material.recipient(suite).key.hex()}, "expected": {}}
    rsa_2048, rsa_4096 = (material.recipient(suite).key for suite in ("rsa-oaep-2048", "rsa-oaep-4096"))
    for name, suite, public_key in [
        ("x25519: zero", "x25519-hpke", bytes(32)),
        ("x25519: one", "x25519-hpke", _little(1)),
        ("x25519: a point of order 8", "x25519-hpke", _ORDER_8),
        ("x25519: p", "x25519-hpke", _little(_P)),
        ("x25519: 31 bytes", "x25519-hpke", fixed("short", 31)),
        ("x25519: 33 bytes", "x25519-hpke", fixed("long", 33)),
        ("rsa: exponent 3", "rsa-oaep-2048", spki(rsa.generate_private_key(3, 2048).public_key())),
        ("rsa: exponent 1", "rsa-oaep-2048", rsa_2048[:-5] + bytes([2, 3, 0, 0, 1])),
        ("rsa: 1024 bits", "rsa-oaep-2048", spki(rsa.generate_private_key(65537, 1024).public_key())),
        ("rsa: 2048 bits for 3072", "rsa-oaep-3072", rsa_2048),
        ("rsa: 4096 bits for 2048", "rsa-oaep-2048", rsa_4096),
        ("rsa: trailing byte", "rsa-oaep-2048", rsa_2048 + b"\0"),
        ("rsa: an even modulus", "rsa-oaep-2048", flipped(rsa_2048, len(rsa_2048) - 6)),
        ("rsa: PSS algorithm id", "rsa-oaep-2048", rsa_2048.replace(b"\x01\x01\x01\x05", b"\x01\x01\x0a\x05")),
        ("rsa: empty", "rsa-oaep-2048", b""),
        *_low_order(),
        *_other_encodings(material, rsa_2048),
    ]:
        yield {"name": name, "inputs": {"suite": suite, "public_key": public_key.hex()}, "must_fail": "key_invalid"}


def _low_order() -> list:
    """The rest of the points on which X25519 gives zero, also where only bits that are ignored differ."""
    return [
        ("x25519: the other point of order 8", "x25519-hpke", _OTHER_ORDER_8),
        ("x25519: p - 1", "x25519-hpke", _little(_P - 1)),
        ("x25519: p + 1", "x25519-hpke", _little(_P + 1)),
        ("x25519: zero with the bit that is ignored", "x25519-hpke", _little(1 << 255)),
        ("x25519: one with the bit that is ignored", "x25519-hpke", _little(1 | 1 << 255)),
        ("x25519: empty", "x25519-hpke", b""),
    ]


def _other_encodings(material: Material, rsa_2048: bytes) -> list:
    numbers = material.keys["rsa-oaep-2048"].public_key().public_numbers()
    bare = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return [
        ("rsa: a key for x25519", "rsa-oaep-2048", fixed("x25519", 32)),
        ("x25519: a key for rsa", "x25519-hpke", rsa_2048),
        ("rsa: 3072 bits for 4096", "rsa-oaep-4096", material.recipient("rsa-oaep-3072").key),
        ("rsa: a bare RSAPublicKey", "rsa-oaep-2048", bare),
        ("rsa: OAEP algorithm id", "rsa-oaep-2048", rsa_2048.replace(b"\x01\x01\x01\x05", b"\x01\x01\x07\x05")),
        ("rsa: exponent 65539", "rsa-oaep-2048", rsa_2048[:-5] + bytes([2, 3, 1, 0, 3])),
        ("rsa: the last byte missing", "rsa-oaep-2048", rsa_2048[:-1]),
        ("rsa: a length in more bytes than it needs", "rsa-oaep-2048", b"\x30\x83\x00" + rsa_2048[2:]),
    ]


def _little(number: int) -> bytes:
    return number.to_bytes(32, "little")
