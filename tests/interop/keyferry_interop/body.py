"""Bodies of statements, one class per `typ`: the page, section 4.

A body is a map with the keys 1, 2, 3 … in the order of the page's table, which is the order of the fields here. Each field says how it
stands in CBOR by its `Field`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from . import cbor
from . import suite as suites
from .owner import Owner
from .public_key import identity_key
from .refusal import Refusal, require

ROLES = ("owner", "approver", "contributor", "auditor", "consultant")
HOLDERS = ("owner", "approver")
UPLOADERS = ("owner", "approver", "contributor")
BUNDLE_KINDS = ("identity", "root", "vault")
BUNDLES_OF = {"owner": ("root", "vault"), "approver": ("vault",)}
OPERATIONS = ("key_unwrapped", "private_key_decrypted")
_ENCODING = "encoding"


@dataclass(frozen=True)
class Field:
    """How one value stands in CBOR: whether an item says one, and both directions."""

    fits: Callable[[Any], bool]
    of_item: Callable[[Any], Any] = lambda item: item
    item: Callable[[Any], Any] = lambda value: value


def _is_bytes(length: int) -> Callable[[Any], bool]:
    return lambda item: type(item) is bytes and len(item) == length


def _is_one_of(*names: str) -> Callable[[Any], bool]:
    return lambda item: item in names


def _optional(inner: Field) -> Field:
    return Field(
        fits=lambda item: type(item) is list and len(item) <= 1 and all(map(inner.fits, item)),
        of_item=lambda item: inner.of_item(item[0]) if item else None,
        item=cbor.optional,
    )


def _is_owner(item: Any) -> bool:
    return type(item) is list and len(item) == 2 and item[0] in ("user", "organization") and _is_bytes(16)(item[1])


def _is_number(item: Any) -> bool:
    return type(item) is int and item >= 0


def _is_version(item: Any) -> bool:
    """Versions of keys, bundles and files fit 32 bits."""
    return _is_number(item) and item < 2**32


def _is_identity_key(item: Any) -> bool:
    """Section 1.4, as everywhere."""
    try:
        identity_key(item)
    except Refusal:
        return False
    return True


def _is_scope(item: Any) -> bool:
    """The table of section 3."""
    shapes = {
        "dek": (_is_bytes(16), _is_bytes(16), _is_version),
        "lock": (_is_owner, _is_one_of(*BUNDLE_KINDS), _is_version),
        "reason": (_is_bytes(16), _is_bytes(16), _is_bytes(16)),
        "contacts": (_is_bytes(16), _is_number),
    }
    if type(item) is not list or not item or type(item[0]) is not str or item[0] not in shapes:
        return False
    members = shapes[item[0]]
    return len(item) == 1 + len(members) and all(fits(member) for fits, member in zip(members, item[1:]))


ID = Field(_is_bytes(16))
HASH = Field(_is_bytes(32))
KEY = Field(_is_identity_key)
SALT = Field(_is_bytes(24))
TEXT = Field(lambda item: type(item) is str)
NUMBER = Field(_is_number)
VERSION = Field(_is_version)
BOOL = Field(lambda item: type(item) is bool)
OWNER = Field(_is_owner, Owner.of_item, Owner.item)
SCOPE = Field(_is_scope)
SUITE = Field(_is_one_of(*suites.SUITES))
ROLE = Field(_is_one_of(*ROLES))
OPERATION = Field(_is_one_of(*OPERATIONS))
PUBLIC_KEY = Field(lambda item: type(item) is bytes)
OPTIONAL_HASH = _optional(HASH)
OPTIONAL_ID = _optional(ID)


@dataclass(frozen=True)
class Body:
    """A body of some kind."""

    TYP: ClassVar[str]
    ISSUER: ClassVar[str] = "user"
    SHAPE: ClassVar[tuple[Field, ...]]

    def item(self) -> dict:
        """Maps carry exactly the keys listed, all of them."""
        values = (getattr(self, name.name) for name in fields(self))
        return {place: shape.item(value) for place, (shape, value) in enumerate(zip(self.SHAPE, values), 1)}

    @classmethod
    def of_item(cls, item: Any) -> Body:
        """Refuses other keys and other types."""
        require(isinstance(item, dict) and list(item) == list(range(1, len(cls.SHAPE) + 1)), _ENCODING, "other keys in the body")
        for place, shape in enumerate(cls.SHAPE, 1):
            require(shape.fits(item[place]), _ENCODING, f"key {place} of a {cls.TYP}")
        return cls(*(shape.of_item(item[place]) for place, shape in enumerate(cls.SHAPE, 1)))


@dataclass(frozen=True)
class KeyCertificate(Body):
    """A person's encryption key, or an organization's vault."""

    suite: str
    public_key: bytes
    key_version: int
    TYP = "keyferry/v1/key-certificate"
    ISSUER = "either"
    SHAPE = (SUITE, PUBLIC_KEY, VERSION)


@dataclass(frozen=True)
class Policy(Body):
    """What an organization is."""

    organization: bytes
    name: str
    root_key: bytes
    longest_grant_ms: int
    TYP = "keyferry/v1/policy"
    ISSUER = "organization"
    SHAPE = (ID, TEXT, KEY, NUMBER)


@dataclass(frozen=True)
class Membership(Body):
    """What a person is to an organization, from this epoch on."""

    organization: bytes
    user: bytes
    identity_key: bytes
    role: str
    active: bool
    epoch: int
    member_count: int
    member_root: bytes
    TYP = "keyferry/v1/membership"
    ISSUER = "organization"
    SHAPE = (ID, ID, KEY, ROLE, BOOL, NUMBER, NUMBER, HASH)


@dataclass(frozen=True)
class FileVersion(Body):
    """What an uploader says of a file."""

    organization: bytes
    file: bytes
    version: int
    label: str
    salt: bytes
    commitment: bytes
    ciphertext_bytes: int
    manifest_hash: bytes
    membership: bytes
    TYP = "keyferry/v1/file-version"
    SHAPE = (ID, ID, VERSION, TEXT, SALT, HASH, NUMBER, HASH, HASH)


@dataclass(frozen=True)
class AccessRequest(Body):
    """A consultant's request."""

    request: bytes
    organization: bytes
    file: bytes
    version: int
    reason: bytes
    wanted_until_ms: int
    TYP = "keyferry/v1/access-request"
    SHAPE = (ID, ID, ID, VERSION, HASH, NUMBER)


@dataclass(frozen=True)
class Grant(Body):
    """An approver's answer."""

    grant: bytes
    organization: bytes
    file: bytes
    version: int
    salt: bytes
    commitment: bytes
    recipient: bytes
    recipient_fingerprint: bytes
    request: bytes
    expires_at_ms: int
    membership: bytes
    epoch: int
    TYP = "keyferry/v1/grant"
    SHAPE = (ID, ID, ID, VERSION, SALT, HASH, ID, HASH, HASH, NUMBER, HASH, NUMBER)


@dataclass(frozen=True)
class Wrap(Body):
    """What was wrapped to whom."""

    scope: list
    recipient: Owner
    recipient_key: bytes
    commitment: bytes
    wrapped_hash: bytes
    grant: bytes | None
    TYP = "keyferry/v1/wrap"
    SHAPE = (SCOPE, OWNER, HASH, HASH, HASH, OPTIONAL_HASH)


@dataclass(frozen=True)
class Denial(Body):
    """An approver's refusal."""

    organization: bytes
    request: bytes
    request_hash: bytes
    membership: bytes
    TYP = "keyferry/v1/denial"
    SHAPE = (ID, ID, HASH, HASH)


@dataclass(frozen=True)
class Withdrawal(Body):
    """A consultant takes a request back."""

    request: bytes
    request_hash: bytes
    TYP = "keyferry/v1/withdrawal"
    SHAPE = (ID, HASH)


@dataclass(frozen=True)
class Revocation(Body):
    """An approver ends a grant."""

    organization: bytes
    grant: bytes
    grant_hash: bytes
    membership: bytes
    TYP = "keyferry/v1/revocation"
    SHAPE = (ID, ID, HASH, HASH)


@dataclass(frozen=True)
class ContactsVersion(Body):
    """The contact list as it is now."""

    version: int
    sealed: bytes
    TYP = "keyferry/v1/contacts"
    SHAPE = (NUMBER, HASH)


@dataclass(frozen=True)
class Report(Body):
    """What only a client can know."""

    operation: str
    organization: bytes | None
    file: bytes | None
    grant: bytes | None
    TYP = "keyferry/v1/report"
    SHAPE = (OPERATION, OPTIONAL_ID, OPTIONAL_ID, OPTIONAL_ID)


@dataclass(frozen=True)
class Rotation(Body):
    """Everything that was wrapped to one key is wrapped to the next."""

    owner: Owner
    old_key: bytes
    new_key: bytes
    wraps: int
    root: bytes
    TYP = "keyferry/v1/rotation"
    SHAPE = (OWNER, HASH, HASH, NUMBER, HASH)


@dataclass(frozen=True)
class Succession(Body):
    """One key gives way to the next: in the owner's chain by both, of a root also by who vouches for it."""

    owner: Owner
    until_now: bytes
    from_now_on: bytes
    TYP = "keyferry/v1/succession"
    ISSUER = "either"
    SHAPE = (OWNER, KEY, KEY)


KINDS = (
    KeyCertificate, Policy, Membership, FileVersion, AccessRequest, Grant, Wrap, Denial, Withdrawal, Revocation, ContactsVersion, Report,
    Rotation, Succession,
)
