-- A rotation that was begun: everything of an owner is being wrapped to a new key. No organization: the person's own key.
CREATE TABLE rotations (
    key          BLOB PRIMARY KEY,
    user         BLOB NOT NULL REFERENCES accounts (user),
    organization BLOB REFERENCES organizations (organization),
    suite        TEXT NOT NULL,
    public_key   BLOB NOT NULL
) STRICT;
CREATE INDEX rotations_by_user ON rotations (user);

-- What was wrapped to the new key so far. `kind` is 'grant', 'version' or 'reason'; a reason has no version, and JSON for `wrapped`;
-- one that does not open has no `hash`, and stays as it is.
CREATE TABLE rotation_wraps (
    key       BLOB NOT NULL REFERENCES rotations (key) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    subject   BLOB NOT NULL,
    version   INTEGER NOT NULL,
    wrapped   ANY NOT NULL,
    statement BLOB NOT NULL,
    hash      BLOB NOT NULL,
    PRIMARY KEY (key, kind, subject, version)
) STRICT, WITHOUT ROWID;

-- The wrap statement of a reason that was sealed anew to the vault's next key, and who signed it.
ALTER TABLE requests ADD COLUMN resealed BLOB;
ALTER TABLE requests ADD COLUMN resealer BLOB REFERENCES accounts (user);
