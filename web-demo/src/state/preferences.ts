// The only things kept across reloads: the look and, if the person ticked it, their e-mail address. No secrets.
import { effect, signal } from "@preact/signals";

/** `system` follows the operating system. */
export type Theme = "system" | "light" | "dark";

const THEME = "keyferry.theme";
const EMAIL = "keyferry.email";

// Storage may be refused (private windows, policies); then nothing is remembered.
function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Not remembered, as said above.
  }
}

function storedTheme(): Theme {
  const stored = recall(THEME);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** The chosen look. */
export const theme = signal<Theme>(storedTheme());

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  keep(THEME, theme.value === "system" ? null : theme.value);
});

/** The address to fill in at login, or nothing. */
export const rememberedEmail = (): string => recall(EMAIL) ?? "";

/** Remembers an address, or forgets it. */
export const rememberEmail = (email: string | null): void => keep(EMAIL, email);
