import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";

/** A dialog that is there as long as it is rendered; the focus goes back to where it came from. */
export function Dialog(props: Omit<ModalProps, "opened">): ReactNode {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the dialog has let the focus go.
      setTimeout(() => {
        if (before instanceof HTMLElement && before.isConnected) before.focus();
      }, 0);
    },
    [before],
  );
  return <Modal opened closeButtonProps={{ "aria-label": "Close" }} {...props} />;
}
