// @keyferry/sdk: end-to-end encrypted files with grants.
export { KeyferryError } from "./error.js";
export { type ConnectOptions, type Credentials, Keyferry } from "./keyferry.js";
export type { WasmSource } from "./load.js";
export { OpenedFile, type TransferOptions } from "./opened-file.js";
export type { PassphrasePolicy } from "./passphrase-policy.js";
export { supportsPasskeys } from "./platform/passkey.js";
export type { DeviceKind } from "./platform/device.js";
export type { CallOptions, RotationOptions, RotationProgress } from "./rotation.js";
export { type Compromised, type Fetched, type NoticeOptions, Session } from "./session.js";
export type { UploadSource } from "./source.js";
export type {
  Audit,
  AuditPage,
  Files,
  Grants,
  Invitations,
  Organizations,
  Passkeys,
  People,
  PinKind,
  Requests,
  UploadOptions,
} from "./areas.js";
export type {
  AccessRequest,
  AuditEvent,
  Code,
  FileInfo,
  Grant,
  GrantState,
  Invitation,
  InvitationState,
  Member,
  Notice,
  NoticeKind,
  Operation,
  Organization,
  Passkey,
  Person,
  Phase,
  Pin,
  Progress,
  RequestState,
  Role,
  Suite,
} from "./wasm/keyferry.js";
