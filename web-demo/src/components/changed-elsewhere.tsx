import { KeyferryError } from "@keyferry/sdk";
import type { Signal } from "@preact/signals";
import { Check } from "./check";

/** After a login that was stopped since the relay named other parameters: the one good reason for that, to be confirmed. */
export function ChangedElsewhere(props: { error: unknown; confirmed: Signal<boolean> }) {
  const stopped = props.error instanceof KeyferryError && props.error.code === "kdf_changed";
  if (!stopped && !props.confirmed.value) return null;
  return (
    <Check value={props.confirmed} testid="changed-elsewhere">I changed my passphrase on another device. Go on with the new one.</Check>
  );
}
