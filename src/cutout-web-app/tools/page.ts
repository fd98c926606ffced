import type { Plugin } from "vite";

/** Fills in, on the development server, what the real server writes into the page. */
export function page(): Plugin {
  return {
    name: "page",
    apply: "serve",
    transformIndexHtml: {
      order: "pre",
      handler: (html) => html.replaceAll("__BASE__", "").replaceAll("__NONCE__", ""),
    },
  };
}
