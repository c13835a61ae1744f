"""Other people, as the relay tells of them: believed only once a membership or a pin says the same key."""

from __future__ import annotations

from dataclasses import dataclass

from . import statement as statements
from . import succession
from .body import KeyCertificate
from .owner import user
from .public_key import encryption_key
from .refusal import Refusal, require
from .statement import Issuer
from .succession import Keys
from .text import from_b64u, from_hex
from .wrap import Recipient


@dataclass(frozen=True)
class PublicIdentity:
    """Somebody's identity key, the encryption key it certifies, and the identity keys before it."""

    email: str
    issuer: Issuer
    recipient: Recipient
    former: Keys = ()

    @property
    def id(self) -> bytes:
        """The user."""
        return self.issuer.owner.id

    @property
    def fingerprint(self) -> bytes:
        """What one compares."""
        return self.issuer.fingerprint

    @property
    def keys(self) -> Keys:
        """Oldest first, the one of now last."""
        return (*self.former, self.issuer)

    def signer(self, encoded: bytes) -> Issuer:
        """They, with the one of their keys that a statement's `kid` names."""
        return succession.signer_among(self.keys, encoded)

    @classmethod
    def of_json(cls, json: dict) -> PublicIdentity:
        """Refuses unless the identity key certified the encryption key."""
        require(set(json) == {"user", "email", "identity_key", "key_certificate", "successions"}, "response_invalid", "other names")
        issuer = Issuer(user(from_hex(json["user"])), from_b64u(json["identity_key"]))
        try:
            body = statements.verify(from_b64u(json["key_certificate"]), issuer, KeyCertificate).body
            encryption_key(body.suite, body.public_key)
        except Refusal as refusal:
            raise Refusal("key_unverified", str(refusal)) from None
        keys = succession.keys_to(issuer, list(map(from_b64u, json["successions"])))
        return cls(json["email"], issuer, Recipient(body.suite, body.public_key), keys[:-1])
