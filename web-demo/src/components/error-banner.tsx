import { say } from "../words/errors";

/** What went wrong, in one sentence that says what to do, with what an operator needs to find it. `instead` has sentences for codes
 * that mean something else here. */
export function ErrorBanner(props: { error: unknown; retry?: () => void; instead?: Partial<Record<string, string>> }) {
  if (props.error === undefined) return null;
  const said = say(props.error);
  return (
    <div class="banner banner-danger" role="alert" data-testid="error" data-code={said.code}>
      <p>{props.instead?.[said.code] ?? said.sentence}</p>
      {said.detail !== undefined && <p>{said.detail}</p>}
      {said.retryAfterMs !== undefined && <p>Try again in {Math.ceil(said.retryAfterMs / 1000)} seconds.</p>}
      <p class="small">
        Code <code data-testid="error-code">{said.code}</code>
        {said.requestId !== undefined && (
          <>
            {" · request "}
            <code data-testid="error-request">{said.requestId}</code>
          </>
        )}
      </p>
      {props.retry !== undefined && (
        <button type="button" class="button" onClick={props.retry} data-testid="retry">
          Try again
        </button>
      )}
    </div>
  );
}
