import { Button, Group, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { call } from "../api/client";
import { account, jobComments } from "../api/queries";
import type { Job, JobComment } from "../api/types";
import { say } from "../jobs/actions";
import { EmptyState } from "../shell/EmptyState";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";
import { agoText, momentText } from "../shell/texts";
import { useNow } from "../shell/useNow";

/** What those who read a job say of it. */
export default function Comments({ job }: { job: Job }): ReactNode {
  const found = useQuery(jobComments(job.jobId));
  const { data: me } = useQuery(account);
  const isOwn = me?.id === job.jobInfo.account;
  return (
    <section className="card comments" aria-label="Comments">
      {found.error ? <ErrorNotice error={found.error} title="The comments cannot be shown" retry={() => void found.refetch()} /> : null}
      {found.isPending ? <Loading what="Reading the comments" /> : null}
      {found.data?.length === 0 ? <EmptyState>What its readers say of the job would be here; write the first comment below.</EmptyState> : null}
      {found.data?.length ? (
        <ol className="comment-list">
          {found.data.map((each) => (
            <Comment key={each.id} comment={each} job={job.jobId} mayRemove={isOwn || each.account === me?.id} />
          ))}
        </ol>
      ) : null}
      <CommentForm job={job.jobId} />
    </section>
  );
}

function Comment({ comment, job, mayRemove }: { comment: JobComment; job: string; mayRemove: boolean }): ReactNode {
  const now = useNow(30_000);
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => call(`/api/v1/cutout/async/${job}/comments/${comment.id}`, { method: "DELETE" }),
    onError: (error) => say("The comment was not removed", error),
    onSettled: () => queries.invalidateQueries({ queryKey: jobComments(job).queryKey }),
  });
  return (
    <li data-comment={comment.author}>
      <Group justify="space-between" gap="xs">
        <span>
          <strong>{comment.author}</strong>{" "}
          <time className="soft small" dateTime={comment.created} title={momentText(comment.created)}>
            {agoText(comment.created, now)}
          </time>
        </span>
        {mayRemove ? (
          <Button size="compact-xs" variant="default" loading={remove.isPending} onClick={() => remove.mutate()} aria-label={`Remove the comment of ${comment.author}`}>
            Remove
          </Button>
        ) : null}
      </Group>
      <p className="comment-text">{comment.text}</p>
    </li>
  );
}

function CommentForm({ job }: { job: string }): ReactNode {
  const [text, setText] = useState("");
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () => call(`/api/v1/cutout/async/${job}/comments`, { method: "POST", body: { text } }),
    onSuccess: () => {
      setText("");
      return queries.invalidateQueries({ queryKey: jobComments(job).queryKey });
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={send}>
      <Textarea label="Comment" description="for all who may read this job; plain text" value={text} maxLength={2000} onChange={(event) => setText(event.currentTarget.value)} autosize={false} rows={3} />
      {add.error ? <ErrorNotice error={add.error} title="It was not sent" /> : null}
      <Group mt="sm" justify="flex-end">
        <Button type="submit" loading={add.isPending} disabled={!text.trim()}>
          Send
        </Button>
      </Group>
    </form>
  );
}
