/** What can be done with the objects that lie over the sky: chosen one by one, or made a job of. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { countText } from "../shell/texts";
import type { Entry } from "./catalogue";
import { placesTable } from "./tables";
import { useTargets } from "./useTargets";

const MOST_LISTED = 500;

interface Props {
  entries: readonly Entry[];
  /** Those of them in the view. */
  visible: readonly Entry[];
  onPick: (entry: Entry) => void;
}

export function ObjectsPanel({ entries, visible, onPick }: Props): ReactNode {
  const take = useTargets();
  if (!entries.length) return null;
  const isPart = visible.length < entries.length;
  return (
    <div className="survey-catalogue small">
      <List entries={isPart && visible.length ? visible : entries} onPick={onPick} />
      <Button size="xs" variant="default" onClick={() => void take(placesTable(entries))}>
        Make a job of all {countText(entries.length, "object")}
      </Button>
      {isPart && visible.length ? (
        <Button size="xs" variant="default" onClick={() => void take(placesTable(visible))}>
          Make a job of the {countText(visible.length, "object")} in view
        </Button>
      ) : null}
    </div>
  );
}

/** The way to the objects for keyboards and screen readers. */
function List({ entries, onPick }: { entries: readonly Entry[]; onPick: (entry: Entry) => void }): ReactNode {
  return (
    <select
      aria-label="Choose an object"
      value=""
      onChange={(event) => {
        const entry = entries[Number(event.currentTarget.value)];
        if (entry) onPick(entry);
      }}
    >
      <option value="">Choose an object…</option>
      {entries.slice(0, MOST_LISTED).map((entry, at) => (
        <option key={at} value={at}>
          {entry.name}
        </option>
      ))}
    </select>
  );
}
