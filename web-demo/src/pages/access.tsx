import type { AccessRequest, Grant } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { RequestBadge } from "../components/badge";
import { Confirm } from "../components/dialog";
import { grantColumns, grantSubject } from "../components/grant-columns";
import { Empty, Loaded } from "../components/loaded";
import { Moment } from "../components/moment";
import { Page } from "../components/page";
import { Table } from "../components/table";
import { useAction } from "../state/action";
import { myGrants, myRequests } from "../state/data";
import { useResource } from "../state/resource";
import { href } from "../state/router";
import { current } from "../state/session";

/** What I may open and what I asked for. */
export function AccessPage() {
  const granted = useResource(myGrants());
  const asked = useResource(myRequests());
  return (
    <Page title="My access" lead="Decisions show up here by themselves.">
      <h2>I can open</h2>
      <Loaded from={granted} what="grants">
        {(list) =>
          list.length === 0 ? (
            <Empty title="Nothing was granted to you yet.">
              <p>Choose an organization, find a file by its label, and request access.</p>
            </Empty>
          ) : (
            <Granted list={[...list].sort(newestFirst)} />
          )
        }
      </Loaded>
      <h2>I asked for</h2>
      <Loaded from={asked} what="requests">
        {(list) =>
          list.length === 0 ? <Empty title="You asked for nothing yet." /> : <Asked list={[...list].sort(newestFirst)} />
        }
      </Loaded>
    </Page>
  );
}

const newestFirst = (a: { createdAt: Date }, b: { createdAt: Date }): number => b.createdAt.getTime() - a.createdAt.getTime();

function Granted(props: { list: Grant[] }) {
  return (
    <Table
      testid="my-grants"
      row="my-grant"
      rows={props.list}
      identify={(grant) => grant.id}
      subject={grantSubject}
      columns={grantColumns}
      action={(grant) =>
        grant.state === "active" ? (
          <a class="button button-small button-primary" href={href(`/open/${grant.file.id}`)} aria-label={`Open ${grant.file.label}`} data-testid="open">
            Open
          </a>
        ) : (
          <a class="button button-small" href={href(`/o/${grant.organization}/files/${grant.file.id}/request`)} aria-label={`Ask again for ${grant.file.label}`}>
            Ask again
          </a>
        )
      }
    />
  );
}

function Asked(props: { list: AccessRequest[] }) {
  const taking = useSignal<AccessRequest | undefined>(undefined);
  return (
    <>
      <Table
        testid="my-requests"
        row="my-request"
        rows={props.list}
        identify={(each) => each.id}
        subject={{
          heading: "File",
          cell: (each) => (
            <>
              {each.file.label}
              {each.reason !== undefined && <span class="small">{each.reason}</span>}
            </>
          ),
        }}
        columns={[
          { heading: "Asked", cell: (each) => <Moment at={each.createdAt} /> },
          { heading: "State", cell: (each) => <RequestBadge state={each.state} /> },
        ]}
        action={(each) =>
          each.state === "pending" && (
            <button
              type="button"
              class="button button-small"
              aria-label={`Withdraw the request for ${each.file.label}`}
              onClick={() => (taking.value = each)}
              data-testid="withdraw"
            >
              Withdraw
            </button>
          )
        }
      />
      {taking.value !== undefined && <Withdraw request={taking.value} onClose={() => (taking.value = undefined)} />}
    </>
  );
}

function Withdraw(props: { request: AccessRequest; onClose: () => void }) {
  const withdraw = useAction(async () => {
    await current().requests.withdraw(props.request.id);
    await myRequests().reload();
  });
  return (
    <Confirm title="Withdraw this request?" verb="Withdraw" action={withdraw} onClose={props.onClose} testid="withdraw-dialog">
      <p>
        Nobody decides on <strong>{props.request.file.label}</strong> any more. You may ask again with a new request.
      </p>
    </Confirm>
  );
}
