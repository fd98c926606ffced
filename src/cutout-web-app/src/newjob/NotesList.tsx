import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "../shell/icons";
import type { Note } from "./notes";

interface Props {
  notes: readonly Note[];
  /** Key of the note whose rows alone are shown. */
  shown: string | null;
  onShow: (key: string | null) => void;
  onDrop: (note: Note) => void;
  /** Whether the table is about to be another one. */
  isBusy: boolean;
}

const MAX_NOTES = 12;

/** What is to be said of rows, each once for all of them. */
export function NotesList({ notes, shown, onShow, onDrop, isBusy }: Props): ReactNode {
  if (!notes.length) return null;
  return (
    <ul className="notes plain-list" aria-label="Notes about rows">
      {notes.slice(0, MAX_NOTES).map((note) => (
        <li key={note.key} className={note.isBad ? "text-bad" : "text-warn"}>
          <span>
            <Icon name="warning" /> {note.text}
          </span>
          <Group gap="xs" wrap="nowrap">
            <Button size="compact-xs" variant="default" aria-pressed={shown === note.key} aria-label={`${shown === note.key ? "Show all rows, not only" : "Show"} ${note.text}`} onClick={() => onShow(shown === note.key ? null : note.key)}>
              {shown === note.key ? "Show all rows" : "Show"}
            </Button>
            <Button size="compact-xs" variant="default" disabled={isBusy} aria-label={`Drop ${note.text}`} onClick={() => onDrop(note)}>
              Drop
            </Button>
          </Group>
        </li>
      ))}
      {notes.length > MAX_NOTES ? <li className="soft">and {notes.length - MAX_NOTES} more kinds of notes</li> : null}
    </ul>
  );
}
