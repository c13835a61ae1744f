// Live notices: keeps resources fresh, counts what waits for me, and says what happened elsewhere.
import type { AccessRequest, Grant, Invitation, Organization, Session } from "@keyferry/sdk";
import { computed, effect, untracked } from "@preact/signals";
import { holdsVault } from "../words/roles";
import { invitations, myGrants, myRequests, organizations, requests } from "./data";
import { forgetAll, hearAll, refreshAll, type Resource } from "./resource";
import { noticeEnd, session } from "./session";
import { toast } from "./toasts";

interface Identified {
  id: string;
}

/** Tells what is new or changed between two loads; the first load is no news. */
function onChange<T extends Identified>(watched: Resource<T[]>, tell: (now: T, before: T | undefined) => void): () => void {
  let before: Map<string, T> | undefined;
  return effect(() => {
    const list = watched.data.value;
    if (list === undefined) return;
    for (const now of before === undefined ? [] : list) tell(now, before?.get(now.id));
    before = new Map(list.map((each) => [each.id, each]));
  });
}

function tellInvitation(now: Invitation, before: Invitation | undefined): void {
  if (before === undefined && now.state === "pending") toast(`${now.organizationName} invited you.`, `/invitations/${now.id}`);
}

function tellMyRequest(now: AccessRequest, before: AccessRequest | undefined): void {
  if (before?.state !== "pending") return;
  if (now.state === "approved") toast(`Your request for “${now.file.label}” was approved.`, `/open/${now.file.id}`);
  if (now.state === "denied") toast(`Your request for “${now.file.label}” was denied.`, "/access");
}

function tellMyGrant(now: Grant, before: Grant | undefined): void {
  if (before?.state === "active" && now.state === "revoked") toast(`Your access to “${now.file.label}” was revoked.`, "/access");
}

const tellRequest =
  (of: Organization) =>
  (now: AccessRequest, before: AccessRequest | undefined): void => {
    if (before === undefined && now.state === "pending") {
      toast(`${now.requester.email} asks for “${now.file.label}”.`, `/o/${of.id}/requests/${now.id}`);
    }
  };

function watch<T extends Identified>(wanted: Resource<T[]>, tell: (now: T, before: T | undefined) => void): () => void {
  const release = wanted.hold();
  const silence = onChange(wanted, tell);
  return () => {
    silence();
    release();
  };
}

/** Watches the pending requests of every organization I may approve for. */
function watchOrganizations(): () => void {
  const watched = new Map<string, () => void>();
  const release = organizations().hold();
  const stop = effect(() => {
    for (const each of organizations().data.value ?? []) {
      if (!holdsVault(each.role) || watched.has(each.id)) continue;
      untracked(() => watched.set(each.id, watch(requests(each.id), tellRequest(each))));
    }
  });
  return () => {
    stop();
    release();
    for (const end of watched.values()) end();
  };
}

async function listen(to: Session, signal: AbortSignal): Promise<void> {
  try {
    // After every connection everything may have changed: what was missed is not told again.
    await to.notices(hearAll, { signal, onConnected: refreshAll });
  } catch (error) {
    if (!signal.aborted) noticeEnd(error);
  }
}

function start(to: Session): () => void {
  const controller = new AbortController();
  const ends = [
    watch(invitations(), tellInvitation),
    watch(myRequests(), tellMyRequest),
    watch(myGrants(), tellMyGrant),
    watchOrganizations(),
  ];
  void listen(to, controller.signal);
  return () => {
    controller.abort();
    for (const end of ends) end();
  };
}

/** Listens while somebody is logged in, and forgets what was loaded when they leave. */
export function stayLive(): void {
  let person: string | undefined;
  effect(() => {
    const to = session.value;
    if (to?.me.user !== person) forgetAll();
    person = to?.me.user;
    if (to === null) return undefined;
    return untracked(() => {
      refreshAll();
      return start(to);
    });
  });
}

/** Invitations that wait for my answer. */
export const openInvitations = computed(() =>
  session.value === null ? 0 : (invitations().data.value ?? []).filter((each) => each.state === "pending").length,
);

/** Requests of an organization that wait for a decision. */
export const pendingRequests = (organization: string): number =>
  (requests(organization).data.value ?? []).filter((each) => each.state === "pending").length;

/** The grant, if I hold one, that opens a file now. */
export const activeGrant = (file: string): Grant | undefined =>
  (myGrants().data.value ?? []).find((each) => each.file.id === file && each.state === "active");
