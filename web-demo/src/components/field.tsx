import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** What a field's control needs to belong to its label and hint. */
export interface Wiring {
  id: string;
  "aria-describedby"?: string;
}

/** A labelled control with a hint. */
export function Field(props: { label: string; hint?: ComponentChildren; children: (wiring: Wiring) => ComponentChildren }) {
  const id = useId();
  const hint = `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(props.hint === undefined ? { id } : { id, "aria-describedby": hint })}
      {props.hint !== undefined && (
        <p class="hint" id={hint}>
          {props.hint}
        </p>
      )}
    </div>
  );
}
