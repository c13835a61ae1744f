// One clear sentence for every code: what happened and what to do next.
import { type Code, KeyferryError } from "@keyferry/sdk";

const SENTENCES: Record<Code, string> = {
  request_invalid: "The relay did not understand this request. Reload the page; if it happens again, tell the operator.",
  encoding: "Something arrived damaged. Try again; if it happens again, tell the operator.",
  session_invalid: "You are not logged in any more. Log in again to go on.",
  session_expired: "Your session is over. Log in again to go on.",
  login_failed: "E-mail or passphrase is wrong. Check both, and whether caps lock is on.",
  role_insufficient: "Your role does not allow this. Ask an owner of the organization to do it or to change your role.",
  account_suspended: "Keys were reported as being in somebody else's hands, and the account is suspended.",
  registration_closed: "This relay takes new accounts by invitation only. Ask for one and enter its code.",
  grant_revoked: "Your access to this file was revoked. If you still need it, request access again.",
  grant_expired: "Your access to this file has run out. Request access again.",
  not_found: "This does not exist, or you may not see it. Go back and check that it is still listed.",
  method_not_allowed: "The relay does not know this operation. Reload the page to get its newest version.",
  already_exists: "This exists already. If it is your account, log in instead.",
  rotation_incomplete: "Something new came while keys were wrapped anew. Start it again.",
  chain_conflict: "Somebody changed this at the same moment. Look at the present state and try again.",
  request_closed: "This request was decided or withdrawn meanwhile. Reload to see how it ended.",
  upload_offset: "The upload lost its place. Start it again.",
  upload_incomplete: "The upload is not complete yet. Start it again.",
  invitation_state: "This invitation was used or is not ready for this step. Reload to see where it stands.",
  last_owner: "An organization would be left without an owner, so nothing was done.",
  upload_gone: "The relay no longer has this upload. Start it again.",
  version_replaced: "The file was given another key meanwhile. Open it again to get the version in its place.",
  version_unsupported: "This page and the relay speak different versions. Reload the page to get the newest one.",
  body_too_large: "This is larger than the relay takes. Choose something smaller, or ask the operator about the limit.",
  media_type: "The relay refused the kind of data. Reload the page to get its newest version.",
  range_invalid: "The relay could not serve this part of the file. Open it again.",
  value_invalid: "Something you entered is not allowed. Check the fields and try again.",
  statement_invalid: "A signature did not fit what was sent. Reload and try again; if it happens again, tell the operator.",
  statement_type: "A signature was of another kind than expected. Do not go on; tell the operator.",
  rate_limited: "Too many tries in a short time. Wait a little, then try again.",
  checksum_mismatch: "Part of the file was damaged on its way. Start the upload again.",
  internal: "The relay failed inside; your data is as it was. Try again, and give the operator the request number if it stays.",
  store_unavailable: "The relay cannot reach its storage right now. Nothing was lost; try again in a minute.",
  storage_full: "The relay's storage is full. Nothing was lost; ask the operator to make room, then try again.",
  aborted: "Stopped.",
  network: "The relay could not be reached. Check your connection and try again.",
  response_invalid: "The relay's answer made no sense and was not used. Try again; if it happens again, tell the operator.",
  passphrase_weak: "This passphrase is too easy to guess. Take a longer one, such as the suggested words.",
  kdf_policy: "The relay asked for an unsafe way of checking the passphrase. Nothing was sent. Do not go on; tell the operator.",
  kdf_changed: "The relay names other parameters for your passphrase than this device knows. Nothing was sent. Did you change it on another device? If not, do not go on, and tell the operator.",
  unlock_failed: "The key does not open. If you typed the passphrase, check it; otherwise the relay served a damaged key.",
  keypair_mismatch: "The relay served a public key that is not yours. Do not go on; tell the operator.",
  key_invalid: "The relay served a key that no honest program makes. Do not go on; tell the operator.",
  key_unverified: "This identity is not verified yet. Compare the 12 words first, then try again.",
  key_changed: "This identity is not the one you verified. Stop, and ask the person over another channel what happened.",
  state_missing: "The relay left out something that must exist. Nothing was changed. Try again; if it stays, tell the operator.",
  membership_unsigned: "The relay named a member that no owner signed. Do not trust this list; tell an owner.",
  policy_unsigned: "The relay named a rule that no owner signed. Do not go on; tell an owner.",
  organization_key_mismatch: "The organization has other keys than it was made with. Do not go on; ask an owner.",
  grant_unsigned: "The key for this file was not signed by an approver. It was not used; tell the organization.",
  author_unsigned: "This file was not signed by a member. It was not opened; tell the organization.",
  manifest_unsigned: "The file's description is not the one its author signed. It was not opened; tell the organization.",
  context_mismatch: "The relay served a proof that belongs to something else. It was not used; tell the operator.",
  listing_mismatch: "The relay's list is not the signed one: something is missing or added. Tell an owner.",
  rollback: "The relay served an older state than this device saw before. It was not used; tell the operator.",
  suite_unsupported: "This uses a kind of encryption that this page does not have. Reload to get the newest version.",
  platform_unsupported: "This browser or device lacks what encryption here needs. Use a current version of Chrome, Edge, Firefox or Safari.",
  locked: "Too many failures. Wait a few minutes, then try again.",
  content_corrupt: "The file is damaged and the damaged part was not released. Try again; if it stays, ask for a new upload.",
  content_truncated: "The file ends too early. Try again; if it stays, ask for a new upload.",
  commitment_mismatch: "The file was sealed under another key. It was not opened; tell the organization.",
  source_changed: "The file changed while it was read. Close programs that write to it and start again.",
};

const FALLBACK = "Something went wrong that this page does not know. Try again; if it happens again, tell the operator.";

/** What the screen says about a failure. */
export interface Said {
  sentence: string;
  /** The relay's own words, where they name what the sentence cannot. */
  detail?: string;
  code: string;
  requestId?: string;
  retryAfterMs?: number;
}

/** Puts any failure into words. */
export function say(error: unknown): Said {
  if (!(error instanceof KeyferryError)) {
    const code = error instanceof DOMException && error.name === "AbortError" ? "aborted" : "unexpected";
    return { sentence: code === "aborted" ? SENTENCES.aborted : FALLBACK, code };
  }
  return {
    // A newer relay may know codes that this page does not.
    sentence: (SENTENCES as Partial<Record<string, string>>)[error.code] ?? FALLBACK,
    code: error.code,
    ...(error.code === "last_owner" || error.code === "account_suspended" ? { detail: error.message } : {}),
    ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}

/** Whether a failure has this code. */
export const hasCode = (error: unknown, code: Code): boolean => error instanceof KeyferryError && error.code === code;
