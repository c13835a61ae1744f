// Hash routing: the path after `#` names a page and the ids on it, never a secret.
import { signal } from "@preact/signals";

const read = (): string => decodeURI(location.hash.slice(1)) || "/";

/** The current path, beginning with `/`. */
export const path = signal(read());

addEventListener("hashchange", () => {
  path.value = read();
});

/** The link to a path. */
export const href = (to: string): string => `#${to}`;

/** Goes to a path; `replace` leaves no step back to the present one. */
export function go(to: string, how: "push" | "replace" = "push"): void {
  if (how === "push") {
    location.hash = to;
    return;
  }
  history.replaceState(null, "", href(to));
  path.value = to;
}

/** What a path matched: the values of its `:name` segments. */
export type Params = Readonly<Record<string, string>>;

/** Matches `/o/:organization/files` against a path; `undefined` when it is another page. */
export function match(pattern: string, actual: string): Params | undefined {
  const want = pattern.split("/");
  const have = actual.split("/");
  if (want.length !== have.length) return undefined;
  const params: Record<string, string> = {};
  for (const [place, segment] of want.entries()) {
    const value = have[place] ?? "";
    if (segment.startsWith(":")) {
      if (value === "") return undefined;
      params[segment.slice(1)] = value;
    } else if (segment !== value) {
      return undefined;
    }
  }
  return params;
}
