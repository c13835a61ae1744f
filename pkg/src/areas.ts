// What a session can do, area by area. Results are types made from the Rust code (sdk-wasm/src/view).
import { OpenedFile, type TransferOptions } from "./opened-file.js";
import { KeyferryError } from "./error.js";
import { passkeyHost, supportsPasskeys, WITHOUT_PRF } from "./platform/passkey.js";
import { counted, type RotationOptions } from "./rotation.js";
import { openSource, type UploadSource } from "./source.js";
import type {
  AccessRequest,
  AuditEvent,
  FileInfo,
  Grant,
  Invitation,
  Organization,
  Passkey,
  Person,
  RawSession,
  Role,
  Suite,
} from "./wasm/keyferry.js";

/** How a fingerprint is pinned: compared out of band, or taken on trust. */
export type PinKind = "verified" | "trusted";

/** What is said of an upload. */
export interface UploadOptions extends TransferOptions {
  organization: string;
  /** Public to the organization and the relay. */
  label: string;
  /** The file's name, sealed; a File brings its own. */
  name?: string;
  /** Its media type, sealed; a Blob brings its own. */
  type?: string;
}

/** A part of an audit trail, which is read newest first. */
export interface AuditPage {
  /** Only events with a lower number. */
  before?: number;
  /** At most so many. */
  limit?: number;
}

class Area {
  /** @internal */
  protected readonly raw: RawSession;

  /** @internal */
  constructor(raw: RawSession) {
    this.raw = raw;
  }
}

/** My organizations. */
export class Organizations extends Area {
  /** Makes one, with root and vault; I am its owner. */
  create(a: { name: string; suite?: Suite }): Promise<Organization> {
    return this.raw.createOrganization(a.name, a.suite);
  }

  list(): Promise<Organization[]> {
    return this.raw.listOrganizations();
  }

  get(id: string): Promise<Organization> {
    return this.raw.getOrganization(id);
  }

  /** Invites a person. They accept; then an owner compares fingerprints and admits them. */
  invite(id: string, a: { email: string; role: Role }): Promise<Invitation> {
    return this.raw.invite(id, a.email, a.role);
  }

  /** What was sent; those in state `accepted` wait for `admit`. */
  invitations(id: string): Promise<Invitation[]> {
    return this.raw.organizationInvitations(id);
  }

  /** Signs the membership of a person who accepted, with the locks their role needs. Their fingerprint must be pinned,
   * and the one given here the one that was compared with them. */
  admit(id: string, invitation: string, a: { fingerprint: string }): Promise<Organization> {
    return this.raw.admit(id, invitation, a.fingerprint);
  }

  /** Signs a member's role by the identity that took the place of theirs (`unconfirmed`), so that they can act again. Their
   * fingerprint must be pinned anew, and the one given here the one that was compared with them. */
  confirm(id: string, user: string, a: { fingerprint: string }): Promise<Organization> {
    return this.raw.changeMember(id, user, a.fingerprint);
  }

  /** Ends a membership; then rotates what the person held: an owner the root's key, and an owner or approver the vault's (`rotate:
   * false` leaves that to you). Stopped or failed after the membership ended, the rest can be had by `rotateRoot` and `rotateVault`. */
  async remove(id: string, user: string, a: { rotate?: boolean } & RotationOptions = {}): Promise<Organization> {
    const { members } = await this.raw.getOrganization(id);
    const role = members.find((member) => member.person.user === user)?.role;
    const left = await this.raw.changeMember(id, user);
    if (a.rotate === false || (role !== "owner" && role !== "approver")) return left;
    if (role === "owner") await this.rotateRoot(id);
    await this.rotateVault(id, a);
    return this.get(id);
  }

  /** Makes the organization's next root key: who was an owner before can sign nothing any more. The fingerprint is another. When
   * another owner compares and pins it, everybody's pin follows; until then, and where there is no other owner, each member finds
   * the organization `changed`, and compares it. For owners. */
  rotateRoot(id: string): Promise<Organization> {
    return this.raw.rotateRoot(id);
  }

  /** Makes the vault's next key, for those who hold the vault now, and wraps the key of every file to it: who was removed before
   * opens nothing that is stored from then on. For owners. */
  rotateVault(id: string, options: RotationOptions = {}): Promise<void> {
    return this.raw.rotateVault(id, counted(options), options.signal);
  }
}

/** Invitations for me. */
export class Invitations extends Area {
  list(): Promise<Invitation[]> {
    return this.raw.myInvitations();
  }

  /** Accepts one. The organization must be pinned before. */
  accept(id: string): Promise<Invitation> {
    return this.raw.acceptInvitation(id);
  }
}

/** People and fingerprints. */
export class People extends Area {
  /** Pins a person's fingerprint. */
  pin(user: string, fingerprint: string, how: PinKind = "verified"): Promise<Person> {
    return this.raw.pinPerson(user, fingerprint, how);
  }

  /** Pins an organization's fingerprint. An owner who verifies that of a root that took another's place vouches for it, too. */
  pinOrganization(id: string, fingerprint: string, how: PinKind = "verified"): Promise<void> {
    return this.raw.pinOrganization(id, fingerprint, how);
  }

  get(user: string): Promise<Person> {
    return this.raw.getPerson(user);
  }
}

/** Files of my organizations. */
export class Files extends Area {
  /** Seals content while it uploads, and signs it. */
  upload(content: UploadSource, a: UploadOptions): Promise<FileInfo> {
    const file = content instanceof File ? content : undefined;
    const type = a.type ?? (content instanceof Blob ? content.type : "");
    const name = a.name ?? file?.name ?? "";
    return this.raw.upload(
      a.organization,
      openSource(content),
      a.label,
      name,
      type,
      file?.lastModified,
      a.onProgress,
      a.signal,
    );
  }

  /** An organization's catalogue. */
  list(organization: string): Promise<FileInfo[]> {
    return this.raw.listFiles(organization);
  }

  /** Seals a file again under another key, as its next version, wraps that key to those who may read it still, and swaps
   * it in at once. For those who hold the vault. A failure or a stop leaves the version before; call it again then. Where the page
   * closed in the middle, or the relay was out of reach for long, that goes on where it was, on the same device. */
  rekey(file: string, options: TransferOptions = {}): Promise<FileInfo> {
    return this.raw.rekeyFile(file, options.onProgress, options.signal);
  }

  /** Whether this device has a re-key of a file that was interrupted: `rekey` goes on with it. */
  rekeyInterrupted(file: string): Promise<boolean> {
    return this.raw.rekeyInterrupted(file);
  }

  /** Erases a file with every version, request and grant; owners of its organization only. It cannot be undone. */
  erase(id: string): Promise<void> {
    return this.raw.eraseFile(id);
  }

  /** Opens a file's key, with everything that proves it. The options go for reading it, too. */
  async open(file: string, options: TransferOptions = {}): Promise<OpenedFile> {
    return new OpenedFile(await this.raw.openFile(file, options.signal), options);
  }
}

/** Requests for access. */
export class Requests extends Area {
  /** Asks for a file. The reason is sealed to the organization. */
  create(file: string, a: { reason: string; expiresAt: Date }): Promise<AccessRequest> {
    return this.raw.createRequest(file, a.reason, a.expiresAt.getTime());
  }

  mine(): Promise<AccessRequest[]> {
    return this.raw.myRequests();
  }

  list(organization: string): Promise<AccessRequest[]> {
    return this.raw.listRequests(organization);
  }

  /** One request; approvers also see the file's name. */
  get(id: string): Promise<AccessRequest> {
    return this.raw.getRequest(id);
  }

  /** Wraps the file's key to the requester. Their fingerprint must be pinned, and the one given here the one that was
   * compared with them. */
  approve(id: string, a: { fingerprint: string; expiresAt?: Date }): Promise<Grant> {
    return this.raw.approveRequest(id, a.fingerprint, a.expiresAt?.getTime());
  }

  deny(id: string): Promise<void> {
    return this.raw.denyRequest(id);
  }

  withdraw(id: string): Promise<void> {
    return this.raw.withdrawRequest(id);
  }
}

/** Grants of access. */
export class Grants extends Area {
  mine(): Promise<Grant[]> {
    return this.raw.myGrants();
  }

  list(organization: string): Promise<Grant[]> {
    return this.raw.listGrants(organization);
  }

  /** Ends a grant; the relay deletes its wrapped key. What was fetched before stays with who fetched it. With `rekey` the
   * file is then sealed again, as by `files.rekey`: a key they may have kept opens nothing of what is stored from then on.
   * The grant is ended from the next request on, whatever becomes of that. */
  async revoke(id: string, a: { rekey?: boolean } & TransferOptions = {}): Promise<Grant> {
    const grant = await this.raw.revokeGrant(id);
    if (a.rekey) await this.raw.rekeyFile(grant.file.id, a.onProgress, a.signal);
    return grant;
  }
}

/** My passkeys. They work on pages of the host they were added on. */
export class Passkeys extends Area {
  /** Has the person's device or security key make a passkey, which logs in and opens the account's keys, beside the passphrase.
   * Without WebAuthn PRF nothing is stored anywhere (`platform_unsupported`). The passphrase is asked for, as a session alone is not
   * enough. Renewing keys and recovering the account remove every passkey. */
  async add(a: { name: string; passphrase: string }): Promise<void> {
    if (!(await supportsPasskeys())) throw new KeyferryError("platform_unsupported", WITHOUT_PRF);
    return this.raw.addPasskey(passkeyHost, a.name, a.passphrase);
  }

  /** My passkeys, oldest first. */
  list(): Promise<Passkey[]> {
    return this.raw.listPasskeys();
  }

  /** Removes a passkey: it opens nothing any more. */
  async remove(id: string): Promise<void> {
    await this.raw.removePasskey(id);
    passkeyHost.forget(id);
  }
}

/** The audit trail. */
export class Audit extends Area {
  mine(page: AuditPage = {}): Promise<AuditEvent[]> {
    return this.raw.myAudit(page.before, page.limit);
  }

  organization(id: string, page: AuditPage = {}): Promise<AuditEvent[]> {
    return this.raw.organizationAudit(id, page.before, page.limit);
  }
}
