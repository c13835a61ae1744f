import type { Rotating } from "../state/rotation";

/** How far a rotation is, with a way to stop it. */
export function RotationProgress(props: { of: Rotating }) {
  const { busy, progress, stop } = props.of;
  if (!busy.value) return null;
  const now = progress.value;
  return (
    <div class="progress">
      <progress
        aria-label="Keys wrapped anew"
        data-testid="rotation-progress"
        {...(now === undefined || now.total === 0 ? {} : { max: now.total, value: now.done })}
      />
      <p class="small" role="status">
        {now === undefined ? "Making new keys…" : `${now.done} of ${now.total} keys wrapped anew`}
      </p>
      <button type="button" class="button button-small" onClick={stop} data-testid="stop-rotation">
        Stop
      </button>
    </div>
  );
}
