"""Keyferry's formats a second time, made from docs/formats.md ("the page" in these modules) and the specifications it cites.

- Encodings (section 1): `cbor`, `text`, `digest`, `owner`, `suite`, `curve`, `public_key`, `fingerprint`.
- Passphrase, bundles, locks (section 2): `passphrase`, `private_key`, `bundle`, `lock`.
- Wraps (section 3): `wrap`, `sealed_box`, `contacts`.
- Statements (section 4): `statement`, `body`, `succession`, `identity`, `organization`, `pins`, `proof`.
- Files (section 5): `content`, `manifest`.
- HTTP (section 6): `relay`, `served`, `person`.
- Other keys in the place of these (sections 7 and 8): `own_keys`, `holders`, `rotation`, `root`.

It shares no code with the Rust build. It is for tests: it keeps secrets in ordinary `bytes` and does not wipe them.
"""
