// The resources of this app, one function each. Ids make the keys.
import type { AccessRequest, FileInfo, Grant, Invitation, Organization, Passkey } from "@keyferry/sdk";
import { type Resource, resource } from "./resource";
import { current } from "./session";

/** My organizations. */
export const organizations = (): Resource<Organization[]> =>
  resource("organizations", () => current().organizations.list(), { kinds: ["membership"] });

/** One organization with its members. */
export const organization = (id: string): Resource<Organization> =>
  resource(`organization/${id}`, () => current().organizations.get(id), { kinds: ["membership"], organization: id });

/** Invitations an organization sent; owners only. */
export const sentInvitations = (id: string): Resource<Invitation[]> =>
  resource(`organization/${id}/invitations`, () => current().organizations.invitations(id), {
    kinds: ["invitation", "membership"],
    organization: id,
  });

/** An organization's catalogue. */
export const files = (id: string): Resource<FileInfo[]> =>
  resource(`organization/${id}/files`, () => current().files.list(id), { kinds: ["file", "membership"], organization: id });

/** Requests to an organization. */
export const requests = (id: string): Resource<AccessRequest[]> =>
  resource(`organization/${id}/requests`, () => current().requests.list(id), { kinds: ["request", "grant"], organization: id });

/** One request. Reading its file's name unwraps a key, which goes into the trail: so only its own notices matter. */
export const request = (id: string): Resource<AccessRequest> =>
  resource(`request/${id}`, () => current().requests.get(id), { kinds: ["request"], request: id });

/** Grants of an organization. */
export const grants = (id: string): Resource<Grant[]> =>
  resource(`organization/${id}/grants`, () => current().grants.list(id), { kinds: ["grant"], organization: id });

/** Invitations for me. */
export const invitations = (): Resource<Invitation[]> =>
  resource("invitations", () => current().invitations.list(), { kinds: ["invitation", "membership"] });

/** My passkeys. No notice tells of them. */
export const passkeys = (): Resource<Passkey[]> => resource("passkeys", () => current().passkeys.list(), { kinds: [] });

/** What I asked for. */
export const myRequests = (): Resource<AccessRequest[]> =>
  resource("requests", () => current().requests.mine(), { kinds: ["request", "grant"] });

/** What I was granted. */
export const myGrants = (): Resource<Grant[]> =>
  resource("grants", () => current().grants.mine(), { kinds: ["grant"] });
