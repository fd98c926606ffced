import { Button, Checkbox, CopyButton, Group, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { call } from "../api/client";
import { SCOPES, type Scope, type Token } from "../api/types";
import { say } from "../jobs/actions";
import { ConfirmDialog } from "../shell/ConfirmDialog";
import { EmptyState } from "../shell/EmptyState";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { Loading } from "../shell/Loading";
import { TableHead } from "../shell/TableHead";
import { agoText, momentText } from "../shell/texts";
import { useNow } from "../shell/useNow";
import { Dialog } from "../shell/Dialog";

const SCOPE_WORDS: Record<Scope, string> = {
  "jobs:read": "See jobs",
  "jobs:write": "Make, change and delete jobs",
  "data:read": "Read files and maps",
};

const LIVES = [
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
  { value: "", label: "as long as the service allows" },
];

/** Access tokens: for curl, pyvo and scripts. */
export function Tokens(): ReactNode {
  const [making, setMaking] = useState(false);
  const tokens = useQuery({
    queryKey: ["tokens"],
    queryFn: async ({ signal }) => (await call<{ tokens: Token[] }>("/api/v1/account/tokens", { signal })).tokens,
  });
  return (
    <section className="card account-wide" aria-labelledby="tokens-title">
      <div className="card-head">
        <h2 id="tokens-title">Access tokens</h2>
        <Button size="xs" onClick={() => setMaking(true)} leftSection={<Icon name="key" />}>
          Create a token
        </Button>
      </div>
      <p className="soft small">For curl, pyvo, TOPCAT and scripts. Whoever has a token can do what it allows in your name: keep it as a password.</p>
      {tokens.error ? <ErrorNotice error={tokens.error} title="The tokens cannot be shown" retry={() => void tokens.refetch()} /> : null}
      {tokens.isPending ? <Loading what="Reading your tokens" /> : null}
      {tokens.data?.length ? <List tokens={tokens.data} /> : null}
      {tokens.data?.length === 0 ? (
        <EmptyState
          action={
            <Button size="xs" variant="default" onClick={() => setMaking(true)}>
              Create the first one
            </Button>
          }
        >
          Your tokens would be here, each with what it allows and until when.
        </EmptyState>
      ) : null}
      {making ? <CreateDialog onClose={() => setMaking(false)} /> : null}
    </section>
  );
}

function List({ tokens }: { tokens: readonly Token[] }): ReactNode {
  const now = useNow(30_000);
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Token | null>(null);
  const revoke = useMutation({
    mutationFn: (id: string) => call(`/api/v1/account/tokens/${id}`, { method: "DELETE" }),
    onError: (error) => say("The token was not revoked", error),
    onSettled: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label="Access tokens">
      <table className="grid-table token-table">
        <TableHead titles={["Name", "Allows", "Created", "Expires", "Last used"]} />
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id} data-token={token.id}>
              <td>{token.name ?? <code>{token.id.slice(0, 8)}</code>}</td>
              <td className="small">{token.scopes.join(", ")}</td>
              <td className="number nowrap">{agoText(token.created, now)}</td>
              <td className="number nowrap" title={momentText(token.expires)}>
                {agoText(token.expires, now)}
              </td>
              <td className="number nowrap">{token.lastUsed ? agoText(token.lastUsed, now) : "never"}</td>
              <td>
                {token.revoked ? (
                  <span className="soft">revoked</span>
                ) : (
                  <Button
                    size="compact-xs"
                    variant="default"
                    loading={revoke.isPending && revoke.variables === token.id}
                    onClick={() => setAsked(token)}
                    aria-label={`Revoke ${nameOf(token)}`}
                  >
                    Revoke
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked ? (
        <ConfirmDialog
          title={`Revoke the token ${nameOf(asked)}?`}
          consequence="Whatever uses it is refused within seconds. A revoked token cannot be brought back; you can make another."
          action="Revoke the token"
          onConfirm={() => revoke.mutate(asked.id)}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </div>
  );
}

function nameOf({ name, id }: Token): string {
  return name ?? id.slice(0, 8);
}

function CreateDialog({ onClose }: { onClose: () => void }): ReactNode {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>([...SCOPES]);
  const [life, setLife] = useState("86400");
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      call<Token & { token: string }>("/account/token/create", {
        method: "POST",
        body: { ...(name.trim() ? { name: name.trim() } : {}), scopes, ...(life ? { ttl: Number(life) } : {}) },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Dialog onClose={onClose} title={create.data ? "Your token" : "Create a token"} size="lg">
      {create.data ? (
        <Secret token={create.data} onClose={onClose} />
      ) : (
        <form onSubmit={send}>
          <TextInput label="Name" description="to know it again, such as the machine that uses it" value={name} maxLength={80} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
          <Checkbox.Group label="It allows to" value={scopes} onChange={setScopes} mt="md">
            {SCOPES.map((scope) => (
              <Checkbox key={scope} value={scope} label={SCOPE_WORDS[scope]} description={scope} mt={6} />
            ))}
          </Checkbox.Group>
          <NativeSelect label="It is good for" mt="md" value={life} onChange={(event) => setLife(event.currentTarget.value)} data={LIVES} />
          {create.error ? <ErrorNotice error={create.error} title="No token was made" /> : null}
          <Group mt="md" justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={!scopes.length}>
              Create
            </Button>
          </Group>
        </form>
      )}
    </Dialog>
  );
}

function Secret({ token, onClose }: { token: Token & { token: string }; onClose: () => void }): ReactNode {
  return (
    <>
      <p className="hint hint-warn">Copy it now: it is shown this once. It expires {momentText(token.expires)}.</p>
      <pre className="code secret" tabIndex={0} aria-label="The token">
        {token.token}
      </pre>
      <Group justify="flex-end">
        <CopyButton value={token.token}>
          {({ copied, copy }) => (
            <Button onClick={copy} leftSection={<Icon name={copied ? "check" : "copy"} />}>
              {copied ? "Copied" : "Copy the token"}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={onClose}>
          Done
        </Button>
      </Group>
      <p className="soft small">
        In a shell: <code>export SPT_TOKEN=…</code>; the code that this site writes reads it from there.
      </p>
    </>
  );
}
