import { encode } from "uqr";

/** A text as a QR code: dark on light whatever the colours of the page, so that every reader takes it. */
export function QrCode(props: { text: string; label: string }) {
  const { size, data } = encode(props.text, { border: 2, ecc: "M" });
  const modules = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={props.label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={modules.join("")} fill="#000" />
    </svg>
  );
}
