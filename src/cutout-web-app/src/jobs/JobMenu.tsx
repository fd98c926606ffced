import { ActionIcon, Menu } from "@mantine/core";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { canAbort, isFinal } from "../api/phases";
import type { Outcomes, Phase } from "../api/types";
import { Icon } from "../shell/icons";
import { AbortDialog } from "./AbortDialog";
import { useJobAction, useLinkedJob } from "./actions";
import { DeleteDialog, RenameDialog } from "./dialogs";

const ShareDialog = lazy(() => import("./ShareDialog"));
const TellDialog = lazy(() => import("../messages/TellDialog"));

interface Props {
  id: string;
  name: string;
  phase: Phase;
  outcomes: Outcomes | undefined;
  destruction: string | null | undefined;
  /** Whether it is the user's own: only then it can be changed. */
  isOwn?: boolean;
  /** Where to go when the job is gone; nowhere in a list. */
  onDeleted?: () => void;
}

const RENEW_DAYS = 30;

/** Everything that can be done with a job. */
export function JobMenu({ id, name, phase, outcomes, destruction, isOwn = true, onDeleted }: Props): ReactNode {
  const [dialog, setDialog] = useState<"rename" | "delete" | "abort" | "share" | "tell" | null>(null);
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
          {isOwn && phase === "PENDING" ? (
            <Menu.Item leftSection={<Icon name="play" />} onClick={() => action.mutate({ kind: "run", ids: [id] })}>
              Start
            </Menu.Item>
          ) : null}
          {isOwn && canAbort(phase) ? (
            <Menu.Item leftSection={<Icon name="stop" />} onClick={() => setDialog("abort")}>
              Abort, keep finished files
            </Menu.Item>
          ) : null}
          <Menu.Item leftSection={<Icon name="copy" />} onClick={() => void navigate(`/?clone=${id}`)}>
            Clone into the form
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="share" />} onClick={() => setDialog("share")}>
            {isOwn ? "Share" : "Who may read it"}
          </Menu.Item>
          {isOwn ? (
            <OwnersItems phase={phase} hasFailed={(outcomes?.failed ?? 0) > 0} link={(how) => linked.mutate({ from: id, how })} renew={renew} open={setDialog} />
          ) : null}
        </Menu.Dropdown>
      </Menu>
      {dialog === "share" ? (
        <Suspense>
          <ShareDialog id={id} name={name} isOwn={isOwn} onClose={() => setDialog(null)} />
        </Suspense>
      ) : null}
      {dialog === "tell" ? (
        <Suspense>
          <TellDialog id={id} name={name} onClose={() => setDialog(null)} />
        </Suspense>
      ) : null}
      {dialog === "rename" ? (
        <RenameDialog name={name} onClose={() => setDialog(null)} onRename={(next) => action.mutate({ kind: "rename", ids: [id], name: next })} />
      ) : null}
      {dialog === "abort" ? <AbortDialog ids={[id]} name={name} onClose={() => setDialog(null)} /> : null}
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

interface OwnersProps {
  phase: Phase;
  hasFailed: boolean;
  link: (how: "RETRY_OF" | "SINCE_JOB") => void;
  renew: () => void;
  open: (dialog: "rename" | "delete" | "tell") => void;
}

/** What only the owner of a job can do, apart from starting and ending it. */
function OwnersItems({ phase, hasFailed, link, renew, open }: OwnersProps): ReactNode {
  return (
    <>
      {isFinal(phase) ? null : (
        <Menu.Item leftSection={<Icon name="clock" />} onClick={() => open("tell")}>
          Tell me when it is done
        </Menu.Item>
      )}
      <Menu.Item leftSection={<Icon name="pencil" />} onClick={() => open("rename")}>
        Rename
      </Menu.Item>
      {isFinal(phase) && hasFailed ? (
        <Menu.Item leftSection={<Icon name="repeat" />} onClick={() => link("RETRY_OF")}>
          Try the failed rows again
        </Menu.Item>
      ) : null}
      {phase === "COMPLETED" ? (
        <Menu.Item leftSection={<Icon name="repeat" />} onClick={() => link("SINCE_JOB")}>
          Repeat for data since this job
        </Menu.Item>
      ) : null}
      {isFinal(phase) ? (
        <Menu.Item leftSection={<Icon name="clock" />} onClick={renew}>
          Keep {RENEW_DAYS} days longer
        </Menu.Item>
      ) : null}
      <Menu.Divider />
      <Menu.Item color="var(--spt-bad)" leftSection={<Icon name="trash" />} onClick={() => open("delete")}>
        Delete
      </Menu.Item>
    </>
  );
}
