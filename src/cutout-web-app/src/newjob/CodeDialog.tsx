import { Button, CopyButton, Group, Tabs } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import { serviceUrl } from "../api/base";
import type { Validation } from "../api/types";
import { Icon } from "../shell/icons";
import { saveAs } from "../shell/save";
import { commandCode, curlCode, pythonCode } from "./code";
import type { Pairs } from "./parameters";
import { Dialog } from "../shell/Dialog";

interface Props {
  pairs: Pairs;
  /** The maps that the request selects, as far as the service has said. */
  selection: Validation["selection"];
  onClose: () => void;
}

/** The request as code for other clients. */
export function CodeDialog({ pairs, selection, onClose }: Props): ReactNode {
  const [tab, setTab] = useState<string>("curl");
  const code =
    tab === "curl" ? curlCode(pairs, serviceUrl())
    : tab === "python" ? pythonCode(pairs, serviceUrl())
    : commandCode(pairs, selection?.files ?? [], selection?.maps ?? 0);
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
              <Button size="xs" variant="default" onClick={() => saveAs("targets.csv", code.table)} leftSection={<Icon name="download" />}>
                Save targets.csv, which the code reads
              </Button>
            ) : null}
          </Group>
        </Tabs.Panel>
      </Tabs>
    </Dialog>
  );
}
