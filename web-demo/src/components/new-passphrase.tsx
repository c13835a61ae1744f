import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../state/action";
import { measure, type Strength, suggest } from "../state/strength";
import { ErrorBanner } from "./error-banner";
import { PassphraseField } from "./passphrase-field";
import { StrengthMeter } from "./strength-meter";

/** A passphrase being chosen. */
export interface Choice {
  passphrase: Signal<string>;
  repeated: Signal<string>;
  strength: Signal<Strength | undefined>;
}

/** A choice for a component; words of the e-mail address count for little. */
export function useNewPassphrase(email: Signal<string>): Choice {
  const passphrase = useSignal("");
  return { passphrase, repeated: useSignal(""), strength: useStrength(passphrase, email) };
}

/** Whether it is strong enough, and typed twice. */
export const isReady = ({ passphrase, repeated, strength }: Choice): boolean =>
  strength.value?.enough === true && repeated.value === passphrase.value;

const PAUSE_MS = 150;

/** The strength of a passphrase, a moment after typing pauses. */
function useStrength(passphrase: Signal<string>, email: Signal<string>): Signal<Strength | undefined> {
  const strength = useSignal<Strength | undefined>(undefined);
  const [typed, address] = [passphrase.value, email.value];
  useEffect(() => {
    strength.value = undefined;
    if (typed === "") return undefined;
    let stale = false;
    const timer = setTimeout(() => {
      void measure(typed, address.split(/[@.]/)).then(
        (judged) => {
          if (!stale) strength.value = judged;
        },
        () => {
          if (!stale) strength.value = { level: 0, enough: false, advice: "The strength check did not load. Type again to retry." };
        },
      );
    }, PAUSE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [typed, address]);
  return strength;
}

/** Asks for a new passphrase twice, says how strong it is, and suggests one. */
export function NewPassphrase(props: { choice: Choice; label: string }) {
  const { passphrase, repeated, strength } = props.choice;
  const differs = repeated.value !== "" && repeated.value !== passphrase.value;
  const shown = useSignal(false);
  const suggested = useSignal("");
  const fill = useAction(async () => {
    suggested.value = await suggest();
    passphrase.value = suggested.value;
    repeated.value = "";
    shown.value = true;
  });
  return (
    <>
      <PassphraseField
        label={props.label}
        value={passphrase}
        autocomplete="new-password"
        testid="passphrase"
        shown={shown}
      />
      <StrengthMeter strength={strength.value} />
      <button type="button" class="button button-small" disabled={fill.busy.value} onClick={() => void fill.start()} data-testid="suggest">
        Suggest six words
      </button>
      {suggested.value !== "" && shown.value && suggested.value === passphrase.value && (
        <p class="hint">
          Write it down and keep it where you keep your papers: <strong class="suggested">{suggested.value}</strong>
        </p>
      )}
      <ErrorBanner error={fill.error.value} />
      <PassphraseField
        label={`${props.label} again`}
        value={repeated}
        autocomplete="new-password"
        testid="passphrase-again"
        {...(differs ? { hint: "Not the same yet." } : {})}
      />
    </>
  );
}
