/** The mark and the name. */
export function Logo() {
  return (
    <span class="logo">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="8" r="5" />
        <path d="M13.800 11h4.400l1.300 7h-7z" />
        <path d="M2.500 18.500h27l-3.600 8a2.200 2.200 0 0 1-2 1.300H8.100a2.200 2.200 0 0 1-2-1.300z" />
      </svg>
      Keyferry
    </span>
  );
}
