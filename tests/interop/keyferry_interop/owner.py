"""Owners and ids: the page, section 1.1."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from .refusal import require

KINDS = ("user", "organization")


@dataclass(frozen=True)
class Owner:
    """A user or an organization."""

    kind: str
    id: bytes

    def __post_init__(self):
        require(self.kind in KINDS and isinstance(self.id, bytes) and len(self.id) == 16, "encoding", "no owner")

    def item(self) -> list:
        """Array of 2: the kind, then the id."""
        return [self.kind, self.id]

    @classmethod
    def of_item(cls, item) -> Owner:
        """The owner an array says."""
        require(isinstance(item, list) and len(item) == 2, "encoding", "no owner")
        return cls(item[0], item[1])


def user(id_: bytes) -> Owner:
    """The owner of an identity bundle."""
    return Owner("user", id_)


def organization(id_: bytes) -> Owner:
    """The owner of root and vault."""
    return Owner("organization", id_)


def generate_id() -> bytes:
    """16 random bytes."""
    return secrets.token_bytes(16)
