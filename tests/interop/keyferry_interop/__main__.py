"""A person at a terminal: `python -m keyferry_interop --url URL --email EMAIL COMMAND …`, the passphrase on standard input.

Each command logs in (`register` makes the account), does one thing, and prints one line of JSON: what came of it, or `{"refused": code}` with exit
code 1. Ids and fingerprints are hex.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from .digest import sha256
from .fingerprint import words
from .person import Person
from .refusal import Refusal
from .root import RootRotation, confirm, vouch
from .rotation import OwnRotation, VaultRotation
from .suite import SUITES


def _id(text: str) -> bytes:
    return bytes.fromhex(text)


def _who(person: Person) -> dict:
    return {"user": person.id.hex(), "fingerprint": person.identity_fingerprint.hex(), "words": words(person.identity_fingerprint)}


def _found(person: Person, name: str, suite: str) -> dict:
    organization = person.found(name, suite)
    return {"organization": organization.hex(), "fingerprint": person.contacts.organizations[organization][0].hex()}


def _upload(person: Person, organization: bytes, path: Path, label: str, media_type: str) -> dict:
    return {"file": person.upload(organization, path.name, path.read_bytes(), label, media_type).hex()}


def _open(person: Person, organization: bytes, file: bytes, path: Path) -> dict:
    opened = person.open(organization, file)
    path.write_bytes(opened.content)
    told = opened.manifest
    return {"name": told.name, "media_type": told.media_type, "size": told.size, "label": told.label, "sha256": sha256(opened.content).hex()}


def _ask(person: Person, organization: bytes, file: bytes, reason: str) -> dict:
    return {"request": person.ask(organization, file, reason).hex()}


def _approve(person: Person, organization: bytes, request: bytes, told: bytes) -> dict:
    return {"reason": person.read_reason(organization, request), "grant": person.approve(organization, request, told).hex()}


def _rotate_keys(person: Person, passphrase: str, new_identity: bool) -> dict:
    rotation = OwnRotation(person, passphrase, new_identity=new_identity)
    rotation.run()
    return {"wraps": len(rotation.taken), "code": rotation.code, **_who(person)}


def _replace_root(person: Person, organization: bytes) -> dict:
    rotation = RootRotation(person, organization)
    rotation.run()
    return {"fingerprint": rotation.issuer.fingerprint.hex()}


def _rotate_vault(person: Person, organization: bytes) -> dict:
    rotation = VaultRotation(person, organization)
    rotation.run()
    return {"wraps": len(rotation.taken)}


def _quietly(work: Callable[..., None]) -> Callable[..., dict]:
    def run(person: Person, *words_: object) -> dict:
        work(person, *words_)
        return {}

    return run


_COMMANDS = {
    "who": (_who, {}),
    "found": (_found, {"name": str, "suite": str}),
    "invite": (_quietly(Person.invite), {"organization": _id, "email_invited": str, "role": str}),
    "accept": (_quietly(Person.accept), {"organization": _id, "told": _id}),
    "admit": (_quietly(Person.admit), {"organization": _id, "email_invited": str, "told": _id}),
    "upload": (_upload, {"organization": _id, "path": Path, "label": str, "media_type": str}),
    "open": (_open, {"organization": _id, "file": _id, "path": Path}),
    "ask": (_ask, {"organization": _id, "file": _id, "reason": str}),
    "approve": (_approve, {"organization": _id, "request": _id, "told": _id}),
    "reason": (lambda person, *request: {"reason": person.read_reason(*request)}, {"organization": _id, "request": _id}),
    "rotate-vault": (_rotate_vault, {"organization": _id}),
    "replace-root": (_replace_root, {"organization": _id}),
    "pin-root": (_quietly(lambda person, *root: person.pin(organization_=root)), {"organization": _id, "told": _id}),
    "vouch": (_quietly(vouch), {"organization": _id, "told": _id}),
    "confirm": (_quietly(confirm), {"organization": _id, "user": _id, "told": _id}),
    "revoke": (_quietly(Person.revoke), {"organization": _id, "grant": _id}),
}


_ROTATIONS = {"rotate-keys": False, "replace-identity": True}
"""Of one's own keys, which take the passphrase, and whether the identity is one of them."""


def main() -> int:
    """Parses, logs in, does it, tells."""
    parser = argparse.ArgumentParser(prog="keyferry_interop", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--email", required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("register").add_argument("suite", choices=SUITES)
    for name in _ROTATIONS:
        commands.add_parser(name)
    for name, (_, wanted) in _COMMANDS.items():
        command = commands.add_parser(name)
        for argument, kind in wanted.items():
            command.add_argument(argument, type=kind)
    asked = parser.parse_args()
    passphrase = sys.stdin.read()
    try:
        if asked.command == "register":
            told = _who(Person.register(asked.url, asked.email, passphrase, asked.suite))
        elif asked.command in _ROTATIONS:
            told = _rotate_keys(Person.login(asked.url, asked.email, passphrase), passphrase, _ROTATIONS[asked.command])
        else:
            work, wanted = _COMMANDS[asked.command]
            told = work(Person.login(asked.url, asked.email, passphrase), *(getattr(asked, argument) for argument in wanted))
    except Refusal as refusal:
        print(json.dumps({"refused": refusal.code, "why": str(refusal)}))
        return 1
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
