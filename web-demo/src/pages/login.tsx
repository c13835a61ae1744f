import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ChangedElsewhere } from "../components/changed-elsewhere";
import { ErrorBanner } from "../components/error-banner";
import { Front } from "../components/front";
import { Page } from "../components/page";
import { PasskeyLogin } from "../components/passkey-login";
import { PassphraseField } from "../components/passphrase-field";
import { useAction } from "../state/action";
import { rememberEmail, rememberedEmail } from "../state/preferences";
import { go, href, path } from "../state/router";
import { connect, login } from "../state/session";
import { Check } from "../components/check";
import { EmailField } from "../components/email-field";

/** Logs in. */
export function LoginPage() {
  const email = useSignal(rememberedEmail());
  const remember = useSignal(email.value !== "");
  const passphrase = useSignal("");
  const changedElsewhere = useSignal(false);
  useEffect(() => void connect().catch(() => undefined), []);
  const arrive = (): void => {
    if (path.value === "/login") go("/", "replace");
  };
  const enter = useAction(async () => {
    await login({
      email: email.value.trim(),
      passphrase: passphrase.value,
      changedElsewhere: changedElsewhere.value,
    });
    rememberEmail(remember.value ? email.value.trim() : null);
    arrive();
  });
  return (
    <Front>
      <Page title="Log in">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void enter.start();
          }}
        >
          <EmailField value={email} autocomplete="username" testid="email" autofocus={email.value === ""} />
          <PassphraseField
            label="Passphrase"
            value={passphrase}
            autocomplete="current-password"
            testid="passphrase"
            autofocus={rememberedEmail() !== ""}
          />
          <Check value={remember} testid="remember">Remember my e-mail on this device</Check>
          <ErrorBanner error={enter.error.value} />
          <ChangedElsewhere error={enter.error.value} confirmed={changedElsewhere} />
          <button type="submit" class="button button-primary button-wide" disabled={enter.busy.value} data-testid="login">
            {enter.busy.value ? "Unlocking your keys…" : "Log in"}
          </button>
        </form>
        <PasskeyLogin onDone={arrive} />
        <p>
          New here? <a href={href("/register")} data-testid="to-register">Create an account</a>
        </p>
        <p>
          Lost your passphrase? <a href={href("/recover")} data-testid="to-recover">Use your recovery code</a>
        </p>
        <p class="hint">
          Your keys are unlocked in this tab’s memory only. After a reload you log in again.
        </p>
      </Page>
    </Front>
  );
}
