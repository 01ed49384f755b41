// What the vendored files are to the type checker; they are the same versions as in tests/web/package.json.

import type { VNode } from "preact";

export { createContext, render } from "preact";
export { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
export type { ComponentChildren, VNode } from "preact";

export function html(strings: TemplateStringsArray, ...values: unknown[]): VNode;
