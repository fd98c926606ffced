import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** The ink of the service's own pages; shade 6 on white has a contrast of 6.6, so that filled controls are readable. */
const spt: MantineColorsTuple = [
  "#eef5fc", "#d8e8f8", "#b0d0f0", "#8fc1f4", "#7cb8f5",
  "#347fc9", "#0b5cad", "#0a4f95", "#08427d", "#063462",
];

const gray: MantineColorsTuple = [
  "#f6f8fa", "#eef1f5", "#e3e8ee", "#d3dae2", "#bcc6d0",
  "#8494a3", "#566573", "#41505d", "#2b3844", "#16202c",
];

const dark: MantineColorsTuple = [
  "#dfe6ee", "#b8c4d0", "#9fadbb", "#74859a", "#364452",
  "#27323d", "#18212a", "#10161d", "#0b1016", "#070b0f",
];

export const theme = createTheme({
  primaryColor: "spt",
  primaryShade: { light: 6, dark: 6 },
  colors: { spt, gray, dark },
  black: "#16202c",
  fontFamily: "var(--spt-text)",
  fontFamilyMonospace: "var(--spt-mono)",
  headings: { fontWeight: "600" },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // The page's policy allows no style elements without its nonce, so the scroll is not locked by one.
    Modal: { defaultProps: { lockScroll: false, centered: true } },
  },
});
