import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useAction } from "../state/action";
import { ErrorBanner } from "./error-banner";
import { Field } from "./field";
import { PassphraseField } from "./passphrase-field";

/** Something that cannot be undone: asked for by the passphrase, and by typing one's e-mail as a word that it is meant. */
export function DangerForm(props: {
  title: string;
  verb: string;
  email: string;
  testid: string;
  run: (passphrase: string) => Promise<void>;
  children: ComponentChildren;
}) {
  const passphrase = useSignal("");
  const typed = useSignal("");
  const action = useAction(() => props.run(passphrase.value));
  const meant = typed.value.trim().toLowerCase() === props.email && passphrase.value !== "";
  return (
    <section class="panel panel-danger">
      <h2>{props.title}</h2>
      {props.children}
      <details class="more">
        <summary data-testid={`${props.testid}-open`}>{props.verb}…</summary>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (meant) void action.start();
          }}
        >
          <PassphraseField
            label="Your passphrase"
            value={passphrase}
            autocomplete="current-password"
            testid={`${props.testid}-passphrase`}
          />
          <Field label="Your e-mail address" hint={`Type ${props.email} to say that you mean it.`}>
            {(wiring) => (
              <input
                {...wiring}
                type="text"
                required
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                value={typed.value}
                onInput={(event) => {
                  typed.value = event.currentTarget.value;
                }}
                data-testid={`${props.testid}-typed`}
              />
            )}
          </Field>
          <ErrorBanner error={action.error.value} />
          <button
            type="submit"
            class="button button-danger"
            disabled={!meant || action.busy.value}
            data-testid={props.testid}
          >
            {action.busy.value ? "One moment…" : props.verb}
          </button>
        </form>
      </details>
    </section>
  );
}
