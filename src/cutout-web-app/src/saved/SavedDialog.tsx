import { Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { call } from "../api/client";
import type { Vocabulary } from "../api/types";
import { say } from "../jobs/actions";
import type { Draft } from "../newjob/draft";
import type { Change } from "../newjob/useDraft";
import { Dialog } from "../shell/Dialog";
import { EmptyState } from "../shell/EmptyState";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";
import { agoText, countText } from "../shell/texts";
import { useNow } from "../shell/useNow";
import { contentOf, keep, keepOver, SAVED, savedOnes, type Kind, type Saved } from "./kept";

export interface SavedDialogProps {
  kind: Kind;
  vocabulary: Vocabulary;
  draft: Draft;
  change: Change;
  /** The table of the form as it was understood. */
  csv: string;
  /** Why there is nothing to save just now, or null. */
  why: string | null;
  onClose: () => void;
}

const WORDS = {
  preset: { title: "Presets", save: "Save as preset", about: "Sizes, maps and products of the form as it is now; not its targets.", none: "Your presets would be here: each fills the form with the choices that it was saved with." },
  targets: { title: "My lists of targets", save: "Save as list", about: "The table of the form as it is now.", none: "Your lists would be here: each brings its targets into the form." },
};

/** What the user keeps of a kind: to be used, renamed and removed; and the form's own to be added. */
export default function SavedDialog(props: SavedDialogProps): ReactNode {
  const { kind, onClose } = props;
  const saved = useQuery(savedOnes);
  const found = saved.data?.filter((each) => each.kind === kind);
  return (
    <Dialog onClose={onClose} title={WORDS[kind].title} size="lg">
      <SaveForm {...props} />
      {saved.error ? <ErrorNotice error={saved.error} title="They cannot be shown" retry={() => void saved.refetch()} /> : null}
      {saved.isPending ? <Loading what="Reading them" /> : null}
      {found?.length === 0 ? <EmptyState action={<span className="soft small">Give the form a name above to save it.</span>}>{WORDS[kind].none}</EmptyState> : null}
      {found?.length ? (
        <ul className="saved-list">
          {found.map((each) => (
            <Row key={each.id} saved={each} {...props} />
          ))}
        </ul>
      ) : null}
    </Dialog>
  );
}

function SaveForm({ kind, draft, csv, why }: SavedDialogProps): ReactNode {
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => keep(kind, name.trim(), draft, csv),
    onSuccess: () => {
      setName("");
      return queries.invalidateQueries({ queryKey: savedOnes.queryKey });
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={send}>
      <Group align="flex-end" gap="sm">
        <TextInput label="Name" description={why ?? WORDS[kind].about} value={name} maxLength={80} onChange={(event) => setName(event.currentTarget.value)} flex="1 1 14rem" data-autofocus />
        <Button type="submit" loading={save.isPending} disabled={why !== null || !name.trim()}>
          {WORDS[kind].save}
        </Button>
      </Group>
      {save.error ? <ErrorNotice error={save.error} title="It was not saved" /> : null}
    </form>
  );
}

function Row({ saved, vocabulary, draft, csv, why, change, onClose }: SavedDialogProps & { saved: Saved }): ReactNode {
  const [next, setNext] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const now = useNow(30_000);
  const queries = useQueryClient();
  const onSettled = (): Promise<void> => queries.invalidateQueries({ queryKey: savedOnes.queryKey });
  const use = useMutation({
    mutationFn: () => contentOf(saved, vocabulary),
    onSuccess: (update) => {
      change(update);
      onClose();
    },
    onError: (error) => say("It could not be read", error),
  });
  const rename = useMutation({
    mutationFn: (name: string) => call(`${SAVED}/${saved.id}`, { method: "POST", body: { name } }),
    onSuccess: () => setNext(null),
    onError: (error) => say("It was not renamed", error),
    onSettled,
  });
  const saveOver = useMutation({
    mutationFn: () => keepOver(saved, draft, csv),
    onSuccess: () => setAsking(false),
    onError: (error) => say("It was not saved over", error),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: () => call(`${SAVED}/${saved.id}`, { method: "DELETE" }),
    onError: (error) => say("It was not removed", error),
    onSettled,
  });
  if (next !== null) {
    const send = (event: SubmitEvent): void => {
      event.preventDefault();
      rename.mutate(next.trim());
    };
    return (
      <li>
        <form onSubmit={send}>
          <Group gap="xs" align="flex-end">
            <TextInput label={`New name of ${saved.name}`} value={next} maxLength={80} onChange={(event) => setNext(event.currentTarget.value)} flex="1 1 12rem" />
            <Button type="submit" variant="default" loading={rename.isPending} disabled={!next.trim()}>
              Rename
            </Button>
          </Group>
        </form>
      </li>
    );
  }
  return (
    <li data-saved={saved.kind}>
      <span className="saved-name">
        <strong>{saved.name}</strong>
        <span className="soft small">
          {saved.targets === null ? "" : `${countText(saved.targets, "target")}, `}
          saved {agoText(saved.created, now)}
        </span>
      </span>
      <Group gap="xs">
        <Button size="compact-sm" loading={use.isPending} onClick={() => use.mutate()} aria-label={`Use ${saved.name}`}>
          Use
        </Button>
        {asking ? (
          <>
            <Button size="compact-sm" color="red" loading={saveOver.isPending} onClick={() => saveOver.mutate()} aria-label={`Replace ${saved.name} by the form`}>
              Replace it by the form
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setAsking(false)}>
              Leave it
            </Button>
          </>
        ) : (
          <Button size="compact-sm" variant="default" disabled={why !== null} title={why ?? undefined} onClick={() => setAsking(true)} aria-label={`Save over ${saved.name}`}>
            Save over
          </Button>
        )}
        <Button size="compact-sm" variant="default" onClick={() => setNext(saved.name)} aria-label={`Rename ${saved.name}`}>
          Rename
        </Button>
        <Button size="compact-sm" variant="default" loading={remove.isPending} onClick={() => remove.mutate()} aria-label={`Remove ${saved.name}`}>
          Remove
        </Button>
      </Group>
    </li>
  );
}
