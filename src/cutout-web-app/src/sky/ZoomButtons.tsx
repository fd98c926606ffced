/** The buttons over a map of the sky: nearer, farther, and all of it. */
import { ActionIcon } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "../shell/icons";

const FACTOR = 1.8;

interface Props {
  /** What the whole is called: "map", "field". */
  whole: string;
  onZoom: (factor: number) => void;
  onWhole: () => void;
}

export function ZoomButtons({ whole, onZoom, onWhole }: Props): ReactNode {
  const buttons = [
    ["plus", "Zoom in", () => onZoom(FACTOR)],
    ["minus", "Zoom out", () => onZoom(1 / FACTOR)],
    ["home", `Show the whole ${whole}`, onWhole],
  ] as const;
  return (
    <div className="zoom-buttons">
      {buttons.map(([icon, label, act]) => (
        <ActionIcon key={label} variant="default" onClick={act} aria-label={label} title={label}>
          <Icon name={icon} />
        </ActionIcon>
      ))}
    </div>
  );
}
