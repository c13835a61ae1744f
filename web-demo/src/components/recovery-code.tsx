import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { CodeField } from "./code-field";
import { ErrorBanner } from "./error-banner";
import { PassphraseField } from "./passphrase-field";
import { RecoverySheet } from "./recovery-sheet";

/** Makes a recovery code, and tries one out. */
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
      toast("Now try the code: type it from your sheet.");
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
      <TryCode />
    </section>
  );
}

const WRONG = "These are not the words of your recovery code. Check each word and their order, and that it is your newest sheet.";
const NOT_THE_CODE = { value_invalid: WRONG, unlock_failed: WRONG, login_failed: WRONG };

/** Only a code that was tried out is a way back when the keys get lost. */
function TryCode() {
  const code = useSignal("");
  const attempt = useAction(async () => {
    await current().testRecoveryCode(code.value);
    code.value = "";
    toast("The code opens your account. It stays good; put the sheet back.");
  });
  return (
    <form
      class="panel-part"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt.start();
      }}
    >
      <h3>Try the code</h3>
      <p>
        Type it from your sheet, before you need it. It is not used up. If your keys ever get into someone else’s hands, only a code
        that was tried brings your account back.
      </p>
      <CodeField value={code} testid="try-code" />
      <ErrorBanner error={attempt.error.value} instead={NOT_THE_CODE} />
      <button type="submit" class="button" disabled={code.value.trim() === "" || attempt.busy.value} data-testid="try-recovery-code">
        {attempt.busy.value ? "Trying it…" : "Try the code"}
      </button>
    </form>
  );
}
