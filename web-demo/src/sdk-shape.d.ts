// The agreed TypeScript surface of @keyferry/sdk (design §4). SDK owner implements exactly this (may add); web-demo codes against it.
export type Code = string; // the stable codes of protocol/src/code.rs; exported as a union type generated from the code
export class KeyferryError extends Error { readonly code: Code; readonly requestId?: string; readonly retryAfterMs?: number }
export type Role = "owner" | "approver" | "contributor" | "auditor" | "consultant";
export interface Progress { bytesDone: number; bytesTotal?: number; phase: "sealing" | "uploading" | "downloading" | "finishing" }
export interface CallOptions { signal?: AbortSignal }
export class Keyferry {
  static connect(url: string, options?: { wasm?: URL | Response | ArrayBuffer | WebAssembly.Module; device?: "indexeddb" | "memory" }): Promise<Keyferry>;
  register(a: { email: string; passphrase: string; suite?: "rsa-oaep-3072" | "rsa-oaep-2048" | "rsa-oaep-4096" | "x25519-hpke"; invitation?: string }): Promise<Session>;
  login(a: { email: string; passphrase: string }): Promise<Session>;
}
export interface Person { user: string; email: string; fingerprint: string /* 64 hex */; words: string /* 12 words */; pin: "verified" | "trusted" | "unverified" | "changed" }
export interface Session {
  readonly me: Person;
  readonly organizations: Organizations; readonly files: Files; readonly requests: Requests; readonly grants: Grants; readonly people: People; readonly invitations: Invitations; readonly audit: Audit;
  notices(onNotice: (n: Notice) => void, o?: CallOptions): Promise<void>; // resolves when aborted; reconnects by itself
  logout(): Promise<void>;
}
export interface Organization { id: string; name: string; role: Role; fingerprint: string; words: string; pin: Person["pin"]; members: Member[] }
export interface Member { person: Person; role: Role; you: boolean }
export interface Organizations {
  create(a: { name: string; suite?: string }): Promise<Organization>;
  list(): Promise<Organization[]>; get(id: string): Promise<Organization>;
  invite(id: string, a: { email: string; role: Role }): Promise<Invitation>;
  invitations(id: string): Promise<Invitation[]>;                 // what owners see; state "accepted" waits for admit()
  admit(id: string, invitation: string, a: { fingerprint: string }): Promise<Organization>; // owner: fingerprint compared with what was verified; signs membership + member locks; refuses unpinned (key_unverified)
  remove(id: string, user: string): Promise<Organization>;
}
export interface Invitation { id: string; organization: string; organizationName: string; organizationFingerprint: string; organizationWords: string; email: string; role: Role; state: "pending" | "accepted" | "completed"; inviter: Person; invited?: Person; createdAt: Date }
export interface Invitations { list(): Promise<Invitation[]>; accept(id: string): Promise<Invitation> } // for me
export interface People { pin(user: string, fingerprint: string, how?: "verified" | "trusted"): Promise<Person>; pinOrganization(id: string, fingerprint: string, how?: "verified" | "trusted"): Promise<void>; get(user: string): Promise<Person> }
export interface FileInfo { id: string; organization: string; version: number; label: string; contentBytes: number; author: Person; createdAt: Date }
export interface Files {
  upload(source: Blob | File | ReadableStream<Uint8Array> | Uint8Array | ArrayBuffer, a: { organization: string; label: string; name?: string; type?: string; onProgress?: (p: Progress) => void; signal?: AbortSignal }): Promise<FileInfo>;
  list(organization: string): Promise<FileInfo[]>;
  open(file: string, o?: { onProgress?: (p: Progress) => void; signal?: AbortSignal }): Promise<OpenedFile>;
}
export interface OpenedFile { readonly name: string; readonly type: string; readonly size: number; readonly modifiedAt?: Date; readonly sha256: string; readonly label: string;
  stream(): ReadableStream<Uint8Array>;   // constant memory; errors at the corrupt chunk; the SHA-256 is checked at the end
  blob(): Promise<Blob>; bytes(): Promise<Uint8Array>; saveTo(sink: WritableStream<Uint8Array> | FileSystemFileHandle): Promise<void>;
  slice(start: number, end: number): Promise<Uint8Array>; // random access
}
export interface AccessRequest { id: string; organization: string; file: FileInfo; requester: Person; reason?: string /* approvers and the requester */; name?: string /* decrypted file name: approvers */; expiresAt: Date; state: "pending" | "approved" | "denied" | "withdrawn"; grant?: string; createdAt: Date }
export interface Requests {
  create(file: string, a: { reason: string; expiresAt: Date }): Promise<AccessRequest>;
  mine(): Promise<AccessRequest[]>; list(organization: string): Promise<AccessRequest[]>; get(id: string): Promise<AccessRequest>;
  approve(id: string, a: { fingerprint: string; expiresAt?: Date }): Promise<Grant>; // key_unverified unless pinned and equal
  deny(id: string): Promise<void>; withdraw(id: string): Promise<void>;
}
export interface Grant { id: string; organization: string; file: FileInfo; recipient: Person; granter: Person; expiresAt: Date; state: "active" | "revoked" | "expired"; createdAt: Date }
export interface Grants { mine(): Promise<Grant[]>; list(organization: string): Promise<Grant[]>; revoke(id: string): Promise<Grant> }
export interface AuditEvent { number: number; at: Date; operation: string; user?: string; organization?: string; file?: string; request?: string; grant?: string; success: boolean; reported: boolean; address?: string; details?: string }
export interface Audit { mine(a?: { before?: number; limit?: number }): Promise<AuditEvent[]>; organization(id: string, a?: { before?: number; limit?: number }): Promise<AuditEvent[]> }
export type Notice = { kind: "invitation" | "membership" | "file" | "request" | "grant"; organization: string; file?: string; request?: string; grant?: string; invitation?: string };
// Also without a relay: seal(stream, recipients) / open(stream, identity) (later, if time allows).
