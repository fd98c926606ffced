import type { ReactNode } from "react";

/** The heads of a table whose last column, for what can be done, has a name that is heard only. */
export function TableHead({ titles }: { titles: readonly string[] }): ReactNode {
  return (
    <thead>
      <tr>
        {titles.map((title) => (
          <th scope="col" key={title}>
            {title}
          </th>
        ))}
        <th scope="col">
          <span className="visually-hidden">Actions</span>
        </th>
      </tr>
    </thead>
  );
}
