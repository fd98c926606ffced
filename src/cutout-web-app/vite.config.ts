import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "./tools/compress.ts";
import { page } from "./tools/page.ts";

const OUT = resolve(import.meta.dirname, "../sptapi/web");

/** Where the real service runs during development: `make run`, or what SPT_SERVICE names. */
const SERVICE = process.env.SPT_SERVICE ?? "http://127.0.0.1:8080";

/** A ready token of `make run`, for development without a sign-in. The build never sees it. */
const TOKEN = process.env.SPT_TOKEN;

const proxied = {
  target: SERVICE,
  changeOrigin: true,
  autoRewrite: true,
  ...(TOKEN ? { headers: { Authorization: `Bearer ${TOKEN}` } } : {}),
};

export default defineConfig(({ command }) => ({
  // Relative, because the service may stand below any base path.
  base: command === "build" ? "./" : "/app/cutout/",
  plugins: [react(), page(), compress(OUT)],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    // Where developers of this page have always looked for it; another port would be taken in silence.
    port: 3000,
    strictPort: true,
    proxy: { "/api": proxied, "/account": proxied, "/files": proxied, "/docs": proxied, "/openapi.json": proxied },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["tests/setup.ts"],
    include: ["tests/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // Only a page that hangs takes so long, on however busy a machine.
    testTimeout: 30_000,
  },
}));
