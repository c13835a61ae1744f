import type { Fetched } from "@keyferry/sdk";
import { Front } from "../components/front";
import { Moment } from "../components/moment";
import { Page } from "../components/page";
import { Table } from "../components/table";
import { reported } from "../state/departure";
import { go } from "../state/router";

/** As many files as the relay tells of. */
const MOST = 500;

/** After one's keys were reported: what was fetched before, who was told, and the way back. */
export function ReportedPage() {
  const report = reported.value;
  if (report === null) return null;
  const { told, names } = report;
  const name = (id: string): string => names.get(id) ?? id;
  const onward = (path: string) => (): void => {
    reported.value = null;
    go(path, "replace");
  };
  return (
    <Front>
      <Page title="Your account is suspended" lead="Sessions, grants and locks have ended. This list is shown once: keep it if you need it.">
        <section class="panel" data-testid="reported">
          <h2>Told</h2>
          {told.organizations.length === 0 ? (
            <p>You belonged to no organization.</p>
          ) : (
            <ul>
              {told.organizations.map((id) => (
                <li key={id}>{name(id)}</li>
              ))}
            </ul>
          )}
        </section>
        <section class="panel">
          <h2>Fetched in your name</h2>
          {told.fetched.length === 0 ? (
            <p>No file’s key or content was served to your account.</p>
          ) : (
            <>
              <p>What was fetched cannot be called back. Whatever here was not you: tell its organization.</p>
              <FetchedTable list={told.fetched} name={name} />
            </>
          )}
          {told.fetched.length >= MOST && <p class="small">These are the {MOST} served last. The organizations’ trails have all of them.</p>}
        </section>
        <div class="row">
          <button type="button" class="button" onClick={() => print()}>
            Print
          </button>
          <button type="button" class="button button-primary" onClick={onward("/recover")} data-testid="to-recover">
            Use my recovery code
          </button>
          <button type="button" class="button" onClick={onward("/login")} data-testid="leave">
            Leave
          </button>
        </div>
      </Page>
    </Front>
  );
}

function FetchedTable(props: { list: Fetched[]; name: (id: string) => string }) {
  const { list, name } = props;
  return (
    <Table
      testid="fetched"
      row="fetched-file"
      rows={list}
      identify={(each) => each.file}
      subject={{
        heading: "File",
        cell: (each) => (
          <>
            <span>{name(each.file)}</span>
            <span class="small">{name(each.organization)}</span>
          </>
        ),
      }}
      columns={[
        { heading: "First", cell: (each) => <Moment at={each.firstAt} /> },
        { heading: "Last", cell: (each) => <Moment at={each.lastAt} /> },
      ]}
    />
  );
}
