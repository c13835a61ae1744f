import { href, path } from "../state/router";
import { dismiss, toasts } from "../state/toasts";

/** What happened elsewhere, read out as it comes. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
      {toasts.value.map((toast) => (
        <div class="toast" key={toast.id}>
          <p>{toast.text}</p>
          {toast.to !== undefined && toast.to !== path.value && (
            <a href={href(toast.to)} onClick={() => dismiss(toast.id)}>
              Show
            </a>
          )}
          <button type="button" class="button button-quiet button-small" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
