// Who is logged in. The session lives in this module's memory alone: a reload asks for the passphrase again.
import { type Credentials, Keyferry, KeyferryError, type Session, type Suite } from "@keyferry/sdk";
import { signal } from "@preact/signals";
import { measure } from "./strength";

let connecting: Promise<Keyferry> | undefined;

/** The SDK, loaded once; called early so that its wasm arrives while somebody types. */
export function connect(): Promise<Keyferry> {
  connecting ??= Keyferry.connect(location.origin, { passphrasePolicy }).catch((error: unknown) => {
    connecting = undefined;
    throw error;
  });
  return connecting;
}

/** What this app asks of new passphrases, whatever form they come from. */
async function passphrasePolicy(passphrase: string, email: string): Promise<string | undefined> {
  const { enough, advice } = await measure(passphrase, email.split(/[@.]/));
  return enough ? undefined : advice;
}

/** The session, once somebody is logged in. */
export const session = signal<Session | null>(null);

/** The relay ended the session while the page was in use; the page stays and asks for the passphrase. */
export const sessionEnded = signal(false);

/** The session, on pages that only exist within one. */
export function current(): Session {
  if (session.value === null) throw new Error("no session: this page is only shown after login");
  return session.value;
}

/** Logs in; also renews a session that ended. */
export async function login(credentials: Credentials): Promise<void> {
  const ferry = await connect();
  session.value = await ferry.login(credentials);
  sessionEnded.value = false;
}

/** Logs in by a passkey of this device. */
export async function loginWithPasskey(): Promise<void> {
  const ferry = await connect();
  session.value = await ferry.loginWithPasskey();
  sessionEnded.value = false;
}

/** Opens an account by its recovery code. The session is not this app's yet: the next code has to be written down first. */
export async function recover(lost: { email: string; code: string; passphrase: string }): Promise<{ session: Session; recoveryCode: string }> {
  const ferry = await connect();
  return ferry.recover(lost);
}

/** What registering takes. */
export interface Registration {
  email: string;
  passphrase: string;
  suite: Suite;
  invitation?: string;
}

/** Makes an account and logs in. */
export async function register(registration: Registration): Promise<void> {
  const ferry = await connect();
  session.value = await ferry.register(registration);
}

/** Logs out here even when the relay cannot be told. */
export async function logout(): Promise<void> {
  const ending = session.value;
  session.value = null;
  sessionEnded.value = false;
  await ending?.logout().catch(() => undefined);
}

/** Notices an ended session in any error on its way to the screen. */
export function noticeEnd(error: unknown): void {
  if (!(error instanceof KeyferryError) || session.value === null) return;
  if (error.code === "session_expired" || error.code === "session_invalid") sessionEnded.value = true;
}
