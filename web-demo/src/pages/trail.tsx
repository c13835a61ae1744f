import type { Organization } from "@keyferry/sdk";
import { OrganizationPage } from "../components/organization-page";
import { TrailView } from "../components/trail-view";
import { current, session } from "../state/session";
import { useTrail } from "../state/trail";
import { mayAudit } from "../words/roles";

/** An organization's audit trail, for owners and auditors. */
export function TrailPage(props: { id: string }) {
  return (
    <OrganizationPage id={props.id} title="Audit trail">
      {(of) =>
        mayAudit(of.role) ? (
          <OrganizationTrail of={of} />
        ) : (
          <p class="banner banner-wait">Owners and auditors read the trail. Ask an owner if you should.</p>
        )
      }
    </OrganizationPage>
  );
}

function OrganizationTrail(props: { of: Organization }) {
  const trail = useTrail((page) => current().audit.organization(props.of.id, page));
  const names = new Map(props.of.members.map((each) => [each.person.user, each.person.email]));
  const me = session.value?.me;
  if (me !== undefined) names.set(me.user, me.email);
  return <TrailView trail={trail} nameOf={(user) => names.get(user) ?? user} fileName={`trail-${props.of.name}`} />;
}
