-- SHA-256 of what a recovery code logs in with; none where there is no code.
ALTER TABLE accounts ADD COLUMN recovery_verifier BLOB;
