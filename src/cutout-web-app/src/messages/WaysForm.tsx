import { Button, Checkbox, Group, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { call } from "../api/client";
import { account } from "../api/queries";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { isAllowed, readTold, writeTold } from "./browserNotice";
import { notices, type MadeNotice, type Notices } from "./notices";
import { Secret } from "./Secret";

/** Ways to be notified: of one job, or of all. Nothing is sent before a button here is pressed. */
export function WaysForm({ job }: { job?: string }): ReactNode {
  const { data, error } = useQuery(notices);
  return (
    <>
      <BrowserWay job={job} />
      {error ? <ErrorNotice error={error} title="Mail and webhooks cannot be shown" /> : null}
      {data?.mail || data?.webhooks ? <SentWays key={String(data.mail)} offer={data} job={job} /> : null}
      {data && !data.mail && !data.webhooks ? <p className="soft small">This site sends neither mail nor webhooks.</p> : null}
    </>
  );
}

function BrowserWay({ job }: { job: string | undefined }): ReactNode {
  const [told, setTold] = useState(readTold);
  const [refused, setRefused] = useState(false);
  const isOn = job === undefined ? told.all : told.all || told.ids.includes(job);
  const change = async (wish: boolean): Promise<void> => {
    const isRefused = wish && !(await isAllowed());
    setRefused(isRefused);
    if (isRefused) return;
    const others = told.ids.filter((id) => id !== job);
    const next = job === undefined ? { ...told, all: wish } : { ...told, ids: wish ? [...others, job] : others };
    writeTold(next);
    setTold(next);
  };
  return (
    <>
      <Checkbox
        checked={isOn}
        disabled={job !== undefined && told.all}
        onChange={(event) => void change(event.currentTarget.checked)}
        label="A notification of this browser"
        description={job !== undefined && told.all ? "on for all of your jobs" : "while this site is open in a tab"}
      />
      {refused ? <p className="hint hint-warn">This browser does not allow it: let this site show notifications in the browser’s settings.</p> : null}
    </>
  );
}

function SentWays({ offer, job }: { offer: Notices; job: string | undefined }): ReactNode {
  const { data: me } = useQuery(account);
  const [channel, setChannel] = useState(offer.mail ? "mail" : "webhook");
  const [topic, setTopic] = useState("jobs");
  const [url, setUrl] = useState("");
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () =>
      call<MadeNotice>("/api/v1/account/notices", {
        method: "POST",
        body: { channel, topic, ...(channel === "webhook" ? { url: url.trim() } : {}), ...(job ? { job } : {}) },
      }),
    onSuccess: () => {
      setUrl("");
      return queries.invalidateQueries({ queryKey: notices.queryKey });
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  const ways = [...(offer.mail ? [{ value: "mail", label: "A mail" }] : []), ...(offer.webhooks ? [{ value: "webhook", label: "A webhook" }] : [])];
  return (
    <form onSubmit={send} aria-label="Ask for messages">
      <NativeSelect mt="md" label="Or be sent" value={channel} onChange={(event) => setChannel(event.currentTarget.value)} data={ways} />
      {me?.admin && job === undefined ? (
        <NativeSelect
          mt="md"
          label="When"
          value={topic}
          onChange={(event) => setTopic(event.currentTarget.value)}
          data={[
            { value: "jobs", label: "a job of mine has ended" },
            { value: "requests", label: "somebody asks for access" },
          ]}
        />
      ) : null}
      {channel === "mail" ? (
        <p className="soft small">{offer.email ? `To ${offer.email}, once a minute at most.` : "The identity provider vouches for no mail address of yours."}</p>
      ) : (
        <TextInput mt="md" type="url" label="Address" description="an https address on the internet; it is sent a signed POST of JSON" value={url} maxLength={2000} onChange={(event) => setUrl(event.currentTarget.value)} />
      )}
      {make.error ? <ErrorNotice error={make.error} title="Nothing will be sent" /> : null}
      {make.data?.secret ? <Secret secret={make.data.secret} /> : null}
      {make.data && !make.data.secret ? <p role="status">It will be sent.</p> : null}
      <Group mt="md" justify="flex-end">
        <Button type="submit" loading={make.isPending} disabled={channel === "mail" ? !offer.email : !url.trim()} leftSection={<Icon name="check" />}>
          Send me that
        </Button>
      </Group>
    </form>
  );
}
