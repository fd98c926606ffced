/** The few pictures of the interface, drawn on a grid of 24 by 24. They are always beside words or labelled by their control. */
import type { ReactNode } from "react";

const PATHS = {
  check: "M5 12.5l4.5 4.5L19 7.5",
  warning: "M12 4l9 16H3zM12 10v4.5M12 17.2v.3",
  cross: "M6 6l12 12M18 6L6 18",
  dash: "M6 12h12",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17M12 7.5V12l3 2",
  play: "M8 5.5v13l10.5-6.5z",
  stop: "M7 7h10v10H7z",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  copy: "M9 9h10v11H9zM5 15V4h10",
  download: "M12 4v11M7.5 11L12 15.5L16.5 11M5 19.5h14",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 10.5v6M13.5 10.5v6",
  repeat: "M4.5 12a7.5 7.5 0 0 1 13-5.2L20 9M20 4.5V9h-4.5M19.5 12a7.5 7.5 0 0 1-13 5.2L4 15M4 19.5V15h4.5",
  pencil: "M5 19l1-4L16.5 4.5l3 3L9 18zM14.5 6.5l3 3",
  sun: "M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  auto: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17zM12 3.5v17",
  up: "M6 15l6-6l6 6",
  down: "M6 9l6 6l6-6",
  home: "M4 11.5L12 5l8 6.5M6.5 10v9h11v-9",
  key: "M8 12a3.5 3.5 0 1 0 0 .01M11.5 12H20v3M16.5 12v2.5",
  file: "M7 3.5h7l4 4V20.5H7zM14 3.5v4h4",
  external: "M14 4.5h5.5V10M19.5 4.5L11 13M17 14v5H5V7h5",
  share:
    "M7 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5M17 4a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5M17 15a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5M9.2 10.8l5.6-3M9.2 13.2l5.6 3",
  dots: "M6 12v.01M12 12v.01M18 12v.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "dots" ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="icon"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
