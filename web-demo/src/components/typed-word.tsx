import type { Signal } from "@preact/signals";
import { Field } from "./field";

/** Says that something is meant, by typing what it is about. */
export function TypedWord(props: { label: string; word: string; value: Signal<string>; testid: string }) {
  return (
    <Field label={props.label} hint={`Type ${props.word} to say that you mean it.`}>
      {(wiring) => (
        <input
          {...wiring}
          type="text"
          required
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={props.value.value}
          onInput={(event) => {
            props.value.value = event.currentTarget.value;
          }}
          data-testid={props.testid}
        />
      )}
    </Field>
  );
}

/** Whether that was typed; upper case and white space around it do not matter. */
export const isTyped = (value: Signal<string>, word: string): boolean =>
  value.value.trim().toLowerCase() === word.trim().toLowerCase();
