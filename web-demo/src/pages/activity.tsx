import { Page } from "../components/page";
import { TrailView } from "../components/trail-view";
import { current } from "../state/session";
import { useTrail } from "../state/trail";

/** My own trail: look for what was not me. */
export function ActivityPage() {
  const trail = useTrail((page) => current().audit.mine(page));
  const { me } = current();
  return (
    <Page title="My activity" lead="What was done in your name. If a login was not yours, tell the operator at once.">
      <TrailView trail={trail} nameOf={(user) => (user === me.user ? "you" : user)} fileName="my-activity" />
    </Page>
  );
}
