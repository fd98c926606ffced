/** The table that is laid over the sky: uploaded, and dropped. */
import { Button, FileButton } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { ErrorNotice } from "../shell/ErrorNotice";
import { countText } from "../shell/texts";
import { readCatalogue, type Catalogue } from "./catalogue";

interface Props {
  catalogue: Catalogue | null;
  /** Why the targets of a job could not be read. */
  error: unknown;
  onRead: (catalogue: Catalogue) => void;
  onDrop: () => void;
}

export function CataloguePanel({ catalogue, error, onRead, onDrop }: Props): ReactNode {
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
          <Button size="xs" variant="subtle" color="gray" onClick={onDrop}>
            Take it away
          </Button>
        </>
      ) : null}
      {trouble ? <ErrorNotice error={trouble} title="The table could not be read" /> : null}
    </div>
  );
}
