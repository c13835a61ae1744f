// How hard a passphrase is to guess, by zxcvbn. Its word lists are large, so they load when somebody types one.
import type { ZxcvbnFactory } from "@zxcvbn-ts/core";

/** A passphrase needs at least this many characters. */
export const MINIMUM_LENGTH = 12;

// 10^11 guesses: at 600,000 iterations a good graphics card tries some 10^4 a second, so about four months for one card.
const MINIMUM_GUESSES_LOG10 = 11;
const FULL_GUESSES_LOG10 = 18;

/** A judgement of one passphrase. */
export interface Strength {
  /** 0 to 1, for the meter. */
  level: number;
  enough: boolean;
  /** What would make it better, or that it is good. */
  advice: string;
}

interface Estimator {
  zxcvbn: ZxcvbnFactory;
  words: readonly (string | number)[];
}

let loading: Promise<Estimator> | undefined;

async function load(): Promise<Estimator> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en"),
  ]);
  const zxcvbn = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
  });
  return { zxcvbn, words: common.dictionary["diceware-common"] };
}

function estimator(): Promise<Estimator> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Starts loading the word lists before they are needed. */
export const prepareStrength = (): void => void estimator().catch(() => undefined);

/** Judges a passphrase; `known` are words an attacker tries first, such as the e-mail address. */
export async function measure(passphrase: string, known: readonly string[]): Promise<Strength> {
  const { zxcvbn } = await estimator();
  const { guessesLog10, feedback } = zxcvbn.check(passphrase.normalize("NFKC"), [...known, "keyferry"]);
  const long = [...passphrase].length >= MINIMUM_LENGTH;
  const enough = long && guessesLog10 >= MINIMUM_GUESSES_LOG10;
  return { level: Math.min(1, guessesLog10 / FULL_GUESSES_LOG10), enough, advice: advise(enough, long, guessesLog10, feedback) };
}

function advise(
  enough: boolean,
  long: boolean,
  guessesLog10: number,
  feedback: { warning: string | null; suggestions: string[] },
): string {
  if (enough) return guessesLog10 >= FULL_GUESSES_LOG10 ? "Very strong." : "Strong enough.";
  if (!long) return `At least ${MINIMUM_LENGTH} characters, please. Several unrelated words work well.`;
  return [feedback.warning ?? "Too easy to guess.", feedback.suggestions[0] ?? "Add another unrelated word."].join(" ");
}

const SUGGESTED_WORDS = 6;

// Rejection keeps the choice uniform: the highest incomplete span of the range is drawn again.
function randomBelow(limit: number): number {
  const span = 0x1_0000_0000 - (0x1_0000_0000 % limit);
  const draw = new Uint32Array(1);
  do crypto.getRandomValues(draw);
  while ((draw[0] ?? 0) >= span);
  return (draw[0] ?? 0) % limit;
}

/** Six words of the Diceware list, 77 bits: more than anybody guesses at this price per try. */
export async function suggest(): Promise<string> {
  const { words } = await estimator();
  return Array.from({ length: SUGGESTED_WORDS }, () => String(words[randomBelow(words.length)])).join("-");
}
