import { useAction } from "../state/action";
import { canUsePasskeys } from "../state/passkeys";
import { loginWithPasskey } from "../state/session";
import { ErrorBanner } from "./error-banner";

const HERE = {
  login_failed: "This relay does not know that passkey: it was removed, or is another account’s. Log in by your passphrase.",
  aborted: "No passkey was used: it was cancelled, took too long, or this device has none. Log in by your passphrase.",
  platform_unsupported: "This device’s passkeys cannot open keys. Log in by your passphrase.",
};

/** The way in without a passphrase, where the browser may have one. */
export function PasskeyLogin(props: { onDone: () => void }) {
  const enter = useAction(async () => {
    await loginWithPasskey();
    props.onDone();
  });
  if (!canUsePasskeys.value) return null;
  return (
    <form
      class="panel-part"
      onSubmit={(event) => {
        event.preventDefault();
        void enter.start();
      }}
    >
      <ErrorBanner error={enter.error.value} instead={HERE} />
      <button
        type="submit"
        class="button button-wide"
        disabled={enter.busy.value}
        data-testid="login-with-passkey"
      >
        {enter.busy.value ? "Waiting for your passkey…" : "Log in with a passkey"}
      </button>
    </form>
  );
}
