import type { Session } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CodeField } from "../components/code-field";
import { ErrorBanner } from "../components/error-banner";
import { Front } from "../components/front";
import { isReady, NewPassphrase, useNewPassphrase } from "../components/new-passphrase";
import { Page } from "../components/page";
import { RecoverySheet } from "../components/recovery-sheet";
import { useAction } from "../state/action";
import { rememberedEmail } from "../state/preferences";
import { go, href } from "../state/router";
import { connect, recover, session } from "../state/session";
import { prepareStrength } from "../state/strength";
import { EmailField } from "../components/email-field";

/** Opens an account whose passphrase is lost, by its recovery code. */
export function RecoverPage() {
  const email = useSignal(rememberedEmail());
  const code = useSignal("");
  const choice = useNewPassphrase(email);
  const recovered = useSignal<{ session: Session; recoveryCode: string } | undefined>(undefined);
  useEffect(() => {
    prepareStrength();
    void connect().catch(() => undefined);
  }, []);
  const open = useAction(async () => {
    const passphrase = choice.passphrase.value;
    recovered.value = await recover({ email: email.value.trim(), code: code.value, passphrase });
    code.value = "";
  });
  const made = recovered.value;
  if (made !== undefined) {
    const enter = (): void => {
      session.value = made.session;
      go("/", "replace");
    };
    return (
      <Front>
        <Page title="Your account is open again" lead="The code you used is used up. Here is the next one.">
          <RecoverySheet email={made.session.me.email} code={made.recoveryCode} onDone={enter} done="Go on" />
        </Page>
      </Front>
    );
  }
  return (
    <Front>
      <Page title="Recover my account" lead="With the fifteen words of your recovery code. You choose a new passphrase; every session and every passkey ends.">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (isReady(choice)) void open.start();
          }}
        >
          <EmailField value={email} autocomplete="username" testid="email" />
          <CodeField value={code} testid="recovery-code" />
          <NewPassphrase choice={choice} label="New passphrase" />
          <ErrorBanner error={open.error.value} />
          <button
            type="submit"
            class="button button-primary button-wide"
            disabled={!isReady(choice) || open.busy.value}
            data-testid="recover"
          >
            {open.busy.value ? "Opening your account…" : "Recover"}
          </button>
        </form>
        <p>
          Found it again? <a href={href("/login")}>Log in</a>
        </p>
      </Page>
    </Front>
  );
}
