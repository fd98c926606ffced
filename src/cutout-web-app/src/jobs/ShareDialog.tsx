import { Button, CopyButton, Group, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { APP } from "../api/base";
import { call } from "../api/client";
import { account, jobShares } from "../api/queries";
import type { JobShare } from "../api/types";
import { Dialog } from "../shell/Dialog";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { Loading } from "../shell/Loading";
import { agoText } from "../shell/texts";
import { useNow } from "../shell/useNow";
import { say } from "./actions";

interface Props {
  id: string;
  name: string;
  /** Whether it is the user's own: others only see who may read it. */
  isOwn: boolean;
  onClose: () => void;
}

const KINDS: { value: JobShare["kind"]; label: string }[] = [
  { value: "member", label: "A member" },
  { value: "group", label: "A group" },
  { value: "link", label: "A link" },
];

const WORDS: Record<JobShare["kind"], string> = { member: "member", group: "group", link: "each member who has the address" };

/** Who may read a job; its owner adds to them and ends it. */
export default function ShareDialog({ id, name, isOwn, onClose }: Props): ReactNode {
  const shares = useQuery(jobShares(id));
  return (
    <Dialog onClose={onClose} title={isOwn ? `Share ${name}` : `Who may read ${name}`} size="lg">
      {isOwn ? <ShareForm id={id} /> : null}
      {shares.error ? <ErrorNotice error={shares.error} title="The shares cannot be shown" retry={() => void shares.refetch()} /> : null}
      {shares.isPending ? <Loading what="Reading the shares" /> : null}
      {shares.data ? <Shares id={id} shares={shares.data} isOwn={isOwn} /> : null}
    </Dialog>
  );
}

function ShareForm({ id }: { id: string }): ReactNode {
  const { data: me } = useQuery(account);
  const groups = me?.groups ?? [];
  const [kind, setKind] = useState<JobShare["kind"]>("member");
  const [member, setMember] = useState("");
  const [group, setGroup] = useState(groups[0] ?? "");
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () => {
      const holder = { member: { name: member.trim() }, group: { name: group }, link: {} }[kind];
      return call<JobShare>(`/api/v1/cutout/async/${id}/shares`, { method: "POST", body: { kind, ...holder } });
    },
    onSuccess: () => {
      setMember("");
      return queries.invalidateQueries({ queryKey: ["shares", id] });
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={send}>
      <p className="soft small">They see the request, the previews and all files, and change nothing.</p>
      <SegmentedControl aria-label="Share with" fullWidth value={kind} onChange={setKind} data={KINDS} />
      {kind === "member" ? (
        <TextInput
          mt="md"
          label="Name"
          description="as it stands in the head of their pages; they have signed in at least once"
          value={member}
          maxLength={255}
          onChange={(event) => setMember(event.currentTarget.value)}
          data-autofocus
        />
      ) : null}
      {kind === "group" ? (
        <NativeSelect mt="md" label="Group" description="one of those that you are in" value={group} onChange={(event) => setGroup(event.currentTarget.value)} data={groups} />
      ) : null}
      {kind === "link" ? <p className="small">Each member of the collaboration who has the address of this job may read it. Nobody finds it without.</p> : null}
      {add.error ? <ErrorNotice error={add.error} title="It was not shared" /> : null}
      <Group mt="md" justify="flex-end">
        <Button type="submit" loading={add.isPending} disabled={kind === "member" && !member.trim()} leftSection={<Icon name="share" />}>
          Share
        </Button>
      </Group>
    </form>
  );
}

function Shares({ id, shares, isOwn }: { id: string; shares: readonly JobShare[]; isOwn: boolean }): ReactNode {
  const now = useNow(30_000);
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: (share: string) => call(`/api/v1/cutout/async/${id}/shares/${share}`, { method: "DELETE" }),
    onError: (error) => say("The share was not ended", error),
    onSettled: () => queries.invalidateQueries({ queryKey: ["shares", id] }),
  });
  if (!shares.length) return <p className="soft">Nobody but {isOwn ? "you" : "its owner"} reads this job yet.</p>;
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label="Shared with">
      <table className="grid-table">
        <thead>
          <tr>
            <th scope="col">Shared with</th>
            <th scope="col">Since</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shares.map((share) => (
            <tr key={share.id} data-share={share.kind}>
              <td>
                {share.name ? <strong>{share.name} </strong> : null}
                <span className="soft small">{WORDS[share.kind]}</span>
              </td>
              <td className="number nowrap">{agoText(share.created, now)}</td>
              <td>
                <Group gap="xs" justify="flex-end">
                  {share.kind === "link" ? <CopyAddress id={id} /> : null}
                  {isOwn ? (
                    <Button
                      size="compact-xs"
                      variant="default"
                      loading={end.isPending && end.variables === share.id}
                      onClick={() => end.mutate(share.id)}
                      aria-label={`End sharing with ${share.name ?? "the link"}`}
                    >
                      End
                    </Button>
                  ) : null}
                </Group>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CopyAddress({ id }: { id: string }): ReactNode {
  return (
    <CopyButton value={`${location.origin}${APP}/jobs/${id}`}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" onClick={copy} leftSection={<Icon name={copied ? "check" : "copy"} size={14} />}>
          {copied ? "Copied" : "Copy the link"}
        </Button>
      )}
    </CopyButton>
  );
}
