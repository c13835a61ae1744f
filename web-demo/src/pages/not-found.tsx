import { Page } from "../components/page";
import { href } from "../state/router";

/** No such page. */
export function NotFoundPage() {
  return (
    <Page title="No such page" narrow>
      <p>
        The address names no page of this app. <a href={href("/")}>Go to the overview</a>.
      </p>
    </Page>
  );
}
