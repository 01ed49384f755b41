// Every component in every state, for who builds pages: /design of a service with APP_ENV=development.

import { RequestError } from "../api.js";
import { speak } from "../language.js";
import { apply, change, current, onChange } from "../preferences.js";
import { html, render, useEffect, useState } from "../view.js";
import { Badge } from "./badge.js";
import { Button } from "./button.js";
import { Chart } from "./chart.js";
import { Dialog } from "./dialog.js";
import { Check, Field } from "./field.js";
import { Appearance } from "./frame.js";
import { Banner, Toasts, toast } from "./messages.js";
import { Empty, Failed, Loading } from "./states.js";
import { Places } from "./places.js";
import { Table } from "./table.js";
import { Tabs } from "./tabs.js";

const COLOURS = ["ground", "surface", "sunken", "line", "line-strong", "ink", "ink-soft", "accent", "accent-soft", "good", "good-soft", "warn", "warn-soft", "bad", "bad-soft", "focus"];
const KINDS = /** @type {const} */ (["primary", "secondary", "quiet", "danger"]);
const TONES = /** @type {const} */ (["info", "good", "warn", "bad"]);
const ROWS = Array.from({ length: 12 }, (_, index) => ({ id: String(index), name: `Student ${(index * 7) % 12 + 1}`, seat: `A-${index + 1}`, points: index === 4 ? null : (index * 37) % 100 }));
/** @typedef {typeof ROWS[number]} Row */
/** @type {import("./table.js").Column<Row>[]} */
const COLUMNS = [
  { name: "name", label: "Name", show: (row) => row.name, by: (row) => row.name },
  { name: "seat", label: "Seat", show: (row) => row.seat, by: (row) => row.seat },
  { name: "points", label: "Points", show: (row) => row.points ?? "–", by: (row) => row.points, isNumeric: true },
];
/** @type {import("uplot").AlignedData} */
const DISTRIBUTION = [[0, 10, 20, 30, 40, 50, 60, 70, 80, 90], [1, 0, 3, 5, 11, 18, 26, 21, 9, 4]];
/** @type {import("uplot").AlignedData} */
const ITEMS = [[0.21, 0.35, 0.48, 0.55, 0.62, 0.71, 0.83, 0.94], [0.12, 0.31, 0.44, 0.38, 0.29, 0.33, 0.18, -0.04]];
const BARS = [{ label: "Students", kind: /** @type {const} */ ("bars") }];
const POINTS = [{ label: "Items", kind: /** @type {const} */ ("points") }];

/** @type {import("uplot").AlignedData} */
const TRENDS = [[1700000000, 1730000000, 1760000000], [58, 63, 61], [49, null, 66]];
const LINES = [{ label: "Monday seminar", colour: /** @type {const} */ ("accent") }, { label: "Tuesday seminar", colour: /** @type {const} */ ("good") }];
const PLACES = [{ path: "/one", label: "One place" }, { path: "/two", label: "Another" }, { path: "/three", label: "A third" }];
const TABS = [{ name: "one", label: "One" }, { name: "two", label: "Two" }, { name: "three", label: "Three" }];
/** @type {import("./table.js").Column<Row>[]} */
const WITH_ACTIONS = [...COLUMNS.slice(0, 2), { name: "act", label: "Actions", isAction: true, show: (row) => html`<${Button} small kind="quiet" aria-label=${`Remove ${row.name}`}>Remove<//>` }];
const FAILURES = [
  new RequestError(503, { type: "/problems/busy", title: "Too busy", status: 503, detail: "Too many want to write at this moment. Send the request again." }),
  new RequestError(0, null),
  new Error("A mistake of the page"),
];

/** @param {{ title: string, children?: unknown }} props */
const Section = ({ title, children }) => html`<section class="card stack"><h2>${title}</h2>${children}</section>`;

function Direction() {
  const [, draw] = useState(0);
  useEffect(() => onChange(() => draw((count) => count + 1)), []);
  const turn = () => change({ direction: current().direction === "rtl" ? null : "rtl" });
  return html`<${Button} kind="secondary" small testid="direction" onClick=${turn}>${current().direction === "rtl" ? "Left to right" : "Right to left"}<//>`;
}

const Buttons = () => html`<${Section} title="Buttons">
  ${[false, true].map((small) => html`<div class="row">${KINDS.map((kind) => html`<${Button} kind=${kind} small=${small}>${kind}<//>`)}</div>
    <div class="row">${KINDS.map((kind) => html`<${Button} kind=${kind} small=${small} disabled>${kind}, not now<//>`)}</div>
    <div class="row">${KINDS.map((kind) => html`<${Button} kind=${kind} small=${small} busy>${kind}, busy<//>`)}</div>`)}
  <div class="row"><${Button} href="#/one">A link like a button<//><${Button} kind="secondary" small href="#/one">A small one<//></div><//>`;

function Fields() {
  const [text, setText] = useState("");
  const [isTicked, setTicked] = useState(true);
  return html`<${Section} title="Fields">
    <${Field} name="plain" label="Text" hint="What it is for." value=${text} onInput=${setText} />
    <${Field} name="written" label="With a text" value="Analysis I" />
    <${Field} name="wrong" label="With a problem" hint="When it begins." value="yesterday" problem="This is no time: write 2026-11-22 09:00." />
    <${Field} name="off" label="That cannot be changed now" value="Published" disabled />
    <${Field} name="secret" label="Password" type="password" value="seventeen wet otters" autocomplete="off" />
    <${Field} name="number" label="Number" type="number" value="60" />
    <${Field} name="time" label="Date and time" type="datetime-local" value="2026-11-22T09:00" />
    <${Field} name="choice" type="select" label="Choice" value="b"><option value="a">First</option><option value="b">Second</option><//>
    <${Field} name="choice-off" type="select" label="Choice that cannot be made now" value="a" disabled><option value="a">First</option><//>
    <${Field} name="long" type="textarea" label="Long text" value="Several lines" />
    <${Field} name="long-wrong" type="textarea" label="Long text with a problem" value="" problem="Write what is asked." />
    <div class="row"><${Check} name="tick" checked=${isTicked} onChange=${setTicked}>Something to agree with<//><${Check} name="tick-not" checked=${!isTicked} onChange=${(/** @type {boolean} */ is) => setTicked(!is)}>The opposite<//>
      <${Check} name="tick-off" checked=${false} disabled onChange=${() => {}}>Not now<//></div>
    <fieldset class="row"><legend class="label">One of several</legend>${["Left", "Right"].map((name) => html`<label class="check"><input type="radio" name="side" checked=${name === "Left"} /><span>${name}</span></label>`)}</fieldset><//>`;
}

function Messages() {
  const [isAsking, setAsking] = useState(false);
  const [isClosed, setClosed] = useState(false);
  const close = () => setAsking(false);
  return html`<${Section} title="Banners, badges, toasts, dialogs">
    ${TONES.map((tone) => html`<${Banner} tone=${tone}><p>A banner says what is the matter, and what to do (${tone}).</p><//>`)}
    ${!isClosed && html`<${Banner} onClose=${() => setClosed(true)}><p>This one can be put away.</p><//>`}
    <div class="row"><${Badge}>plain<//>${/** @type {const} */ (["accent", "good", "warn", "bad"]).map((tone) => html`<${Badge} tone=${tone}>${tone}<//>`)}</div>
    <div class="row">${TONES.map((tone) => html`<${Button} kind="secondary" testid=${`toast-${tone}`} onClick=${() => toast(`Said in passing (${tone}).`, tone)}>Toast, ${tone}<//>`)}
      <${Button} kind="secondary" testid="dialog-button" onClick=${() => setAsking(true)}>Dialog<//></div>
    ${isAsking && html`<${Dialog} title="Close the exam?" testid="dialog" onClose=${close}
      actions=${html`<${Button} kind="secondary" onClick=${close}>Not yet<//><${Button} kind="danger" onClick=${close}>Close it<//>`}>
      <p>Nobody can start any more. 12 students go on until their time is over.</p><//>`}<//>`;
}

function Gallery() {
  const [tab, setTab] = useState("one");
  return html`<header class="bar"><strong>Design</strong><span class="grow"></span><${Direction} /><${Appearance} /></header>
    <main class="page stack">
      <h1>What pages are made of</h1>
      <${Section} title="Colours"><div class="swatches">${COLOURS.map((name) => html`<div class=${`swatch ${name}`}>--${name}</div>`)}</div><//>
      <${Section} title="Letters">
        <h1>Heading</h1><h2>Title</h2><h3>Large</h3>
        <p>Text, with a <a href="#letters">link</a>, <strong>weight</strong> and <code>fixed letters</code>. <span class="soft">Soft.</span> <span class="small">Small.</span> <span class="figures">0123456789</span></p>
        <dl class="facts"><dt>Fact</dt><dd>What is known of it</dd><dt>Another one</dt><dd>12</dd></dl>
      <//>
      <${Buttons} /><${Fields} /><${Messages} />
      <${Section} title="Tabs and places"><${Tabs} label="Views" tabs=${TABS} selected=${tab} onSelect=${setTab}><p>View ${tab}.</p><//>
        <${Places} label="Places" places=${PLACES} here="/two" /><//>
      <${Section} title="Tables"><${Table} caption="Students" columns=${COLUMNS} rows=${ROWS} keyOf=${(/** @type {Row} */ row) => row.id} sorted=${{ name: "name" }} testid="table" />
        <${Table} caption="Students with actions" columns=${WITH_ACTIONS} rows=${ROWS.slice(0, 3)} keyOf=${(/** @type {Row} */ row) => row.id} sorted=${{ name: "seat", isDescending: true }} /><//>
      <${Section} title="States"><${Empty} title="No exam yet"><p>Make one from the questions of a course.</p><${Button}>Make an exam<//><//><hr /><${Loading} />
        ${FAILURES.map((error) => html`<hr /><${Failed} error=${error} onRetry=${() => {}} />`)}<//>
      <${Section} title="Charts">
        <${Chart} label="Distribution of points: most between 50 and 80 percent" data=${DISTRIBUTION} series=${BARS} axes=${{ x: "Points, percent", y: "Students" }} />
        <${Chart} label="Difficulty against discrimination of eight items; one is negative" data=${ITEMS} series=${POINTS} axes=${{ x: "Difficulty", y: "Discrimination" }} />
        <${Chart} isTime label="Two groups over three years; one was not there in the second" data=${TRENDS} series=${LINES} axes=${{ y: "Percent" }} />
      <//>
    </main><${Toasts} />`;
}

apply();
await speak("shell");
render(html`<${Gallery} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
