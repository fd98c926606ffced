import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import ts from "typescript-eslint";

export default defineConfig([
  globalIgnores(["node_modules", "dist"]),
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  hooks.configs.flat.recommended,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "max-lines": ["error", { max: 300, skipComments: true, skipBlankLines: true }],
      // The virtual lists keep their state in a mutable object; nothing here is compiled by React.
      "react-hooks/incompatible-library": "off",
      complexity: ["error", 16],
    },
  },
  { files: ["public/**", "eslint.config.js"], ...ts.configs.disableTypeChecked },
  { files: ["public/**"], languageOptions: { globals: { localStorage: "readonly", matchMedia: "readonly", document: "readonly" } }, rules: { "no-empty": "off", "no-unused-vars": "off", "no-var": "off" } },
]);
