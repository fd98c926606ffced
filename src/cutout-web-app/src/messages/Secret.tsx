import { Button, CopyButton, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "../shell/icons";

/** What a webhook is signed with, shown this once. */
export function Secret({ secret }: { secret: string }): ReactNode {
  return (
    <>
      <p className="hint hint-warn">Copy the secret now: it is shown this once. Your server checks the signature with it.</p>
      <pre className="code secret" tabIndex={0} aria-label="The secret">
        {secret}
      </pre>
      <Group justify="flex-end">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} leftSection={<Icon name={copied ? "check" : "copy"} />}>
              {copied ? "Copied" : "Copy the secret"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </>
  );
}
