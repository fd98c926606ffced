import { Button, CopyButton, Group, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import { serviceUrl } from "../api/base";
import { call } from "../api/client";
import { Icon } from "../shell/icons";
import { saveAs } from "../shell/save";
import { commandCode, curlCode, pythonCode } from "./code";
import type { Draft } from "./draft";
import { asksCoadds, asksDates, type Pairs } from "./parameters";
import { Dialog } from "../shell/Dialog";

interface Props {
  pairs: Pairs;
  draft: Draft;
  onClose: () => void;
}

interface ListedMap {
  file: string;
  band: string;
  filetype: string;
  tag?: string | null;
  date_beg: string | null;
}

/** The request as code for other clients. */
export function CodeDialog({ pairs, draft, onClose }: Props): ReactNode {
  const [tab, setTab] = useState<string>("curl");
  const maps = useQuery({
    queryKey: ["maps", "list"],
    queryFn: ({ signal }) => call<{ maps: ListedMap[] }>("/api/v1/maps", { signal }),
    enabled: tab === "command",
    staleTime: 600_000,
  });
  const code =
    tab === "curl" ? curlCode(pairs, serviceUrl())
    : tab === "python" ? pythonCode(pairs, serviceUrl())
    : commandCode(pairs, filesOf(maps.data?.maps ?? [], draft));
  const csv = pairs.find(([name]) => name === "POSITIONS")?.[1] ?? "";
  return (
    <Dialog onClose={onClose} title="This request as code" size="xl">
      <Tabs value={tab} onChange={(value) => setTab(value ?? "curl")}>
        <Tabs.List>
          <Tabs.Tab value="curl">curl</Tabs.Tab>
          <Tabs.Tab value="python">Python (pyvo)</Tabs.Tab>
          <Tabs.Tab value="command">Command line</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab} pt="sm">
          <p className="soft small">
            {tab === "command" ? (
              "The engine without the service, for machines that have the map files. SPT_ARCHIVE is their folder."
            ) : (
              <>
                Reads a token from the variable <code>SPT_TOKEN</code>; <Link to="/account">make one on the account page</Link>.
              </>
            )}
          </p>
          <pre className="code" tabIndex={0} aria-label="Code">
            {code.text}
          </pre>
          <Group>
            <CopyButton value={code.text}>
              {({ copied, copy }) => (
                <Button size="xs" onClick={copy} leftSection={<Icon name={copied ? "check" : "copy"} />}>
                  {copied ? "Copied" : "Copy"}
                </Button>
              )}
            </CopyButton>
            {code.needsFile ? (
              <Button size="xs" variant="default" onClick={() => saveAs("targets.csv", csv)} leftSection={<Icon name="download" />}>
                Save targets.csv, which the code reads
              </Button>
            ) : null}
          </Group>
        </Tabs.Panel>
      </Tabs>
    </Dialog>
  );
}

/** Files of the maps that answer, by the rules of the service; of the newest coadds all are named, as they are few. */
function filesOf(maps: readonly ListedMap[], draft: Draft): string[] {
  const days = (map: ListedMap): boolean => {
    const day = map.date_beg?.slice(0, 10) ?? "";
    return (!draft.dateStart || day >= draft.dateStart) && (!draft.dateEnd || day <= draft.dateEnd);
  };
  return maps
    .filter((map) => draft.bands.includes(map.band) && draft.filetypes.includes(map.filetype))
    .filter((map) =>
      map.tag ? draft.choice === "newest" || (asksCoadds(draft) && draft.coadds.includes(map.tag)) : asksDates(draft) && days(map),
    )
    .map((map) => map.file);
}
