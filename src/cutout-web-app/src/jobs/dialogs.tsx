import { Button, Group, TextInput } from "@mantine/core";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { countText } from "../shell/texts";
import { Dialog } from "../shell/Dialog";

interface RenameProps {
  name: string;
  onClose: () => void;
  onRename: (name: string) => void;
}

export function RenameDialog({ name, onClose, onRename }: RenameProps): ReactNode {
  const [next, setNext] = useState(name);
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    onRename(next.trim());
    onClose();
  };
  return (
    <Dialog onClose={onClose} title="Rename the job">
      <form onSubmit={send}>
        <TextInput label="Name" value={next} onChange={(event) => setNext(event.currentTarget.value)} maxLength={64} data-autofocus />
        <Group mt="md" justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">Rename</Button>
        </Group>
      </form>
    </Dialog>
  );
}

interface DeleteProps {
  count: number;
  name?: string;
  onClose: () => void;
  onDelete: () => void;
}

/** Asks before files are deleted; for several jobs their count has to be typed. */
export function DeleteDialog({ count, name, onClose, onDelete }: DeleteProps): ReactNode {
  const [typed, setTyped] = useState("");
  const what = count === 1 ? `the job ${name ?? ""}` : countText(count, "job");
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    onDelete();
    onClose();
  };
  return (
    <Dialog onClose={onClose} title={`Delete ${what}?`}>
      <form onSubmit={send}>
        <p className="small">The request, the files and the history are deleted for good. What still runs is aborted.</p>
        {count > 1 ? (
          <TextInput
            label={`Type ${count} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            inputMode="numeric"
            data-autofocus
          />
        ) : null}
        <Group mt="md" justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus={count === 1 ? true : undefined}>
            Keep
          </Button>
          <Button type="submit" color="red.9" disabled={count > 1 && typed.trim() !== String(count)}>
            Delete {what}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
