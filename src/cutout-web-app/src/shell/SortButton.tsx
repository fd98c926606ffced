import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "./icons";

export type Direction = "ascending" | "descending";

interface Props {
  title: string;
  /** How its column is sorted; null where another one is. */
  direction: Direction | null;
  onClick: () => void;
}

/** The head of a column that sorts by it; the cell around it says so by `aria-sort`. */
export function SortButton({ title, direction, onClick }: Props): ReactNode {
  return (
    <UnstyledButton className="sort" onClick={onClick}>
      {title}
      {direction ? <Icon name={direction === "descending" ? "down" : "up"} size={14} /> : null}
    </UnstyledButton>
  );
}
