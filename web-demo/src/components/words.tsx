import { Flags } from "./flags";

/** The 12 words of a fingerprint, numbered for reading aloud. */
export function Words(props: { words: string; testid?: string }) {
  return (
    <ol class="words" data-testid={props.testid ?? "words"}>
      {props.words.split(" ").map((word, place) => (
        <li key={place}>{word}</li>
      ))}
    </ol>
  );
}

/** A fingerprint in every form: words to compare, a picture to recognize, digits for the thorough. */
export function Fingerprint(props: { words: string; fingerprint: string; testid?: string }) {
  return (
    <div class="fingerprint">
      <Words words={props.words} {...(props.testid === undefined ? {} : { testid: props.testid })} />
      <div class="row">
        <Flags fingerprint={props.fingerprint} />
        <p class="hint">The picture helps to recognize. It is not a proof; only the words are.</p>
      </div>
      <details>
        <summary>All 64 digits</summary>
        <code class="digits">{props.fingerprint.match(/.{1,4}/g)?.join(" ")}</code>
      </details>
    </div>
  );
}
