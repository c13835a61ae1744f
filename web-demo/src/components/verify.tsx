import type { Pin, PinKind } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Check } from "./check";
import { useAction } from "../state/action";
import { PinBadge } from "./badge";
import { ErrorBanner } from "./error-banner";
import { Fingerprint } from "./words";

/** Whom or what one is about to believe. */
export interface Identity {
  /** The person's address or the organization's name. */
  name: string;
  /** Whom to ask for the words. */
  ask: string;
  fingerprint: string;
  words: string;
  pin: Pin;
}

/** The step that everything rests on: comparing the words over another channel. */
export function Verify(props: {
  identity: Identity;
  /** Where the other side finds the words. */
  where: string;
  pin: (how: PinKind) => Promise<unknown>;
  mayTrust?: boolean;
  /** Trusting without comparing was not enough: show the comparison. */
  strict?: boolean;
}) {
  const { identity } = props;
  const first = useRef(identity.pin).current;
  if (identity.pin === "verified" || (identity.pin === "trusted" && props.strict !== true)) {
    return <Known identity={identity} fresh={identity.pin !== first} />;
  }
  return (
    <section class="verify" aria-label={`Compare the words of ${identity.name}`} data-testid="verify">
      <div class="row row-between">
        <h2>Compare the words of {identity.name}</h2>
        <PinBadge pin={identity.pin} />
      </div>
      {identity.pin === "changed" && (
        <p class="banner banner-danger" role="alert">
          This is not the identity you verified before. Go on only if {identity.ask} told you, over another channel, why it
          changed.
        </p>
      )}
      <p>
        Call {identity.ask}, or meet. Let them read the words to you from {props.where}. All twelve must be the same, in the same
        order. Whoever runs the relay could show you somebody else’s key here; only this comparison finds out.
      </p>
      <Fingerprint words={identity.words} fingerprint={identity.fingerprint} testid="verify-words" />
      <Compared {...props} />
    </section>
  );
}

function Known(props: { identity: Identity; fresh: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone; the focus goes to what came of it.
  useEffect(() => {
    if (props.fresh) heading.current?.focus();
  }, []);
  return (
    <section class="verified" aria-label={`The words of ${props.identity.name}`} data-testid="verified">
      <div class="row row-between">
        <h2 ref={heading} tabIndex={-1}>
          {props.identity.name}
        </h2>
        <PinBadge pin={props.identity.pin} />
      </div>
      <details>
        <summary>Show the words</summary>
        <Fingerprint words={props.identity.words} fingerprint={props.identity.fingerprint} />
      </details>
    </section>
  );
}

function Compared(props: { identity: Identity; pin: (how: PinKind) => Promise<unknown>; mayTrust?: boolean }) {
  const compared = useSignal(false);
  const differ = useSignal(false);
  const pin = useAction(props.pin);
  if (differ.value) return <Differ again={() => (differ.value = false)} />;
  return (
    <>
      <Check value={compared} testid="compared">I compared these words with {props.identity.ask} over another channel.</Check>
      <ErrorBanner error={pin.error.value} />
      <div class="row">
        <button
          type="button"
          class="button button-primary"
          disabled={!compared.value || pin.busy.value}
          onClick={() => void pin.start("verified")}
          data-testid="words-match"
        >
          {pin.busy.value ? "Signing your pin…" : "The words match"}
        </button>
        <button type="button" class="button" onClick={() => (differ.value = true)} data-testid="words-differ">
          They differ
        </button>
        {props.mayTrust === true && (
          <button
            type="button"
            class="button button-quiet"
            disabled={pin.busy.value}
            onClick={() => void pin.start("trusted")}
            data-testid="trust-unseen"
          >
            Trust without comparing
          </button>
        )}
      </div>
      {props.mayTrust === true && (
        <p class="hint">Trusting without comparing is marked as such. You can compare later.</p>
      )}
    </>
  );
}

function Differ(props: { again: () => void }) {
  return (
    <div class="banner banner-danger" role="alert" data-testid="differ">
      <p>
        <strong>Stop here.</strong> Different words mean a different key: a mistake in reading, or somebody in between. Nothing
        was given away so far. Compare once more; if they still differ, tell the operator and the organization, and not through
        this page.
      </p>
      <button type="button" class="button" onClick={props.again}>
        Compare again
      </button>
    </div>
  );
}
