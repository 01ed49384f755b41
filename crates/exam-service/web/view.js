// The view library, from one place: markup as tagged templates, state as hooks.

import { createContext, h, render } from "./vendor/preact-11.2.0/preact.js";
import { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState }
  from "./vendor/preact-11.2.0/hooks.js";
import htm from "./vendor/htm-3.1.1/htm.js";

/** Markup: html`<p class="x">${text}</p>`. Text stays text, never markup. */
const html = htm.bind(h);

export {
  createContext, html, render, useCallback, useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState,
};
