import type { ReactNode } from "react";
import { ConfirmDialog } from "../shell/ConfirmDialog";
import { countText } from "../shell/texts";
import { useJobAction } from "./actions";

/** Asks before jobs are aborted. */
export function AbortDialog({ ids, name, onClose }: { ids: string[]; name?: string; onClose: () => void }): ReactNode {
  const action = useJobAction();
  const what = name ?? countText(ids.length, "job");
  return (
    <ConfirmDialog
      title={`Abort ${what}?`}
      consequence="What still runs is ended and cannot be continued. Finished files stay, and can be downloaded."
      action="Abort"
      onConfirm={() => action.mutate({ kind: "abort", ids })}
      onClose={onClose}
    />
  );
}
