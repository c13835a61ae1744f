import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

/** Something to agree to, or to choose. */
export function Check(props: { value: Signal<boolean>; testid?: string; children: ComponentChildren }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.value.value}
        onChange={(event) => {
          props.value.value = event.currentTarget.checked;
        }}
        data-testid={props.testid}
      />
      <span>{props.children}</span>
    </label>
  );
}
