import type { Suite } from "@keyferry/sdk";
import type { Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ErrorBanner } from "../components/error-banner";
import { Field } from "../components/field";
import { Front } from "../components/front";
import { Page } from "../components/page";
import { isReady, NewPassphrase, useNewPassphrase } from "../components/new-passphrase";
import { useAction } from "../state/action";
import { rememberEmail } from "../state/preferences";
import { go, href } from "../state/router";
import { connect, register } from "../state/session";
import { prepareStrength } from "../state/strength";
import { Check } from "../components/check";
import { EmailField } from "../components/email-field";

const SUITES: readonly [Suite, string][] = [
  ["rsa-oaep-3072", "RSA-OAEP 3072 (default)"],
  ["x25519-hpke", "X25519 HPKE (fast, short keys)"],
  ["rsa-oaep-4096", "RSA-OAEP 4096 (slow to make)"],
  ["rsa-oaep-2048", "RSA-OAEP 2048 (for old rules only)"],
];

/** Makes an account: passphrase, key pairs, all in the browser. */
export function RegisterPage(props: { invitation: string }) {
  const email = useSignal("");
  const understood = useSignal(false);
  const remember = useSignal(false);
  const suite = useSignal<Suite>("rsa-oaep-3072");
  const invitation = useSignal(props.invitation);
  const choice = useNewPassphrase(email);
  useEffect(() => {
    prepareStrength();
    void connect().catch(() => undefined);
  }, []);
  const join = useAction(async () => {
    const code = invitation.value.trim();
    const address = email.value.trim();
    await register({
      email: address,
      passphrase: choice.passphrase.value,
      suite: suite.value,
      ...(code === "" ? {} : { invitation: code }),
    });
    rememberEmail(remember.value ? address : null);
    go("/", "replace");
  });
  const ready = isReady(choice) && understood.value;
  return (
    <Front>
      <Page title="Create an account">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) void join.start();
          }}
        >
          <EmailField value={email} autocomplete="username" testid="email" hint="If somebody invited you, use the address they invited." autofocus />
          <NewPassphrase choice={choice} label="Passphrase" />
          <Check value={understood} testid="understood">I keep this passphrase safe. Nobody can reset it, not even the operator.</Check>
          <Check value={remember}>Remember my e-mail on this device</Check>
          <More suite={suite} invitation={invitation} />
          <ErrorBanner error={join.error.value} />
          <button
            type="submit"
            class="button button-primary button-wide"
            disabled={!ready || join.busy.value}
            data-testid="register"
          >
            {join.busy.value ? "Making your keys…" : "Create account"}
          </button>
        </form>
        <p>
          Have an account? <a href={href("/login")}>Log in</a>
        </p>
      </Page>
    </Front>
  );
}

function More(props: { suite: Signal<Suite>; invitation: Signal<string> }) {
  return (
    <details class="more" open={props.invitation.value !== ""}>
      <summary>Invitation code, kind of key</summary>
      <Field label="Invitation code" hint="Only for relays that take new accounts by invitation.">
        {(wiring) => (
          <input
            {...wiring}
            autocomplete="off"
            spellcheck={false}
            value={props.invitation.value}
            onInput={(event) => {
              props.invitation.value = event.currentTarget.value;
            }}
            data-testid="invitation-code"
          />
        )}
      </Field>
      <Field label="Encryption key">
        {(wiring) => (
          <select
            {...wiring}
            value={props.suite.value}
            onChange={(event) => {
              props.suite.value = SUITES[event.currentTarget.selectedIndex]?.[0] ?? "rsa-oaep-3072";
            }}
            data-testid="suite"
          >
            {SUITES.map(([id, words]) => (
              <option key={id} value={id}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
    </details>
  );
}
