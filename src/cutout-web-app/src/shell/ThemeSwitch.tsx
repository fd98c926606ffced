import { ActionIcon, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons";

const NEXT: Record<MantineColorScheme, MantineColorScheme> = { auto: "light", light: "dark", dark: "auto" };
const ICONS: Record<MantineColorScheme, IconName> = { auto: "auto", light: "sun", dark: "moon" };

/** Goes from the system's colours to light to dark. */
export function ThemeSwitch(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      onClick={() => setColorScheme(NEXT[colorScheme])}
      aria-label={`Colours: ${colorScheme}. Change to ${NEXT[colorScheme]}`}
      title={`Colours: ${colorScheme}`}
    >
      <Icon name={ICONS[colorScheme]} size={18} />
    </ActionIcon>
  );
}
