import { Front } from "../components/front";
import { Page } from "../components/page";

/** This browser or this connection cannot encrypt. */
export function UnsupportedPage() {
  return (
    <Front>
      <Page title="This browser cannot open Keyferry">
        <p>
          Keyferry encrypts in the browser. That needs a current browser (Chrome or Edge 137, Firefox 130, Safari 17.5, or newer)
          and an address that begins with <code>https://</code>, or <code>http://localhost</code> on the relay’s own machine.
        </p>
      </Page>
    </Front>
  );
}
