import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useAction } from "../state/action";
import { ErrorBanner } from "./error-banner";
import { PassphraseField } from "./passphrase-field";
import { isTyped, TypedWord } from "./typed-word";

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
  const meant = isTyped(typed, props.email) && passphrase.value !== "";
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
          <TypedWord label="Your e-mail address" word={props.email} value={typed} testid={`${props.testid}-typed`} />
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
