// Whether the pages use only what the oldest browsers know that are promised: those of November 2021, five years ago.
// Interfaces of the browser are also held against its types of then, in tsconfig.json.

import css from "@eslint/css";
import compat from "eslint-plugin-compat";

const OLDEST = ["chrome 96", "edge 96", "firefox 95"];

export default [
  { ignores: ["vendor/"] },
  {
    files: ["**/*.js"],
    // Chrome 94 and Firefox 93 have all of it.
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    plugins: { compat },
    // Asked for before it is used.
    settings: { browsers: OLDEST, lintAllEsApis: true, polyfills: ["navigator.locks"] },
    rules: { "compat/compat": "error" },
  },
  {
    files: ["**/*.css"],
    plugins: { css },
    language: "css/css",
    rules: {
      "css/use-baseline": ["error", {
        available: 2021,
        // Later only in Safari, which is none of ours, or nothing that matters is lost: lines break less well, letters grow
        // on a turned telephone, bars of windows stay light.
        allowProperties: ["accent-color", "color-scheme", "outline", "resize", "text-size-adjust", "text-wrap", "user-select"],
        allowPropertyValues: { "overflow-wrap": ["anywhere"] },
        allowSelectors: ["backdrop", "focus-visible"],
      }],
    },
  },
];
