-- When the keys were reported as compromised; nobody logs in since.
ALTER TABLE accounts ADD COLUMN suspended_at_ms INTEGER;
-- When the person proved to have the recovery code that is set now.
ALTER TABLE accounts ADD COLUMN recovery_tested_at_ms INTEGER;
-- Since when the bundle's keys have to be replaced.
ALTER TABLE current_bundles ADD COLUMN rotation_due_ms INTEGER;
