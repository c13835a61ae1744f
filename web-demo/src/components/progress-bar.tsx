import type { Phase } from "@keyferry/sdk";
import { bytes, speed, timeLeft } from "../format/bytes";
import type { Transfer, TransferProgress } from "../state/transfer";

const PHASES: Record<Phase, string> = {
  sealing: "Encrypting",
  resuming: "Going on where it was interrupted",
  uploading: "Encrypting and uploading",
  downloading: "Downloading and decrypting",
  finishing: "Signing and finishing",
  rewrapping: "Wrapping keys anew",
};

function details(now: TransferProgress): string {
  const parts = [PHASES[now.phase]];
  parts.push(now.bytesTotal === undefined ? bytes(now.bytesDone) : `${bytes(now.bytesDone)} of ${bytes(now.bytesTotal)}`);
  if (now.bytesPerSecond !== undefined && now.phase !== "finishing") {
    parts.push(speed(now.bytesPerSecond));
    const rest = (now.bytesTotal ?? 0) - now.bytesDone;
    if (rest > 0 && now.bytesPerSecond > 0) parts.push(timeLeft(rest / now.bytesPerSecond));
  }
  return parts.join(" · ");
}

/** How far a transfer is. */
export function ProgressBar(props: { transfer: Transfer; what: string }) {
  const now = props.transfer.progress.value;
  const known = now?.bytesTotal !== undefined && now.bytesTotal > 0 && now.phase !== "finishing";
  return (
    <div class="progress">
      <progress
        aria-label={props.what}
        data-testid="progress"
        {...(known ? { max: now.bytesTotal ?? 1, value: now.bytesDone } : {})}
      />
      <p class="small" data-testid="progress-text">
        {now === undefined ? "Preparing…" : details(now)}
      </p>
      <p class="hint hint-warn" role="status">
        {props.transfer.stalled.value ? "Waiting for the relay. It goes on by itself." : ""}
      </p>
    </div>
  );
}
