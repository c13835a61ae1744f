import { signal, useSignal } from "@preact/signals";
import { passkeys } from "../state/data";
import { useResource } from "../state/resource";
import { useRotation } from "../state/rotation";
import { current, login } from "../state/session";
import { prepareStrength } from "../state/strength";
import { toast } from "../state/toasts";
import { Check } from "./check";
import { ErrorBanner } from "./error-banner";
import { isReady, NewPassphrase, useNewPassphrase } from "./new-passphrase";
import { PassphraseField } from "./passphrase-field";
import { RecoverySheet } from "./recovery-sheet";
import { RotationProgress } from "./rotation-progress";

/** The next recovery code until it is kept: it is not lost when its owner looks at another page meanwhile. */
const next = signal<{ email: string; code: string } | undefined>(undefined);

/** New keys in the place of those of now, with another passphrase where somebody may know it. */
export function RenewKeys(props: { email: string }) {
  const now = useSignal("");
  const known = useSignal(false);
  const copied = useSignal(false);
  const choice = useNewPassphrase(useSignal(props.email));
  const held = useResource(passkeys());
  const passkeyCount = held.data.value?.length ?? 0;
  const renew = useRotation(async (options) => {
    const another = known.value ? { newPassphrase: choice.passphrase.value, identity: copied.value } : {};
    const code = await current().rotateKeys({ passphrase: now.value, ...another, ...options });
    const replaced = another.identity === true;
    // The next identity logs in anew.
    if (replaced) await login({ email: props.email, passphrase: choice.passphrase.value });
    for (const typed of [now, choice.passphrase, choice.repeated]) typed.value = "";
    known.value = copied.value = false;
    next.value = code === undefined ? undefined : { email: props.email, code };
    const gone = passkeyCount === 0 ? "" : " Your passkeys are removed: add them again.";
    const sheet = code === undefined ? "" : " Your new recovery code waits on “My account”.";
    toast(`Your keys ${replaced ? "and your twelve words " : ""}are new. Every other session has ended.${gone}${sheet}`);
    await held.reload();
  });
  if (next.value?.email === props.email) {
    const { email, code } = next.value;
    return <RecoverySheet email={email} code={code} onDone={() => void (next.value = undefined)} done="Done" />;
  }
  const ready = now.value !== "" && (!known.value || isReady(choice));
  return (
    <section class="panel">
      <h2>Renew my keys</h2>
      <p>
        A new key takes the place of the one your files are wrapped to, under new locks. Your twelve words stay, files and grants
        stay, and you are logged out everywhere else. If you have a recovery code, you get a new one: the old sheet is then good for
        nothing.
      </p>
      {passkeyCount > 0 && (
        <p class="banner banner-wait" data-testid="renew-removes-passkeys">
          {passkeyCount === 1 ? "Your passkey is" : `Your ${passkeyCount} passkeys are`} removed: no passkey can open the new keys until you add it
          again.
        </p>
      )}
      <form
        onFocusIn={prepareStrength}
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void renew.start();
        }}
      >
        <input type="email" autocomplete="username" value={props.email} readOnly hidden />
        <PassphraseField label="Your passphrase" value={now} autocomplete="current-password" testid="renew-passphrase" />
        <Check value={known} testid="passphrase-known">Somebody may know my passphrase: take another, too.</Check>
        {known.value && (
          <>
            <NewPassphrase choice={choice} label="New passphrase" />
            <Check value={copied} testid="identity-copied">
              Somebody may have logged in as me, and copied my keys: replace my identity, too.
            </Check>
            {copied.value ? (
              <p class="banner banner-wait">
                Your twelve words change. In organizations of others, an owner has to compare and confirm them before you can act there
                again; what was granted to you opens meanwhile. Replace the root key of organizations you own, too: it may have been
                copied with yours.
              </p>
            ) : (
              <p class="hint">Your identity, and so your twelve words, stay.</p>
            )}
          </>
        )}
        <ErrorBanner error={renew.error.value} />
        <RotationProgress of={renew} />
        <button type="submit" class="button" disabled={!ready || renew.busy.value} data-testid="renew-keys">
          {renew.busy.value ? "Wrapping your keys anew…" : "Renew my keys"}
        </button>
      </form>
    </section>
  );
}
