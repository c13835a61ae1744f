"""Bytes as text: `b64u` and `hex` of the page's conventions; RFC 4648 §5."""

import base64
import re

from .refusal import require

_B64U = re.compile(r"[A-Za-z0-9_-]*")
_HEX = re.compile(r"([0-9a-f]{2})*")


def b64u(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64u(text: str) -> bytes:
    """Refuses padding, other alphabets, and trailing bits that are not zero."""
    require(isinstance(text, str) and _B64U.fullmatch(text) is not None and len(text) % 4 != 1, "encoding", "no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(b64u(data) == text, "encoding", "trailing bits")
    return data


def from_hex(text: str) -> bytes:
    """Lower case only."""
    require(isinstance(text, str) and _HEX.fullmatch(text) is not None, "encoding", "no lower-case hex")
    return bytes.fromhex(text)
