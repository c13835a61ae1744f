import { KeyferryError } from "@keyferry/sdk";
import type { Signal } from "@preact/signals";

/** After a login that was stopped since the relay named other parameters: the one good reason for that, to be confirmed. */
export function ChangedElsewhere(props: { error: unknown; confirmed: Signal<boolean> }) {
  const stopped = props.error instanceof KeyferryError && props.error.code === "kdf_changed";
  if (!stopped && !props.confirmed.value) return null;
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.confirmed.value}
        onChange={(event) => {
          props.confirmed.value = event.currentTarget.checked;
        }}
        data-testid="changed-elsewhere"
      />
      <span>I changed my passphrase on another device. Go on with the new one.</span>
    </label>
  );
}
