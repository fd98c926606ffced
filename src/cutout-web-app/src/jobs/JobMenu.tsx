import { ActionIcon, Menu } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { canAbort, isFinal } from "../api/phases";
import type { Outcomes, Phase } from "../api/types";
import { Icon } from "../shell/icons";
import { useJobAction, useLinkedJob } from "./actions";
import { DeleteDialog, RenameDialog } from "./dialogs";

interface Props {
  id: string;
  name: string;
  phase: Phase;
  outcomes: Outcomes | undefined;
  destruction: string | null | undefined;
  /** Where to go when the job is gone; nowhere in a list. */
  onDeleted?: () => void;
}

const RENEW_DAYS = 30;

/** Everything that can be done with a job. */
export function JobMenu({ id, name, phase, outcomes, destruction, onDeleted }: Props): ReactNode {
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  const navigate = useNavigate();
  const action = useJobAction();
  const linked = useLinkedJob((job) => void navigate(`/jobs/${job.jobId}`));
  const renew = (): void => {
    const from = Math.max(Date.now(), destruction ? new Date(destruction).getTime() : 0);
    action.mutate({ kind: "renew", ids: [id], until: new Date(from + RENEW_DAYS * 86_400_000).toISOString() });
  };
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" aria-label={`What to do with ${name}`} loading={action.isPending || linked.isPending}>
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {phase === "PENDING" ? (
            <Menu.Item leftSection={<Icon name="play" />} onClick={() => action.mutate({ kind: "run", ids: [id] })}>
              Start
            </Menu.Item>
          ) : null}
          {canAbort(phase) ? (
            <Menu.Item leftSection={<Icon name="stop" />} onClick={() => action.mutate({ kind: "abort", ids: [id] })}>
              Abort, keep finished files
            </Menu.Item>
          ) : null}
          <Menu.Item leftSection={<Icon name="copy" />} onClick={() => void navigate(`/?clone=${id}`)}>
            Clone into the form
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="pencil" />} onClick={() => setDialog("rename")}>
            Rename
          </Menu.Item>
          {isFinal(phase) && (outcomes?.failed ?? 0) > 0 ? (
            <Menu.Item leftSection={<Icon name="repeat" />} onClick={() => linked.mutate({ from: id, how: "RETRY_OF" })}>
              Try the failed rows again
            </Menu.Item>
          ) : null}
          {phase === "COMPLETED" ? (
            <Menu.Item leftSection={<Icon name="repeat" />} onClick={() => linked.mutate({ from: id, how: "SINCE_JOB" })}>
              Repeat for data since this job
            </Menu.Item>
          ) : null}
          {isFinal(phase) ? (
            <Menu.Item leftSection={<Icon name="clock" />} onClick={renew}>
              Keep {RENEW_DAYS} days longer
            </Menu.Item>
          ) : null}
          <Menu.Divider />
          <Menu.Item color="var(--spt-bad)" leftSection={<Icon name="trash" />} onClick={() => setDialog("delete")}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === "rename" ? (
        <RenameDialog name={name} onClose={() => setDialog(null)} onRename={(next) => action.mutate({ kind: "rename", ids: [id], name: next })} />
      ) : null}
      {dialog === "delete" ? (
        <DeleteDialog
          count={1}
          name={name}
          onClose={() => setDialog(null)}
          onDelete={() => action.mutate({ kind: "delete", ids: [id] }, { onSuccess: () => onDeleted?.() })}
        />
      ) : null}
    </>
  );
}
