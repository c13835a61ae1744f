"""Contact lists, the pins that follow an account: the page, section 3."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from .refusal import Refusal, require
from .text import from_hex

HOW = ("verified", "trusted")


@dataclass
class Contacts:
    """Fingerprints by id, with how one came to believe them."""

    version: int
    people: dict[bytes, tuple[bytes, str]] = field(default_factory=dict)
    organizations: dict[bytes, tuple[bytes, str]] = field(default_factory=dict)

    def encode(self) -> bytes:
        """UTF-8 JSON, names in the order of the page, ids ascending, no white space."""
        document = {"version": self.version, "sealed": "0" * 64, "people": _pins(self.people), "organizations": _pins(self.organizations)}
        return json.dumps(document, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, text: bytes) -> Contacts:
        """A reader need not insist on the order."""
        try:
            document = json.loads(text)
            require(set(document) == {"version", "sealed", "people", "organizations"}, "response_invalid", "other names")
            people, organizations = (_of_pins(document[name]) for name in ("people", "organizations"))
            return cls(document["version"], people, organizations)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise Refusal("response_invalid", f"no contact list: {error}") from None


def _pins(pins: dict) -> dict:
    return {id_.hex(): {"fingerprint": pin.hex(), "how": how} for id_, (pin, how) in sorted(pins.items())}


def _of_pins(pins: dict) -> dict:
    for pin in pins.values():
        require(set(pin) == {"fingerprint", "how"} and pin["how"] in HOW, "response_invalid", "no pin")
    return {from_hex(id_): (from_hex(pin["fingerprint"]), pin["how"]) for id_, pin in pins.items()}
