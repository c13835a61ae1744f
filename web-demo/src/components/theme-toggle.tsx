import { type Theme, theme } from "../state/preferences";

const NEXT: Record<Theme, Theme> = { system: "dark", dark: "light", light: "system" };
const NAMES: Record<Theme, string> = { system: "Auto", dark: "Dark", light: "Light" };

/** Goes through the looks: as the system, dark, light. */
export function ThemeToggle() {
  return (
    <button
      type="button"
      class="button button-quiet button-small"
      aria-label={`Look: ${NAMES[theme.value]}. Change to ${NAMES[NEXT[theme.value]]}`}
      onClick={() => {
        theme.value = NEXT[theme.value];
      }}
      data-testid="theme"
    >
      <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="7.500" fill="none" stroke="currentColor" stroke-width="1.500" />
        <path d="M10 2.500a7.500 7.500 0 0 1 0 15z" fill="currentColor" />
      </svg>
      <span class="theme-name">{NAMES[theme.value]}</span>
    </button>
  );
}
