import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Dialog } from "./Dialog";

interface Props {
  title: string;
  /** What follows from it, and whether it can be undone. */
  consequence: string;
  /** What is done, as the button says it. */
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, consequence, action, onConfirm, onClose }: Props): ReactNode {
  const confirm = (): void => {
    onConfirm();
    onClose();
  };
  return (
    <Dialog onClose={onClose} title={title}>
      <p className="small">{consequence}</p>
      <Group mt="md" justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red.9" onClick={confirm}>
          {action}
        </Button>
      </Group>
    </Dialog>
  );
}
