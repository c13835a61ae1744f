import type { Strength } from "../state/strength";

/** How hard the passphrase is to guess, as a bar and in words. */
export function StrengthMeter(props: { strength: Strength | undefined }) {
  const strength = props.strength;
  return (
    <div class="strength" data-testid="strength" data-enough={strength?.enough === true}>
      <meter
        aria-label="Passphrase strength"
        min={0}
        max={1}
        low={0.4}
        high={0.61}
        optimum={1}
        value={strength?.level ?? 0}
      />
      <p class="hint" role="status">
        {strength?.advice ?? "Several unrelated words are easy to remember and hard to guess."}
      </p>
    </div>
  );
}
