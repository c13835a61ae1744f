// What each role may do; the relay and every client enforce the same, this only decides what to show.
import type { Role } from "@keyferry/sdk";

/** Every role, in the order a form offers them. */
export const ROLES: readonly Role[] = ["contributor", "approver", "owner", "auditor", "consultant"];

/** A role's name and its one-line meaning. */
export const ROLE_WORDS: Record<Role, { name: string; meaning: string }> = {
  owner: { name: "Owner", meaning: "Admits and removes people, approves requests, uploads, reads the trail." },
  approver: { name: "Approver", meaning: "Approves, denies and revokes access, uploads and opens every file." },
  contributor: { name: "Contributor", meaning: "Uploads files. Cannot open what others uploaded." },
  auditor: { name: "Auditor", meaning: "Reads the audit trail. Opens no file." },
  consultant: { name: "Consultant", meaning: "From outside: browses labels, asks for files, opens what was granted." },
};

/** Signs membership. */
export const holdsRoot = (role: Role): boolean => role === "owner";
/** Approves, denies, revokes, and opens every file. */
export const holdsVault = (role: Role): boolean => role === "owner" || role === "approver";
/** Uploads. */
export const mayUpload = (role: Role): boolean => holdsVault(role) || role === "contributor";
/** Reads the organization's trail. */
export const mayAudit = (role: Role): boolean => role === "owner" || role === "auditor";
/** Asks for access. */
export const mayRequest = (role: Role): boolean => role === "consultant";
