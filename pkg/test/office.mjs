//! People of one relay, for the tests of the package.
import { startRelay } from "../../tests/support/relay.mjs";
import { Keyferry } from "@keyferry/sdk";

export const PASSPHRASE = "correct horse battery staple";

let accounts = 0;

/** A relay that stops when the test ends. */
export async function relayFor(test) {
  const relay = await startRelay();
  test.after(() => relay.stop());
  return relay;
}

/** A new account, each on a device of its own. */
export async function person({ url }, name, options = {}) {
  const ferry = await Keyferry.connect(url);
  const email = `${name}-${++accounts}@example.org`;
  const session = await ferry.register({ email, passphrase: PASSPHRASE, suite: "x25519-hpke", ...options });
  return { ferry, email, session };
}

/** An owner with an organization, and a consultant it admitted, who verified each other. */
export async function office(relay) {
  const owner = await person(relay, "owner");
  const consultant = await person(relay, "consultant");
  const organization = await owner.session.organizations.create({ name: "Acme", suite: "x25519-hpke" });
  const { id } = await owner.session.organizations.invite(organization.id, { email: consultant.email, role: "consultant" });
  const { me } = owner.session;
  await consultant.session.people.pinOrganization(organization.id, organization.fingerprint);
  await consultant.session.people.pin(me.user, me.fingerprint);
  await consultant.session.invitations.accept(id);
  // Only now may the owner see them.
  const { user, fingerprint } = consultant.session.me;
  await owner.session.people.pin(user, fingerprint);
  await owner.session.organizations.admit(organization.id, id, { fingerprint });
  return { owner, consultant, organization };
}

/** Asks for a file and has it approved. */
export async function granted({ owner, consultant }, file) {
  const request = await consultant.session.requests.create(file.id, { reason: "Audit", expiresAt: inAnHour() });
  return owner.session.requests.approve(request.id, { fingerprint: consultant.session.me.fingerprint });
}

export const inAnHour = () => new Date(Date.now() + 3_600_000);

/** Random content. */
export function content(length) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, length)));
  return bytes;
}
