import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { call } from "../api/client";
import { say } from "../jobs/actions";
import { EmptyState } from "../shell/EmptyState";
import { TableHead } from "../shell/TableHead";
import { agoText } from "../shell/texts";
import { useNow } from "../shell/useNow";
import { notices, type SentNotice } from "./notices";
import { WaysForm } from "./WaysForm";

/** Messages when jobs are done: what the user is sent, and asking for more. */
export function Messages(): ReactNode {
  const { data } = useQuery(notices);
  return (
    <section className="card account-wide" aria-labelledby="messages-title">
      <h2 id="messages-title">When a job is done</h2>
      <p className="soft small">Nothing is sent unless you ask for it here, or in the menu of a job.</p>
      {data?.notices.length ? <List sent={data.notices} /> : null}
      {data?.notices.length === 0 ? <EmptyState>What is sent to you would be here, with when it was last sent; ask for it below.</EmptyState> : null}
      <WaysForm />
    </section>
  );
}

function List({ sent }: { sent: readonly SentNotice[] }): ReactNode {
  const now = useNow(30_000);
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: (id: string) => call(`/api/v1/account/notices/${id}`, { method: "DELETE" }),
    onError: (error) => say("It was not ended", error),
    onSettled: () => queries.invalidateQueries({ queryKey: notices.queryKey }),
  });
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label="Messages that are sent">
      <table className="grid-table token-table">
        <TableHead titles={["Sent", "About", "Last sent", "State"]} />
        <tbody>
          {sent.map((each) => (
            <tr key={each.id} data-notice={each.channel}>
              <td className="small">{each.url ?? "mail"}</td>
              <td>{each.job ? <Link to={`/jobs/${each.job}`}>one job</Link> : each.topic === "jobs" ? "all jobs" : "requests for access"}</td>
              <td className="number nowrap">{each.lastSent ? agoText(each.lastSent, now) : "never"}</td>
              <td className="small">{stateOf(each)}</td>
              <td>
                <Button size="compact-xs" variant="default" loading={end.isPending && end.variables === each.id} onClick={() => end.mutate(each.id)} aria-label={`End ${each.url ?? "mail"}`}>
                  End
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function stateOf({ lastError, stopped }: SentNotice): string {
  if (stopped) return `given up: ${lastError ?? ""}`;
  return lastError ? `tried again soon: ${lastError}` : "on";
}
