// The states that every view has beside being there: nothing yet, loading, failed.

import { html, useCallback, useEffect, useRef, useState } from "../view.js";
import { RequestError } from "../api.js";
import { t } from "../language.js";
import * as session from "../session.js";
import { Button } from "./button.js";

/** For a moment nothing is shown: a wheel that flashes up is worse than none. */
export const Loading = () => html`<div class="state" role="status" data-testid="loading"><div class="spinner"></div><p>${t("loading")}</p></div>`;

/**
 * @param {object} props
 * @param {string} props.title
 * @param {import("../view.js").ComponentChildren} [props.children] what to do about it
 */
export const Empty = ({ title, children }) => html`<div class="state" data-testid="empty"><h2>${title}</h2>${children}</div>`;

/**
 * @param {object} props
 * @param {unknown} props.error
 * @param {() => void} [props.onRetry]
 */
export function Failed({ error, onRetry }) {
  const known = error instanceof RequestError;
  const title = known && error.problem ? t("request.failed") : known ? t("request.unreachable") : t("request.fault");
  return html`<div class="state" role="alert" data-testid="failed">
    <h2>${title}</h2>
    <p>${known ? error.problem && error.message : String(error)}</p>
    ${onRetry && html`<${Button} kind="secondary" onClick=${onRetry}>${t("request.retry")}<//>`}
  </div>`;
}

/**
 * Loads what a view shows, and again when `inputs` change: `const exams = useLoaded(() => call("GET /api/v1/my/exams"), [])`.
 * @template Value
 * @param {() => Promise<Value>} load
 * @param {readonly unknown[]} inputs
 */
export function useLoaded(load, inputs) {
  const [state, setState] = useState(/** @type {{ value?: Value, error?: unknown }} */ ({}));
  const current = useRef(0);
  const reload = useCallback(async () => {
    current.current += 1;
    const mine = current.current;
    try {
      const value = await load();
      if (mine === current.current) setState({ value });
    } catch (error) {
      // The session of a student is over: main.js shows the sign-in, and then this page again.
      if (error instanceof RequestError && error.status === 401) session.forget();
      else if (mine === current.current) setState({ error });
    }
  }, inputs);
  useEffect(() => {
    reload();
    return () => { current.current += 1; };
  }, [reload]);
  return { ...state, reload, isLoading: !("value" in state) && !("error" in state) };
}

/**
 * A view whose file is loaded when it is shown.
 * @param {() => Promise<Record<string, any>>} load
 * @param {string} name
 */
export function lazily(load, name) {
  return function Lazy(/** @type {Record<string, string>} */ parameters) {
    const file = useLoaded(load, []);
    return show(file, (value) => html`<${value[name]} ...${parameters} />`);
  };
}

/**
 * One of the three states, or the view of what was loaded.
 * @template Value
 * @param {{ value?: Value, error?: unknown, reload: () => void, isLoading: boolean }} loaded
 * @param {(value: Value) => unknown} view
 */
export function show(loaded, view) {
  if (loaded.isLoading) return html`<${Loading} />`;
  if (loaded.value === undefined) return html`<${Failed} error=${loaded.error} onRetry=${loaded.reload} />`;
  return view(loaded.value);
}
