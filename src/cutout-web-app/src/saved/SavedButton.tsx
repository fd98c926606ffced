import { Button } from "@mantine/core";
import { lazy, Suspense, useState, type ReactNode } from "react";
import type { SavedDialogProps } from "./SavedDialog";

// Few open it, so that its code need not come with the page.
const SavedDialog = lazy(() => import("./SavedDialog"));

/** Opens what the user keeps of a kind. */
export function SavedButton(props: Omit<SavedDialogProps, "onClose">): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        {props.kind === "preset" ? "Presets" : "My lists"}
      </Button>
      {open ? (
        <Suspense fallback={null}>
          <SavedDialog {...props} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
