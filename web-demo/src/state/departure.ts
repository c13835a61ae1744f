// What is shown to somebody whose account has just ended. The session is over by then, so names are looked up before.
import type { Compromised } from "@keyferry/sdk";
import { signal } from "@preact/signals";
import { rememberEmail } from "./preferences";
import { go } from "./router";
import { current, session, sessionEnded } from "./session";
import { toast } from "./toasts";

/** Names by id, of organizations and files. */
type Names = Map<string, string>;

/** What a report of compromised keys told, until the page is left. */
export const reported = signal<{ told: Compromised; names: Names } | null>(null);

/** Reports that one's keys are in someone else's hands; the session ends with it. */
export async function reportCompromise(passphrase: string): Promise<void> {
  const names = await knownNames();
  const told = await current().reportCompromise(passphrase);
  reported.value = { told, names };
  leave();
}

/** Erases the account; the session ends with it. */
export async function eraseAccount(passphrase: string): Promise<void> {
  await current().eraseAccount(passphrase);
  rememberEmail(null);
  leave();
  go("/login", "replace");
  toast("Your account is erased.");
}

function leave(): void {
  session.value = null;
  sessionEnded.value = false;
}

/** Nobody waits for ever for a name: what cannot be read goes by its id. */
async function knownNames(): Promise<Names> {
  const names: Names = new Map();
  const { organizations, files } = current();
  for (const { id, name } of await organizations.list().catch(() => [])) {
    names.set(id, name);
    for (const file of await files.list(id).catch(() => [])) names.set(file.id, file.label);
  }
  return names;
}
