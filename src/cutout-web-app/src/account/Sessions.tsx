import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { call } from "../api/client";
import type { Session } from "../api/types";
import { say } from "../jobs/actions";
import { ConfirmDialog } from "../shell/ConfirmDialog";
import { ErrorNotice } from "../shell/ErrorNotice";
import { TableHead } from "../shell/TableHead";
import { agoText, momentText } from "../shell/texts";
import { useNow } from "../shell/useNow";

/** Browsers in which the user is signed in. */
export function Sessions({ hasSession }: { hasSession: boolean }): ReactNode {
  const queries = useQueryClient();
  const now = useNow(30_000);
  const [asked, setAsked] = useState<Session | "others" | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["sessions"],
    queryFn: async ({ signal }) => (await call<{ sessions: Session[] }>("/api/v1/account/sessions", { signal })).sessions,
    enabled: hasSession,
  });
  const end = useMutation({
    mutationFn: (id: string | null) => call(`/api/v1/account/sessions${id ? `/${id}` : ""}`, { method: "DELETE" }),
    onError: (reason) => say("The session was not ended", reason),
    onSettled: () => queries.invalidateQueries({ queryKey: ["sessions"] }),
  });
  if (!hasSession) return null;
  return (
    <section className="card account-wide" aria-labelledby="sessions-title">
      <div className="card-head">
        <h2 id="sessions-title">Sessions</h2>
        {data && data.length > 1 ? (
          <Button size="xs" variant="default" loading={end.isPending} onClick={() => setAsked("others")}>
            Sign out everywhere else
          </Button>
        ) : null}
      </div>
      {error ? <ErrorNotice error={error} title="The sessions cannot be shown" retry={() => void refetch()} /> : null}
      <div className="table-box" tabIndex={0} role="region" aria-label="Sessions">
        <table className="grid-table token-table">
          <TableHead titles={["Browser", "Signed in", "Last used", "Ends"]} />
          <tbody>
            {data?.map((session) => (
              <tr key={session.id}>
                <td>{browserName(session.agent)}</td>
                <td className="number nowrap">{agoText(session.created, now)}</td>
                <td className="number nowrap">{agoText(session.lastUsed, now)}</td>
                <td className="number nowrap" title={momentText(session.expires)}>
                  {agoText(session.expires, now)}
                </td>
                <td>
                  {session.current ? (
                    <span className="soft">this one</span>
                  ) : (
                    <Button size="compact-xs" variant="default" onClick={() => setAsked(session)}>
                      End
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {asked ? (
        <ConfirmDialog
          title={asked === "others" ? "Sign out everywhere else?" : `End the session in ${browserName(asked.agent)}?`}
          consequence="Whoever uses it has to sign in again. Jobs go on."
          action={asked === "others" ? "Sign out everywhere else" : "End the session"}
          onConfirm={() => end.mutate(asked === "others" ? null : asked.id)}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </section>
  );
}

/** The browser and the system of a User-Agent header, which says much more. */
export function browserName(agent: string | null): string {
  if (!agent) return "unknown";
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent)?.[1];
  const system = /Windows|Mac OS X|Android|iPhone|iPad|Linux/.exec(agent)?.[0];
  const known: Record<string, string> = { Edg: "Edge", OPR: "Opera" };
  if (!browser) return agent.slice(0, 60);
  return `${known[browser] ?? browser}${system ? ` on ${system.replace("Mac OS X", "macOS")}` : ""}`;
}
