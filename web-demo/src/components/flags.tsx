// A recognition picture: four flags as ships hoist them, drawn from the fingerprint's last bits.
const COLOURS = ["a", "b", "c", "d", "e", "f"];
const FLAGS = 4;
const BYTES_PER_FLAG = 3;

interface Flag {
  pattern: number;
  ground: string;
  charge: string;
}

function flagsOf(fingerprint: string): Flag[] {
  return Array.from({ length: FLAGS }, (_, place) => {
    // From the end of the fingerprint, which the words do not show.
    const at = fingerprint.length - 2 * BYTES_PER_FLAG * (place + 1);
    const byte = (offset: number): number => Number.parseInt(fingerprint.slice(at + 2 * offset, at + 2 * offset + 2), 16);
    const ground = byte(1) % COLOURS.length;
    const charge = (ground + 1 + (byte(2) % (COLOURS.length - 1))) % COLOURS.length;
    return { pattern: byte(0) % SHAPES.length, ground: COLOURS[ground] ?? "a", charge: COLOURS[charge] ?? "b" };
  });
}

// What lies on a ground of 24 by 24.
const SHAPES = [
  "M0 0h12v24H0z",
  "M0 0h24v12H0z",
  "M0 8h24v8H0z",
  "M8 0h8v24H8z",
  "M0 0h24L0 24z",
  "M0 0l24 24M0 0h7l17 17v7h-7L0 7zM24 0v7L7 24H0v-7L17 0z",
  "M6 6h12v12H6z",
  "M12 3l9 9-9 9-9-9z",
  "M0 0h12v12H0zM12 12h12v12H12z",
  "M9 0h6v9h9v6h-9v9H9v-9H0V9h9z",
  "M0 0h6v24H0zM12 0h6v24h-6z",
  "M0 0h24v6H0zM0 12h24v6H0z",
  "M12 5a7 7 0 1 0 .01 0z",
  "M0 0l12 12L0 24z",
  "M0 0h24L12 12zM0 24h24L12 12z",
  "M0 0h24v24H0zM5 5v14h14V5z",
] as const;

/** Four flags that make a known identity look familiar. They prove nothing; the words do. */
export function Flags(props: { fingerprint: string }) {
  return (
    <svg class="flags" viewBox="0 0 108 24" role="img" aria-label="Recognition picture; not a proof">
      {flagsOf(props.fingerprint).map((flag, place) => (
        <svg key={place} x={place * 28} y={0} width={24} height={24} viewBox="0 0 24 24">
          <path class={`flag-${flag.ground}`} d="M0 0h24v24H0z" />
          <path class={`flag-${flag.charge}`} fill-rule="evenodd" d={SHAPES[flag.pattern] ?? SHAPES[0]} />
          <rect x={0.5} y={0.5} width={23} height={23} />
        </svg>
      ))}
    </svg>
  );
}
