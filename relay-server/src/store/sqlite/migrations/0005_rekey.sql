-- Uploads of versions that were re-keyed: their parts are to be deleted. Their rows stay, as their versions do.
CREATE TABLE retired_uploads (
    upload BLOB PRIMARY KEY REFERENCES uploads (upload)
) STRICT;

CREATE INDEX grants_by_file ON grants (file, version);
