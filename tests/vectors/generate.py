#!/usr/bin/env python3
"""Writes the vectors beside this file, as a second implementation that shares no code with ours.

    pip install 'cryptography>=50' && python3 generate.py [kind …]

Everything is made with the PyPI package `cryptography` (its Cobblestone-256 and HPKE included), `hashlib` and
`unicodedata`. Every engine runs every vector: `keyferry_crypto::vectors::run`. A file is a list of
`{name, kind, inputs, expected | must_fail}`; bytes are hex, `must_fail` is a stable error code, and `plaintext_pattern`
is a length in bytes whose byte i is (i * 31 + (i >> 8)) mod 256. Wraps and RSA keys are random, so they differ from run to run.
"""

import base64
import hashlib
import json
import pathlib
import sys
import unicodedata

from construction import cbor, digest_of_parts, expand, fixed, flipped, key_id, low_order_wrap, pkcs8, private_key, public_bytes, sealed, wrap
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa, x25519

HERE = pathlib.Path(__file__).parent
SUITES = ["x25519-hpke", "rsa-oaep-2048", "rsa-oaep-3072", "rsa-oaep-4096"]


def passphrase():
    def keys(email, phrase, salt, iterations):
        def nfkc(text):
            return unicodedata.normalize("NFKC", text)

        normal = nfkc(nfkc(email.strip()).lower()).encode()
        bound = b"keyferry/v1/passphrase-salt" + len(normal).to_bytes(8, "big") + normal + salt
        output = hashlib.pbkdf2_hmac("sha256", nfkc(phrase).encode(), hashlib.sha256(bound).digest(), iterations)
        return {
            "email": normal.decode(),
            "login_key": expand(output, "keyferry/v1/login").hex(),
            "lock_key": expand(output, "keyferry/v1/lock").hex(),
        }

    salt = fixed("passphrase salt", 16)
    cases = [
        ("plain", "ada@example.com", "correct horse battery staple", 600_000),
        ("upper case and white space in the address", "  ADA@Example.COM ", "correct horse battery staple", 600_000),
        ("compatibility forms and combining marks", "\uff21da@example.com", "Cafe\u0301 \ufb01n\u00e9 \u2460", 600_000),
        ("other scripts", "\u0418\u0432\u0430\u043d@example.com", "\u041f\u0430\u0440\u043e\u043b\u044c \u5bc6\u7801 \U0001f511", 600_001),
        ("empty passphrase", "ada@example.com", "", 600_000),
    ]
    for name, email, phrase, iterations in cases:
        inputs = {"email": email, "passphrase": phrase, "salt": salt.hex(), "iterations": iterations}
        yield {"name": name, "inputs": inputs, "expected": keys(email, phrase, salt, iterations)}
    for name, iterations, length in [
        ("one iteration", 1, 16),
        ("one below the floor", 599_999, 16),
        ("one above the ceiling", 10_000_001, 16),
        ("the largest number", 2**32 - 1, 16),
        ("a short salt", 600_000, 15),
        ("a long salt", 600_000, 17),
    ]:
        inputs = {"email": "a@b", "passphrase": "x", "salt": fixed("s", length).hex(), "iterations": iterations}
        yield {"name": name, "inputs": inputs, "must_fail": "kdf_policy"}


def content():
    def pattern(length):
        return bytes((i * 31 + (i >> 8)) & 0xFF for i in range(length))

    def case(name, ciphertext, expected=None, must_fail=None, key=fixed("dek", 32), context=fixed("context", 40), **more):
        inputs = {"dek": key.hex(), "context": context.hex(), "ciphertext": ciphertext.hex(), **more}
        return {"name": name, "inputs": inputs, **({"must_fail": must_fail} if must_fail else {"expected": expected})}

    def seal(length, key=fixed("dek", 32), context=fixed("context", 40)):
        encryptor = Cobblestone256Encryptor(key, context)
        ciphertext = encryptor.update(pattern(length)) + encryptor.finalize()
        decryptor = Cobblestone256Decryptor(key, context)
        assert decryptor.update(ciphertext) + decryptor.finalize() == pattern(length)
        return ciphertext

    chunk = 16 * 1024
    for length in [0, 1, 100, chunk - 1, chunk, chunk + 1, 2 * chunk + 5]:
        yield case(f"{length} bytes", seal(length), {"plaintext_pattern": length})
    yield case("an empty context", seal(33, context=b""), {"plaintext_pattern": 33}, context=b"")
    # Longer than a segment of 64 chunks: only a digest of the ciphertext is kept.
    for length in [64 * chunk, 130 * chunk + 7]:
        ciphertext = seal(length)
        yield {
            "name": f"{length} bytes",
            "inputs": {
                "dek": fixed("dek", 32).hex(),
                "context": fixed("context", 40).hex(),
                "salt": ciphertext[:24].hex(),
                "plaintext_pattern": length,
            },
            "expected": {"ciphertext_sha256": hashlib.sha256(ciphertext).hexdigest()},
        }

    small, two = seal(100), seal(chunk + 50)
    sealed_chunk = chunk + 16
    one, rest = two[56 : 56 + sealed_chunk], two[56 + sealed_chunk :]
    yield case("another key", small, must_fail="commitment_mismatch", key=fixed("other", 32))
    yield case("another context", small, must_fail="commitment_mismatch", context=fixed("other", 40))
    yield case("a flipped salt", flipped(small, 0), must_fail="commitment_mismatch")
    yield case("a flipped commitment", flipped(small, 24), must_fail="commitment_mismatch")
    yield case("a flipped last commitment byte", flipped(small, 55), must_fail="commitment_mismatch")
    yield case("a flipped ciphertext bit", flipped(small, 60), must_fail="content_corrupt")
    yield case("a flipped tag bit", flipped(small, len(small) - 1), must_fail="content_corrupt")
    yield case("nothing at all", b"", must_fail="content_truncated")
    yield case("half a header", small[:30], must_fail="content_truncated")
    yield case("a header and no chunk", small[:56], must_fail="content_truncated")
    yield case("a header and 15 bytes", small[:71], must_fail="content_truncated")
    yield case("the final chunk dropped", two[:56] + one, must_fail="content_truncated")
    yield case("cut in the final chunk", two[:-1], must_fail="content_corrupt")
    yield case("cut in the final chunk's tag", two[: 56 + sealed_chunk + 3], must_fail="content_truncated")
    yield case("a byte appended", small + b"\0", must_fail="content_corrupt")
    yield case("the final chunk appended again", two + rest, must_fail="content_corrupt")
    yield case("a chunk doubled", two[:56] + one + one + rest, must_fail="content_corrupt")
    yield case("the first chunk dropped", two[:56] + rest, must_fail="content_corrupt")
    spliced = seal(chunk + 50)
    yield case("a chunk of another sealing", two[:56] + spliced[56:], must_fail="content_corrupt")


IDS = {name: fixed(name, 16) for name in ("organization", "file", "request", "user")}
HEX_IDS = {name: value.hex() for name, value in IDS.items()}


def sealed_private(key):
    """A private key as the engines take it: PKCS#8 under AES-256-GCM."""
    seal_key, nonce, aad = fixed("seal key", 32), fixed("seal nonce", 12), b"vector"
    return {
        "public_key": public_bytes(key).hex(),
        "seal_key": seal_key.hex(),
        "seal_nonce": nonce.hex(),
        "seal_aad": aad.hex(),
        "sealed_private_key": sealed(seal_key, nonce, aad, pkcs8(key)).hex(),
    }


def wraps(keys):
    dek = fixed("wrapped dek", 32)
    for suite, key in keys.items():
        def scope(version=1, file=IDS["file"]):
            return ["dek", IDS["organization"], file, version]

        wrapped = wrap(suite, key, scope(), dek)
        base = {"suite": suite, **sealed_private(key), **HEX_IDS, "version": 1}
        yield {"name": suite, "inputs": {**base, "wrapped": wrapped.hex()}, "expected": {"dek": dek.hex()}}
        for name, bad in [
            ("flipped first byte", flipped(wrapped, 0)),
            ("flipped last byte", flipped(wrapped, len(wrapped) - 1)),
            ("cut short", wrapped[:-1]),
            ("one byte more", wrapped + b"\0"),
            ("empty", b""),
            ("for another version", wrap(suite, key, scope(version=2), dek)),
            ("for another file", wrap(suite, key, scope(file=fixed("another file", 16)), dek)),
            ("for a lock", wrap(suite, key, ["lock", ["user", IDS["user"]], "identity", 1], dek)),
            ("31 bytes inside", wrap(suite, key, scope(), dek[:31])),
            ("33 bytes inside", wrap(suite, key, scope(), dek + b"\0")),
        ]:
            yield {"name": f"{suite}: {name}", "inputs": {**base, "wrapped": bad.hex()}, "must_fail": "unlock_failed"}
    # A low-order point as the ephemeral key gives an all-zero secret, so anybody could have made this.
    base = {"suite": "x25519-hpke", **sealed_private(keys["x25519-hpke"]), **HEX_IDS, "version": 1}
    yield {
        "name": "x25519-hpke: low-order ephemeral key",
        "inputs": {**base, "wrapped": low_order_wrap(keys["x25519-hpke"], scope(), dek).hex()},
        "must_fail": "unlock_failed",
    }


def public_keys(keys):
    order_8 = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
    rsa_2048 = public_bytes(keys["rsa-oaep-2048"])
    exponent_3 = rsa.generate_private_key(3, 2048)
    small = rsa.generate_private_key(65537, 1024)
    for suite, key in keys.items():
        yield {"name": suite, "inputs": {"suite": suite, "public_key": public_bytes(key).hex()}, "expected": {}}
    for name, suite, public_key in [
        ("x25519: zero", "x25519-hpke", bytes(32)),
        ("x25519: one", "x25519-hpke", b"\x01" + bytes(31)),
        ("x25519: a point of order 8", "x25519-hpke", order_8),
        ("x25519: p", "x25519-hpke", b"\xed" + b"\xff" * 30 + b"\x7f"),
        ("x25519: 31 bytes", "x25519-hpke", fixed("short", 31)),
        ("x25519: 33 bytes", "x25519-hpke", fixed("long", 33)),
        ("rsa: exponent 3", "rsa-oaep-2048", public_bytes(exponent_3)),
        ("rsa: exponent 1", "rsa-oaep-2048", rsa_2048[:-5] + bytes([2, 3, 0, 0, 1])),
        ("rsa: 1024 bits", "rsa-oaep-2048", public_bytes(small)),
        ("rsa: 2048 bits for 3072", "rsa-oaep-3072", rsa_2048),
        ("rsa: 4096 bits for 2048", "rsa-oaep-2048", public_bytes(keys["rsa-oaep-4096"])),
        ("rsa: trailing byte", "rsa-oaep-2048", rsa_2048 + b"\0"),
        ("rsa: an even modulus", "rsa-oaep-2048", flipped(rsa_2048, len(rsa_2048) - 6)),
        ("rsa: PSS algorithm id", "rsa-oaep-2048", rsa_2048.replace(b"\x01\x01\x01\x05", b"\x01\x01\x0a\x05")),
        ("rsa: empty", "rsa-oaep-2048", b""),
    ]:
        yield {"name": name, "inputs": {"suite": suite, "public_key": public_key.hex()}, "must_fail": "key_invalid"}


def manifests():
    dek = fixed("dek", 32)
    fields = ["B\u00fccher 2026 \U0001f4da.pdf", "application/pdf", 123_456_789, [1_790_000_000_123], fixed("sha", 32), "Q3 ledger"]

    def make(file=IDS["file"], version=1, body=fields, key=dek, trailing=b""):
        nonce, aad = fixed("manifest nonce", 12), cbor(["keyferry/v1/manifest", IDS["organization"], file, version])
        return nonce + sealed(expand(key, "keyferry/v1/manifest"), nonce, aad, cbor(body) + trailing)

    base = {"dek": dek.hex(), **HEX_IDS, "version": 1}
    expected = dict(zip(("name", "media_type", "plaintext_bytes", "modified_at_ms", "sha256", "label"), fields))
    expected.update(modified_at_ms=fields[3][0], sha256=fields[4].hex())
    good = make()
    yield {"name": "a manifest", "inputs": {**base, "sealed": good.hex()}, "expected": expected}
    unknown = ["", "", 0, [], hashlib.sha256().digest(), ""]
    nothing = dict(name="", media_type="", plaintext_bytes=0, modified_at_ms=None, sha256=unknown[4].hex(), label="")
    yield {"name": "nothing known", "inputs": {**base, "sealed": make(body=unknown).hex()}, "expected": nothing}
    for name, bad in [
        ("of another file", make(file=fixed("another file", 16))),
        ("of another version", make(version=2)),
        ("under another key", make(key=fixed("other", 32))),
        ("flipped nonce", flipped(good, 0)),
        ("flipped byte", flipped(good, 20)),
        ("flipped tag", flipped(good, len(good) - 1)),
        ("cut short", good[:-1]),
        ("eleven bytes", good[:11]),
        ("empty", b""),
        ("a field more", make(body=fields + ["more"])),
        ("a byte after the fields", make(trailing=b"\0")),
    ]:
        yield {"name": name, "inputs": {**base, "sealed": bad.hex()}, "must_fail": "context_mismatch"}


def boxes(keys):
    text = "Audit of the third quarter; see mail of 3 March.".encode()
    for suite in ("x25519-hpke", "rsa-oaep-2048"):
        key = keys[suite]
        scope = ["reason", IDS["organization"], IDS["file"], IDS["request"]]
        context = cbor(["keyferry/v1/wrap", suite, scope, key_id(suite, public_bytes(key))])
        box_key, nonce = fixed("box key", 32), fixed("box nonce", 12)
        ciphertext = sealed(box_key, nonce, cbor(["keyferry/v1/box", context]), text)
        wrapped = wrap(suite, key, scope, box_key)
        base = {"suite": suite, **sealed_private(key), **HEX_IDS, "nonce": nonce.hex()}

        def inputs(wrapped=wrapped, ciphertext=ciphertext, **more):
            return {**base, "wrapped": wrapped.hex(), "ciphertext": ciphertext.hex(), **more}

        yield {"name": suite, "inputs": inputs(), "expected": {"text": text.hex()}}
        for name, bad in [
            ("flipped wrap", inputs(wrapped=flipped(wrapped, 40))),
            ("flipped text", inputs(ciphertext=flipped(ciphertext, 3))),
            ("flipped nonce", inputs(nonce=flipped(nonce, 0).hex())),
            ("short nonce", inputs(nonce=nonce[:11].hex())),
            ("for another request", inputs(request=fixed("another request", 16).hex())),
        ]:
            yield {"name": f"{suite}: {name}", "inputs": bad, "must_fail": "unlock_failed"}


def bundles(keys):
    bundle_key, lock_key = fixed("bundle key", 32), fixed("lock key", 32)
    user, owner = IDS["user"], ["user", IDS["user"]]
    signing = ed25519.Ed25519PrivateKey.from_private_bytes(fixed("ed25519", 32))
    other_signing = ed25519.Ed25519PrivateKey.from_private_bytes(fixed("another ed25519", 32))
    other_encryption = x25519.X25519PrivateKey.from_private_bytes(fixed("another x25519", 32))

    def base64url(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    def sealed_key(field, key, suite, public_key, slot=None):
        nonce = fixed("bundle nonce " + field, 12)
        aad = cbor(["keyferry/v1/bundle-key", owner, "identity", suite, 3, slot or field, public_key])
        ciphertext = sealed(bundle_key, nonce, aad, pkcs8(key))
        return {"field": field, "public_key": base64url(public_key), "nonce": base64url(nonce), "ciphertext": base64url(ciphertext)}

    def make(suite, signing_public=None, encryption_public=None, swap=False):
        key = keys[suite]
        pairs = [("signing", signing, signing_public), ("encryption", key, encryption_public)]
        sealed_keys = [sealed_key(field, k, suite, public or public_bytes(k)) for field, k, public in pairs]
        if swap:
            sealed_keys[0]["ciphertext"], sealed_keys[1]["ciphertext"] = sealed_keys[1]["ciphertext"], sealed_keys[0]["ciphertext"]
        salt, nonce = fixed("lock salt", 16), fixed("lock nonce", 12)
        aad = cbor(["keyferry/v1/lock", "passphrase", owner, 3, 600_000, salt])
        passphrase_lock = {
            "kind": "passphrase",
            "kdf": {"iterations": 600_000, "salt": base64url(salt)},
            "nonce": base64url(nonce),
            "ciphertext": base64url(sealed(lock_key, nonce, aad, bundle_key)),
        }
        # A person's own key would not lock their own bundle; here it only stands for some member's.
        member_lock = {
            "kind": "member",
            "user": user.hex(),
            "recipient_key": key_id(suite, public_bytes(key)).hex(),
            "wrapped": base64url(wrap(suite, key, ["lock", owner, "identity", 3], bundle_key)),
            "statement": "",
            "signer": user.hex(),
        }
        return {"kind": "identity", "suite": suite, "version": 3, "keys": sealed_keys, "locks": [passphrase_lock, member_lock]}

    def inputs(bundle, lock=lock_key):
        return {"user": user.hex(), "lock_key": lock.hex(), "bundle": bundle}

    def changed(suite, change):
        bundle = json.loads(json.dumps(make(suite)))
        change(bundle)
        return bundle

    for suite in keys:
        yield {"name": suite, "inputs": inputs(make(suite)), "expected": {"bundle_key": bundle_key.hex()}}
    suite = "x25519-hpke"

    def set_version(bundle):
        bundle["version"] = 2

    def set_iterations(bundle):
        bundle["locks"][0]["kdf"]["iterations"] = 600_001

    def set_salt(bundle):
        bundle["locks"][0]["kdf"]["salt"] = base64url(fixed("another salt", 16))

    def set_public(bundle):
        bundle["keys"][1]["public_key"] = base64url(public_bytes(other_encryption))

    def drop_key(bundle):
        del bundle["keys"][0]

    def drop_locks(bundle):
        bundle["locks"] = []

    for name, change in [
        ("another version", set_version),
        ("other iterations in the lock", set_iterations),
        ("another salt in the lock", set_salt),
        ("another public key beside the sealed one", set_public),
        ("the signing key left out", drop_key),
        ("no lock", drop_locks),
    ]:
        yield {"name": name, "inputs": inputs(changed(suite, change)), "must_fail": "unlock_failed"}
    yield {"name": "another lock key", "inputs": inputs(make(suite), fixed("other", 32)), "must_fail": "unlock_failed"}
    yield {"name": "keys in each other's slot", "inputs": inputs(make(suite, swap=True)), "must_fail": "unlock_failed"}
    yield {
        "name": "another person's signing key, sealed with the right bundle key",
        "inputs": inputs(make(suite, signing_public=public_bytes(other_signing))),
        "must_fail": "keypair_mismatch",
    }
    yield {
        "name": "another person's encryption key, sealed with the right bundle key",
        "inputs": inputs(make(suite, encryption_public=public_bytes(other_encryption))),
        "must_fail": "keypair_mismatch",
    }


def statements(keys):
    signing = ed25519.Ed25519PrivateKey.from_private_bytes(fixed("ed25519", 32))
    public, user = public_bytes(signing), IDS["user"]
    signer = digest_of_parts("keyferry/v1/fingerprint", b"user", user, public)
    encryption = public_bytes(keys["x25519-hpke"])
    payload = cbor({
        1: ["user", user],
        2: 7,
        3: fixed("previous", 32),
        4: 1_790_000_000_123,
        5: [],
        6: {1: "x25519-hpke", 2: encryption, 3: 2},
    })
    protected = cbor({1: -8, 4: signer, 16: "keyferry/v1/key-certificate"})
    signature = signing.sign(cbor(["Signature1", protected, b"", payload]))
    cose = b"\xd2" + cbor([protected, {}, payload, signature])
    yield {
        "name": "a key certificate",
        "inputs": {
            **sealed_private(signing),
            "user": user.hex(),
            "sequence": 7,
            "previous": fixed("previous", 32).hex(),
            "issued_at_ms": 1_790_000_000_123,
            "suite": "x25519-hpke",
            "encryption_key": encryption.hex(),
            "version": 2,
        },
        "expected": {"statement": cose.hex()},
    }


def main():
    keys = {suite: private_key(suite) for suite in SUITES}
    for kind, vectors in {
        "passphrase": passphrase(),
        "content": content(),
        "wrap": wraps(keys),
        "public_key": public_keys(keys),
        "manifest": manifests(),
        "sealed_box": boxes(keys),
        "bundle": bundles(keys),
        "statement": statements(keys),
    }.items():
        if len(sys.argv) > 1 and kind not in sys.argv[1:]:
            continue
        lines = [json.dumps({"kind": kind, **vector}) for vector in vectors]
        (HERE / f"{kind}.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
        print(f"{kind}.json: {len(lines)} vectors")


if __name__ == "__main__":
    main()
