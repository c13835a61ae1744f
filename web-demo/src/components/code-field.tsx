import type { Signal } from "@preact/signals";
import { Field } from "./field";

/** The fifteen words of a recovery code. */
export function CodeField(props: { value: Signal<string>; testid: string }) {
  return (
    <Field label="Recovery code" hint="Fifteen words, in their order.">
      {(wiring) => (
        <textarea
          {...wiring}
          required
          rows={3}
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
