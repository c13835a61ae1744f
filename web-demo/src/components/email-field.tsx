import type { Signal } from "@preact/signals";
import { Field } from "./field";

/** Somebody's e-mail address: one's own, or another's. */
export function EmailField(props: {
  value: Signal<string>;
  autocomplete: "username" | "off";
  testid: string;
  label?: string;
  hint?: string;
  autofocus?: boolean;
}) {
  return (
    <Field label={props.label ?? "E-mail"} {...(props.hint === undefined ? {} : { hint: props.hint })}>
      {(wiring) => (
        <input
          {...wiring}
          type="email"
          required
          autocomplete={props.autocomplete}
          autofocus={props.autofocus === true}
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
