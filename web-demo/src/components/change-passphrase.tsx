import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { current } from "../state/session";
import { prepareStrength } from "../state/strength";
import { toast } from "../state/toasts";
import { ErrorBanner } from "./error-banner";
import { isReady, NewPassphrase, useNewPassphrase } from "./new-passphrase";
import { PassphraseField } from "./passphrase-field";

/** Another passphrase for the same keys. */
export function ChangePassphrase(props: { email: string }) {
  const now = useSignal("");
  const choice = useNewPassphrase(useSignal(props.email));
  const change = useAction(async () => {
    await current().changePassphrase({ current: now.value, new: choice.passphrase.value });
    for (const typed of [now, choice.passphrase, choice.repeated]) typed.value = "";
    toast("Your passphrase is changed. Every other session has ended.");
  });
  return (
    <section class="panel">
      <h2>Change my passphrase</h2>
      <p>
        The old one opens nothing any more, and you are logged out everywhere else. Files and grants stay. If somebody may know
        it, this is not enough: renew your keys; if they may have your keys, report it, below.
      </p>
      <form
        onFocusIn={prepareStrength}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady(choice)) void change.start();
        }}
      >
        {/* Password managers save the new one under this name. */}
        <input type="email" autocomplete="username" value={props.email} readOnly hidden />
        <PassphraseField label="Passphrase until now" value={now} autocomplete="current-password" testid="passphrase-now" />
        <NewPassphrase choice={choice} label="New passphrase" />
        <ErrorBanner error={change.error.value} />
        <button
          type="submit"
          class="button button-primary"
          disabled={!isReady(choice) || now.value === "" || change.busy.value}
          data-testid="change-passphrase"
        >
          {change.busy.value ? "Locking your keys anew…" : "Change passphrase"}
        </button>
      </form>
    </section>
  );
}
