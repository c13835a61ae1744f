import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { current } from "../state/session";
import { ErrorBanner } from "./error-banner";
import { PassphraseField } from "./passphrase-field";
import { RecoverySheet } from "./recovery-sheet";

/** Makes a recovery code. */
export function RecoveryCode(props: { email: string }) {
  const passphrase = useSignal("");
  const code = useSignal("");
  const make = useAction(async () => {
    code.value = await current().createRecoveryCode({ passphrase: passphrase.value });
    passphrase.value = "";
  });
  if (code.value !== "") {
    const forget = (): void => {
      code.value = "";
    };
    return <RecoverySheet email={props.email} code={code.value} onDone={forget} done="Done" />;
  }
  return (
    <section class="panel">
      <h2>Recovery code</h2>
      <p>
        Fifteen words on paper for the day you lose your passphrase. Without them nobody can open your account then, not even the
        operator. A new code ends the one before.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make.start();
        }}
      >
        <PassphraseField label="Your passphrase" value={passphrase} autocomplete="current-password" testid="recovery-passphrase" />
        <ErrorBanner error={make.error.value} />
        <button
          type="submit"
          class="button"
          disabled={passphrase.value === "" || make.busy.value}
          data-testid="make-recovery-code"
        >
          {make.busy.value ? "Making it…" : "Make a recovery code"}
        </button>
      </form>
    </section>
  );
}
