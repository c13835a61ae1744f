// What an application asks of new passphrases. How strong one is needs word lists, which are the application's to bring.
import { KeyferryError } from "./error.js";

/** Gives the reason why a passphrase is not good enough, or nothing when it is. */
export type PassphrasePolicy = (passphrase: string, email: string) => string | undefined | Promise<string | undefined>;

/** Refuses a new passphrase that the policy refuses, before anything is derived of it. */
export async function obey(policy: PassphrasePolicy | undefined, passphrase: string, email: string): Promise<void> {
  const reason = await policy?.(passphrase, email);
  if (reason !== undefined) throw new KeyferryError("passphrase_weak", reason);
}
