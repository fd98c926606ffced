import { Button, Progress, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ROOT } from "../api/base";
import { account } from "../api/queries";
import type { Account, Share } from "../api/types";
import { Messages } from "../messages/Messages";
import { bytesText, momentText } from "../shell/texts";
import { usePageTitle } from "../shell/usePageTitle";
import { Sessions } from "./Sessions";
import { Tokens } from "./Tokens";

export default function AccountPage(): ReactNode {
  usePageTitle("Account");
  const { data } = useQuery(account);
  if (!data) return null;
  return (
    <>
      <div className="page-head">
        <h1>Account</h1>
      </div>
      <div className="account">
        <Who me={data} />
        <Limits me={data} />
        <Tokens />
        <Messages />
        <Sessions hasSession={data.session !== undefined} />
      </div>
    </>
  );
}

function Who({ me }: { me: Account }): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <section className="card" aria-labelledby="who-title">
      <div className="card-head">
        <h2 id="who-title">{me.name}</h2>
        {me.csrf ? (
          <form method="post" action={`${ROOT}/account/logout`}>
            <input type="hidden" name="csrf" value={me.csrf} />
            <Button type="submit" size="xs" variant="default">
              Sign out
            </Button>
          </form>
        ) : null}
      </div>
      <table className="grid-table">
        <tbody>
          <tr>
            <th scope="row">Groups</th>
            <td>{me.groups.join(", ") || "none"}</td>
          </tr>
          {me.admin ? (
            <tr>
              <th scope="row">Operations</th>
              <td>
                <a href={`${ROOT}/ops/`}>Queues, workers and jobs of all users</a>
              </td>
            </tr>
          ) : null}
          {me.session ? (
            <tr>
              <th scope="row">Signed in until</th>
              <td className="number">{momentText(me.session.expires)}</td>
            </tr>
          ) : null}
          <tr>
            <th scope="row">Colours</th>
            <td>
              <SegmentedControl
                size="xs"
                aria-label="Colours"
                value={colorScheme}
                onChange={(value) => setColorScheme(value)}
                data={[
                  { value: "auto", label: "As the system" },
                  { value: "light", label: "Light" },
                  { value: "dark", label: "Dark" },
                ]}
              />
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

const LIMITS: [keyof Pick<NonNullable<Account["limits"]>, "active" | "pending" | "stored">, string][] = [
  ["active", "Jobs queued and running"],
  ["pending", "Jobs not started"],
  ["stored", "Files stored"],
];

function Limits({ me }: { me: Account }): ReactNode {
  const { limits } = me;
  if (!limits) return null;
  return (
    <section className="card" aria-labelledby="limits-title">
      <h2 id="limits-title">Limits in use</h2>
      <div className="limits">
        {LIMITS.map(([name, label]) => (
          <Limit key={name} label={label} share={limits[name]} text={name === "stored" ? bytesText : (count) => count.toLocaleString("en")} />
        ))}
      </div>
      <p className="soft small">
        {limits.targets ? `A job names at most ${limits.targets.limit.toLocaleString("en")} targets. ` : ""}
        Room comes back when jobs end and when they are deleted or expire.
      </p>
    </section>
  );
}

function Limit({ label, share, text }: { label: string; share: Share; text: (value: number) => string }): ReactNode {
  const part = share.limit ? (100 * share.used) / share.limit : 0;
  return (
    <div>
      <div className="limit-line small">
        <span>{label}</span>
        <span className="number">
          {text(share.used)} of {text(share.limit)}
        </span>
      </div>
      <Progress value={Math.min(100, part)} size="sm" color={part > 90 ? "red.8" : "spt"} aria-label={`${label}: ${Math.round(part)} percent in use`} />
    </div>
  );
}
