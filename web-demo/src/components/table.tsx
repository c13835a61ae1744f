import type { ComponentChildren } from "preact";

/** What a row of `T` shows under a heading. */
export interface Column<T> {
  readonly heading: string;
  readonly cell: (row: T) => ComponentChildren;
}

/**
 * A list, a row each: what it is about, its columns, and what can be done. On a narrow page every row is a card whose
 * cells carry their heading.
 */
export function Table<T>(props: {
  testid: string;
  /** The `data-testid` of a row. */
  row: string;
  rows: readonly T[];
  identify: (row: T) => string;
  subject: Column<T>;
  columns: readonly Column<T>[];
  action?: (row: T) => ComponentChildren;
}) {
  const { subject, columns } = props;
  return (
    <table class="table" data-testid={props.testid}>
      <thead>
        <tr>
          {[subject, ...columns].map(({ heading }) => (
            <th key={heading} scope="col">
              {heading}
            </th>
          ))}
          {props.action !== undefined && (
            <th scope="col">
              <span class="visually-hidden">Action</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={props.identify(row)} data-testid={props.row}>
            <th scope="row">{subject.cell(row)}</th>
            {columns.map(({ heading, cell }) => (
              <td key={heading} data-name={heading}>
                {cell(row)}
              </td>
            ))}
            {props.action !== undefined && <td class="table-action">{props.action(row)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
