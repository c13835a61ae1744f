// The audit trail's operations in words, grouped for the filter.
import type { Operation } from "@keyferry/sdk";

/** Groups of operations, as the filter shows them. */
export const GROUPS = ["Access", "Files", "Keys", "People", "Sessions"] as const;
/** One of them. */
export type Group = (typeof GROUPS)[number];

const OPERATIONS: Record<Operation, { words: string; group: Group }> = {
  account_registered: { words: "Account registered", group: "People" },
  keypair_generated: { words: "Key pair generated", group: "Keys" },
  login: { words: "Logged in", group: "Sessions" },
  login_failed: { words: "Login refused", group: "Sessions" },
  logout: { words: "Logged out", group: "Sessions" },
  rotation_begun: { words: "Rotation of keys begun", group: "Keys" },
  key_rotated: { words: "Keys rotated", group: "Keys" },
  root_vouched: { words: "Root key vouched for", group: "Keys" },
  passphrase_changed: { words: "Passphrase changed", group: "Keys" },
  passphrase_strengthened: { words: "Passphrase made dearer to guess", group: "Keys" },
  passkey_added: { words: "Passkey added", group: "Keys" },
  passkey_removed: { words: "Passkey removed", group: "Keys" },
  recovery_code_set: { words: "Recovery code made", group: "Keys" },
  recovery_tested: { words: "Recovery code tried out", group: "Keys" },
  recovery_begun: { words: "Recovery code used", group: "Keys" },
  account_recovered: { words: "Account recovered by its code", group: "Keys" },
  account_compromised: { words: "Keys reported as compromised", group: "Keys" },
  account_erased: { words: "Account erased", group: "People" },
  bundle_served: { words: "Locked key bundle served", group: "Keys" },
  organization_created: { words: "Organization created", group: "People" },
  member_invited: { words: "Person invited", group: "People" },
  invitation_accepted: { words: "Invitation accepted", group: "People" },
  membership_changed: { words: "Membership signed", group: "People" },
  file_uploaded: { words: "File uploaded", group: "Files" },
  file_rekeyed: { words: "File sealed under another key", group: "Files" },
  file_downloaded: { words: "Ciphertext served", group: "Files" },
  file_erased: { words: "File erased", group: "Files" },
  key_wrapped: { words: "Key wrapped to a person", group: "Keys" },
  wrapped_key_served: { words: "Wrapped key served", group: "Keys" },
  access_requested: { words: "Access requested", group: "Access" },
  request_withdrawn: { words: "Request withdrawn", group: "Access" },
  access_granted: { words: "Access granted", group: "Access" },
  access_denied: { words: "Access denied", group: "Access" },
  access_revoked: { words: "Access revoked", group: "Access" },
  key_unwrapped: { words: "Key unwrapped", group: "Keys" },
  private_key_decrypted: { words: "Private key decrypted", group: "Keys" },
  contacts_stored: { words: "Contact list stored", group: "People" },
};

/** An operation in words. */
export const operationWords = (name: Operation): string => OPERATIONS[name].words;

/** The group of an operation. */
export const operationGroup = (name: Operation): Group => OPERATIONS[name].group;
