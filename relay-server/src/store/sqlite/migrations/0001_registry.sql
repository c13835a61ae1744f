-- Ids are 16 bytes, digests 32, times milliseconds since 1970. `owner_kind` is 'user' or 'organization'.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE accounts (
    user            BLOB PRIMARY KEY,
    email           TEXT NOT NULL UNIQUE,
    identity_key    BLOB NOT NULL,
    key_certificate BLOB NOT NULL,
    kdf_iterations  INTEGER NOT NULL,
    kdf_salt        BLOB NOT NULL,
    login_verifier  BLOB NOT NULL,
    created_at_ms   INTEGER NOT NULL
) STRICT;

-- Every owner's whole chain.
CREATE TABLE statements (
    owner_kind TEXT NOT NULL,
    owner      BLOB NOT NULL,
    sequence   INTEGER NOT NULL,
    hash       BLOB NOT NULL,
    statement  BLOB NOT NULL,
    PRIMARY KEY (owner_kind, owner, sequence)
) STRICT;

CREATE TABLE sessions (
    token         BLOB PRIMARY KEY,
    user          BLOB NOT NULL REFERENCES accounts (user),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    revoked       INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user, expires_at_ms);

-- Which document of the private-key store is in force.
CREATE TABLE current_bundles (
    owner_kind TEXT NOT NULL,
    owner      BLOB NOT NULL,
    kind       TEXT NOT NULL,
    document   BLOB NOT NULL,
    PRIMARY KEY (owner_kind, owner, kind)
) STRICT;

CREATE TABLE contacts (
    user      BLOB PRIMARY KEY REFERENCES accounts (user),
    sealed    TEXT NOT NULL,
    statement BLOB NOT NULL
) STRICT;

CREATE TABLE organizations (
    organization  BLOB PRIMARY KEY,
    created_at_ms INTEGER NOT NULL
) STRICT;

-- An index over the organizations' chains.
CREATE TABLE members (
    organization BLOB NOT NULL REFERENCES organizations (organization),
    user         BLOB NOT NULL REFERENCES accounts (user),
    role         TEXT NOT NULL,
    PRIMARY KEY (organization, user)
) STRICT;
CREATE INDEX members_by_user ON members (user);

CREATE TABLE invitations (
    invitation    BLOB PRIMARY KEY,
    organization  BLOB NOT NULL REFERENCES organizations (organization),
    email         TEXT NOT NULL,
    role          TEXT NOT NULL,
    inviter       BLOB NOT NULL REFERENCES accounts (user),
    invited       BLOB REFERENCES accounts (user),
    state         TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_open_invitation ON invitations (organization, email) WHERE state <> 'completed';
CREATE INDEX invitations_by_email ON invitations (email);

CREATE TABLE versions (
    file          BLOB NOT NULL,
    version       INTEGER NOT NULL,
    organization  BLOB NOT NULL REFERENCES organizations (organization),
    statement     BLOB NOT NULL,
    manifest      BLOB NOT NULL,
    author        BLOB NOT NULL REFERENCES accounts (user),
    upload        BLOB NOT NULL UNIQUE REFERENCES uploads (upload),
    content_bytes INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (file, version)
) STRICT;
CREATE INDEX versions_by_organization ON versions (organization);

-- DEKs wrapped to the vault.
CREATE TABLE vault_wraps (
    file        BLOB NOT NULL,
    version     INTEGER NOT NULL,
    wrapped_dek BLOB NOT NULL,
    statement   BLOB NOT NULL,
    wrapper     BLOB NOT NULL REFERENCES accounts (user),
    PRIMARY KEY (file, version),
    FOREIGN KEY (file, version) REFERENCES versions (file, version)
) STRICT;

CREATE TABLE requests (
    request       BLOB PRIMARY KEY,
    organization  BLOB NOT NULL REFERENCES organizations (organization),
    file          BLOB NOT NULL,
    version       INTEGER NOT NULL,
    requester     BLOB NOT NULL REFERENCES accounts (user),
    statement     BLOB NOT NULL,
    reason        TEXT NOT NULL,
    state         TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    FOREIGN KEY (file, version) REFERENCES versions (file, version)
) STRICT;
CREATE INDEX requests_by_organization ON requests (organization);
CREATE INDEX requests_by_requester ON requests (requester);

CREATE TABLE grants (
    grant_id      BLOB PRIMARY KEY,
    organization  BLOB NOT NULL REFERENCES organizations (organization),
    file          BLOB NOT NULL,
    version       INTEGER NOT NULL,
    request       BLOB NOT NULL UNIQUE REFERENCES requests (request),
    granter       BLOB NOT NULL REFERENCES accounts (user),
    recipient     BLOB NOT NULL REFERENCES accounts (user),
    statement     BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER,
    revocation    BLOB,
    created_at_ms INTEGER NOT NULL,
    FOREIGN KEY (file, version) REFERENCES versions (file, version)
) STRICT;
CREATE INDEX grants_by_organization ON grants (organization);
CREATE INDEX grants_by_recipient ON grants (recipient, file, version);

-- DEKs wrapped to recipients of grants; a revocation deletes the row.
CREATE TABLE grant_wraps (
    grant_id    BLOB PRIMARY KEY REFERENCES grants (grant_id),
    wrapped_dek BLOB NOT NULL,
    statement   BLOB NOT NULL,
    wrapper     BLOB NOT NULL REFERENCES accounts (user)
) STRICT;

CREATE TABLE events (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms        INTEGER NOT NULL,
    operation    TEXT NOT NULL,
    user         BLOB,
    organization BLOB,
    file         BLOB,
    request      BLOB,
    grant_id     BLOB,
    success      INTEGER NOT NULL,
    reported     INTEGER NOT NULL,
    address      TEXT,
    details      TEXT
) STRICT;
CREATE INDEX events_by_user ON events (user, number);
CREATE INDEX events_by_organization ON events (organization, number);
