#!/usr/bin/env python3
"""Writes the vectors beside this file with the second implementation, `tests/interop`, which shares no code with ours.

    python3 generate.py [--afresh] [kind …]

It needs what `tests/interop/requirements.txt` names. A vector that is here already, by its name, stays as it is: wraps, salts and RSA keys
are random, and what was published does not change. `--afresh` makes all of them anew.

Every vector here was made by this Python writer: the first 144 with the library's own Cobblestone-256 and HPKE, those after them with
the constructions of `tests/interop/keyferry_interop`. Every engine runs every one: `keyferry_crypto::vectors::run`, and the
Python reader, `keyferry_interop.vectors.run`, whose module says what the fields mean.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]

from cases import bundle, content, manifest, passkey, passphrase, public_key, recovery, sealed_box, statement, verification, wrap  # noqa: E402
from cases.material import Material  # noqa: E402

KINDS = {
    "passphrase": passphrase,
    "content": content,
    "wrap": wrap,
    "public_key": public_key,
    "manifest": manifest,
    "sealed_box": sealed_box,
    "bundle": bundle,
    "statement": statement,
    "verification": verification,
    "recovery": recovery,
    "passkey": passkey,
}


def published(kind: str) -> dict[str, dict]:
    """The vectors that are here, by name."""
    file = HERE / f"{kind}.json"
    return {vector["name"]: vector for vector in json.loads(file.read_text())} if file.exists() else {}


def generate(kind: str, material: Material) -> list[dict]:
    """Every vector of a kind, as this run makes it."""
    return [{"kind": kind, **vector} for vector in KINDS[kind].vectors(material)]


def kept(kind: str, made: list[dict]) -> list[dict]:
    """What is here, in its order, then what is new."""
    here, names = published(kind), [vector["name"] for vector in made]
    if len(set(names)) != len(names):
        raise SystemExit(f"{kind}: two vectors of one name")
    if gone := set(here) - set(names):
        raise SystemExit(f"{kind}: nothing makes {sorted(gone)} any more")
    return [*here.values(), *(vector for vector in made if vector["name"] not in here)]


def main() -> None:
    """Writes the files of the kinds named, or of all."""
    words = sys.argv[1:]
    afresh = "--afresh" in words
    material = Material.generate() if afresh else Material.published()
    for kind in [word for word in words if word != "--afresh"] or KINDS:
        made = generate(kind, material)
        vectors = made if afresh else kept(kind, made)
        (HERE / f"{kind}.json").write_text("[\n" + ",\n".join(map(json.dumps, vectors)) + "\n]\n")
        print(f"{kind}.json: {len(vectors)} vectors")


if __name__ == "__main__":
    main()
