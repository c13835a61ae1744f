-- How a person's identity key came to take the place of others: a JSON array of statements in pairs, base64url.
ALTER TABLE accounts ADD COLUMN successions TEXT NOT NULL DEFAULT '[]';

-- What owners said, in chains of their own, of the successions of a root; `root` is the next key.
CREATE TABLE vouchers (
    organization BLOB NOT NULL REFERENCES organizations (organization),
    root         BLOB NOT NULL,
    user         BLOB NOT NULL REFERENCES accounts (user),
    statement    BLOB NOT NULL,
    PRIMARY KEY (organization, root, user)
) STRICT;
