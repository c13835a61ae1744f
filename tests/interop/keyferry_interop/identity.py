"""Other people, as the relay tells of them: believed only once a membership or a pin says the same key."""

from __future__ import annotations

from dataclasses import dataclass

from . import statement as statements
from .body import KeyCertificate
from .owner import user
from .public_key import encryption_key
from .refusal import Refusal, require
from .statement import Issuer
from .text import from_b64u, from_hex
from .wrap import Recipient


@dataclass(frozen=True)
class PublicIdentity:
    """Somebody's identity key, and the encryption key it certifies."""

    email: str
    issuer: Issuer
    recipient: Recipient

    @property
    def id(self) -> bytes:
        """The user."""
        return self.issuer.owner.id

    @property
    def fingerprint(self) -> bytes:
        """What one compares."""
        return self.issuer.fingerprint

    @classmethod
    def of_json(cls, json: dict) -> PublicIdentity:
        """Refuses unless the identity key certified the encryption key."""
        require(set(json) == {"user", "email", "identity_key", "key_certificate"}, "response_invalid", "other names")
        issuer = Issuer(user(from_hex(json["user"])), from_b64u(json["identity_key"]))
        try:
            body = statements.verify(from_b64u(json["key_certificate"]), issuer, KeyCertificate).body
            encryption_key(body.suite, body.public_key)
        except Refusal as refusal:
            raise Refusal("key_unverified", str(refusal)) from None
        return cls(json["email"], issuer, Recipient(body.suite, body.public_key))
