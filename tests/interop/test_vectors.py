"""The shared vectors, and who makes them."""

from __future__ import annotations

import json
from pathlib import Path

import generate
import pytest
from cases.material import Material
from keyferry_interop import vectors
from keyferry_interop.refusal import Refusal

FILES = sorted((Path(__file__).parents[1] / "vectors").glob("*.json"))
VECTORS = [vector for file in FILES for vector in json.loads(file.read_text())]
DETERMINISTIC = ("passphrase", "manifest", "statement", "verification", "recovery", "passkey")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['kind']}: {vector['name']}")
def test_the_reader_agrees_with_every_vector(vector: dict) -> None:
    assert outcome(vector) == {name: vector[name] for name in ("expected", "must_fail") if name in vector}


def test_there_are_as_many_as_were_promised() -> None:
    assert len(VECTORS) >= 204
    assert {vector["kind"] for vector in VECTORS} == set(generate.KINDS)
    assert len([vector for vector in VECTORS if "must_fail" in vector]) >= 150


def test_no_two_vectors_of_a_kind_have_one_name() -> None:
    assert len({(vector["kind"], vector["name"]) for vector in VECTORS}) == len(VECTORS)


@pytest.mark.parametrize("kind", DETERMINISTIC)
def test_the_writer_still_makes_what_was_published(kind: str) -> None:
    """Byte for byte, where nothing is random."""
    made = {vector["name"]: vector for vector in generate.generate(kind, Material.published())}
    assert made == generate.published(kind)


@pytest.mark.parametrize("kind", ["wrap", "public_key", "sealed_box", "bundle", "content"])
def test_what_is_made_anew_holds_as_well(kind: str) -> None:
    """Wraps and salts are random: another run's vectors are others of the same names, and the reader agrees with them too."""
    made = generate.generate(kind, Material.published())
    assert {vector["name"] for vector in made} == set(generate.published(kind))
    wrong = [vector["name"] for vector in made if outcome(vector) != {name: vector[name] for name in ("expected", "must_fail") if name in vector}]
    assert wrong == []


def test_a_vector_that_was_changed_does_not_pass() -> None:
    vector = next(vector for vector in VECTORS if vector["kind"] == "manifest" and "expected" in vector)
    changed = {**vector, "inputs": {**vector["inputs"], "version": 2}}
    assert outcome(changed) == {"must_fail": "context_mismatch"}


def outcome(vector: dict) -> dict:
    """What the reader makes of it, in the vector's own words."""
    try:
        return {"expected": vectors.run(vector)}
    except Refusal as refusal:
        return {"must_fail": refusal.code}
