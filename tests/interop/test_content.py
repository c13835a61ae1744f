"""Content and wraps against other implementations of the same specifications."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from keyferry_interop import content, hpke, private_key
from keyferry_interop.refusal import Refusal
from keyferry_interop.vectors import pattern
from keyferry_interop.wrap import Recipient, dek_scope, unwrap, wrap, wrap_context

DEK, CONTEXT = b"d" * 32, b"some context"
LENGTHS = [0, 1, 16_383, 16_384, 16_385, 32_768, 50_000]
SCOPE = dek_scope(b"o" * 16, b"f" * 16, 1)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_librarys_cobblestone_opens_what_we_seal(length: int) -> None:
    cobblestone = pytest.importorskip("cryptography.cobblestone")
    decryptor = cobblestone.Cobblestone256Decryptor(DEK, CONTEXT)
    sealed = content.seal(DEK, CONTEXT, pattern(length))
    assert decryptor.update(sealed) + decryptor.finalize() == pattern(length)


@pytest.mark.parametrize("length", LENGTHS)
def test_we_open_what_the_librarys_cobblestone_seals(length: int) -> None:
    cobblestone = pytest.importorskip("cryptography.cobblestone")
    encryptor = cobblestone.Cobblestone256Encryptor(DEK, CONTEXT)
    sealed = encryptor.update(pattern(length)) + encryptor.finalize()
    assert content.open_content(DEK, CONTEXT, sealed) == pattern(length)
    assert content.seal(DEK, CONTEXT, pattern(length), salt=sealed[:24]) == sealed


@pytest.mark.parametrize("length", LENGTHS)
def test_no_prefix_of_a_file_is_a_file(length: int) -> None:
    sealed = content.seal(DEK, CONTEXT, pattern(length))
    for cut in {0, 1, 55, 56, 71, 72, 16_455, 16_456, 16_457, len(sealed) - 17, len(sealed) - 16, len(sealed) - 1}:
        if cut < len(sealed):
            with pytest.raises(Refusal) as refused:
                content.open_content(DEK, CONTEXT, sealed[:cut])
            assert refused.value.code in ("content_truncated", "content_corrupt")


def test_every_changed_byte_of_a_small_file_is_noticed() -> None:
    sealed = content.seal(DEK, CONTEXT, b"small")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(Refusal) as refused:
            content.open_content(DEK, CONTEXT, changed)
        assert refused.value.code == ("commitment_mismatch" if place < 56 else "content_corrupt")


def test_our_rfc_9180_and_the_librarys_open_each_others_wraps() -> None:
    private = X25519PrivateKey.generate()
    to = Recipient("x25519-hpke", private_key.public_bytes(private))
    info = wrap_context(to, SCOPE)
    assert hpke.open_sealed(private, info, wrap(to, SCOPE, DEK)) == DEK
    assert unwrap(private, to, SCOPE, hpke.seal(X25519PrivateKey.generate(), to.key, info, DEK)) == DEK


def test_hpke_gives_the_numbers_of_rfc_9180() -> None:
    """Appendix A.1's exchange (its AEAD is another): enc and shared secret of DHKEM(X25519, HKDF-SHA256)."""
    ephemeral = X25519PrivateKey.from_private_bytes(bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"))
    recipient = bytes.fromhex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
    sealed = hpke.seal(ephemeral, recipient, b"", DEK)
    assert sealed[:32].hex() == "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
