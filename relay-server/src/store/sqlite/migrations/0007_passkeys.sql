-- Credentials of WebAuthn that log in. Their locks are in the bundles.
CREATE TABLE passkeys (
    credential      BLOB PRIMARY KEY,
    user            BLOB NOT NULL REFERENCES accounts (user),
    rp_id           TEXT NOT NULL,
    origin          TEXT NOT NULL,
    name            TEXT NOT NULL,
    public_key      BLOB NOT NULL,
    backup_eligible INTEGER NOT NULL,
    sign_count      INTEGER NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    used_at_ms      INTEGER
) STRICT;

CREATE INDEX passkeys_by_user ON passkeys (user, created_at_ms);
