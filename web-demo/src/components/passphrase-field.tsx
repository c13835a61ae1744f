import type { Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { Field } from "./field";

/** A passphrase: hidden unless shown, with a word when caps lock is on. */
export function PassphraseField(props: {
  label: string;
  value: Signal<string>;
  autocomplete: "current-password" | "new-password";
  testid: string;
  hint?: string;
  autofocus?: boolean;
  shown?: Signal<boolean>;
}) {
  const own = useSignal(false);
  const shown = props.shown ?? own;
  const capsLock = useSignal(false);
  const watchCapsLock = (event: KeyboardEvent): void => {
    capsLock.value = event.getModifierState("CapsLock");
  };
  return (
    <Field label={props.label} {...(props.hint === undefined ? {} : { hint: props.hint })}>
      {(wiring) => (
        <>
          <div class="with-button">
            <input
              {...wiring}
              // The types know only one of the two at a time.
              type={(shown.value ? "text" : "password") as "password"}
              required
              autocomplete={props.autocomplete}
              autocapitalize="none"
              spellcheck={false}
              autofocus={props.autofocus === true}
              value={props.value.value}
              onInput={(event) => {
                props.value.value = event.currentTarget.value;
              }}
              onKeyDown={watchCapsLock}
              onKeyUp={watchCapsLock}
              onBlur={() => {
                capsLock.value = false;
              }}
              data-testid={props.testid}
            />
            <button
              type="button"
              class="button button-quiet"
              aria-pressed={shown.value}
              aria-label={`Show ${props.label.toLowerCase()}`}
              onClick={() => {
                shown.value = !shown.value;
              }}
            >
              {shown.value ? "Hide" : "Show"}
            </button>
          </div>
          <p class="hint hint-warn" role="status">
            {capsLock.value ? "Caps lock is on." : ""}
          </p>
        </>
      )}
    </Field>
  );
}
