import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { go } from "../state/router";
import { login, logout, session, sessionEnded } from "../state/session";
import { ChangedElsewhere } from "./changed-elsewhere";
import { Dialog } from "./dialog";
import { ErrorBanner } from "./error-banner";
import { PassphraseField } from "./passphrase-field";

/** Asks for the passphrase when the relay ended the session, over the page, so that nothing typed is lost. */
export function Relogin() {
  if (!sessionEnded.value || session.value === null) return null;
  return <ReloginDialog email={session.value.me.email} />;
}

function ReloginDialog(props: { email: string }) {
  const passphrase = useSignal("");
  const changedElsewhere = useSignal(false);
  const enter = useAction(() =>
    login({ email: props.email, passphrase: passphrase.value, changedElsewhere: changedElsewhere.value }),
  );
  const leave = (): void => {
    void logout();
    go("/", "replace");
  };
  return (
    <Dialog title="Your session is over" onClose={leave} testid="relogin">
      <p>
        Enter the passphrase of <strong>{props.email}</strong> to go on where you are. What you typed is still here.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter.start();
        }}
      >
        <PassphraseField
          label="Passphrase"
          value={passphrase}
          autocomplete="current-password"
          testid="relogin-passphrase"
          autofocus
        />
        <ErrorBanner error={enter.error.value} />
          <ChangedElsewhere error={enter.error.value} confirmed={changedElsewhere} />
        <div class="row row-end">
          <button type="button" class="button" onClick={leave}>
            Log out
          </button>
          <button type="submit" class="button button-primary" disabled={enter.busy.value} data-testid="relogin-submit">
            {enter.busy.value ? "Unlocking…" : "Go on"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
