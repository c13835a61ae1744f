-- tus uploads. `offset_bytes` is the sum of the recorded parts; `claimed` says that a version points here.
CREATE TABLE uploads (
    upload        BLOB PRIMARY KEY,
    user          BLOB NOT NULL REFERENCES accounts (user),
    organization  BLOB NOT NULL REFERENCES organizations (organization),
    length_bytes  INTEGER,
    offset_bytes  INTEGER NOT NULL,
    claimed       INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX unclaimed_uploads ON uploads (expires_at_ms) WHERE claimed = 0;

-- One immutable object each, recorded after it is stored and synced.
CREATE TABLE upload_parts (
    upload       BLOB NOT NULL REFERENCES uploads (upload),
    start        INTEGER NOT NULL,
    length_bytes INTEGER NOT NULL,
    object       TEXT NOT NULL,
    PRIMARY KEY (upload, start)
) STRICT, WITHOUT ROWID;
