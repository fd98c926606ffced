import type { ReactNode } from "react";
import { Dialog } from "../shell/Dialog";
import { WaysForm } from "./WaysForm";

/** How to be notified that one job has ended. */
export default function TellDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }): ReactNode {
  return (
    <Dialog onClose={onClose} title={`When ${name} is done`} size="lg">
      <WaysForm job={id} />
    </Dialog>
  );
}
