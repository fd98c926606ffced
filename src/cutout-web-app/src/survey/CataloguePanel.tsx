/** The table that is laid over the sky: uploaded, listed, and dropped. */
import { Button, FileButton } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { ErrorNotice } from "../shell/ErrorNotice";
import { countText } from "../shell/texts";
import { readCatalogue, type Catalogue, type Entry } from "./catalogue";

interface Props {
  catalogue: Catalogue | null;
  /** Why the targets of a job could not be read. */
  error: unknown;
  onRead: (catalogue: Catalogue) => void;
  onDrop: () => void;
  onPick: (entry: Entry) => void;
}

const MOST_LISTED = 500;

export function CataloguePanel({ catalogue, error, onRead, onDrop, onPick }: Props): ReactNode {
  const [failure, setFailure] = useState<unknown>(null);
  const [isReading, setReading] = useState(false);
  const read = async (file: File | null): Promise<void> => {
    if (!file) return;
    setReading(true);
    setFailure(null);
    try {
      onRead(await readCatalogue(file));
    } catch (reason) {
      setFailure(reason);
    } finally {
      setReading(false);
    }
  };
  const trouble = failure ?? error;
  return (
    <div className="survey-catalogue small">
      <FileButton onChange={(file) => void read(file)}>
        {(props) => (
          <Button {...props} size="xs" variant="default" loading={isReading}>
            Lay a table over it
          </Button>
        )}
      </FileButton>
      {catalogue ? (
        <>
          <span role="status">
            {catalogue.title}: {countText(catalogue.entries.length, "object")}
            {catalogue.refused ? `, ${countText(catalogue.refused, "row")} not read${catalogue.reason ? ` (${catalogue.reason})` : ""}` : ""}
          </span>
          {catalogue.entries.length ? <List entries={catalogue.entries} onPick={onPick} /> : null}
          <Button size="xs" variant="subtle" color="gray" onClick={onDrop}>
            Take it away
          </Button>
        </>
      ) : null}
      {trouble ? <ErrorNotice error={trouble} title="The table could not be read" /> : null}
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
