import { html } from "../../../view.js";
import { Matching } from "./matching.js";
import { MultipleChoice, MultipleResponse, Ordering } from "./options.js";
import { Essay, Numeric, ShortAnswer, TrueFalse } from "./written.js";

/** @type {Record<string, (props: import("./options.js").EditorProps) => unknown>} */
const EDITORS = {
  multiple_choice: MultipleChoice, multiple_response: MultipleResponse, true_false: TrueFalse, numeric: Numeric,
  short_answer: ShortAnswer, matching: Matching, ordering: Ordering, essay: Essay,
};

/**
 * What may be answered, and what is right.
 * @param {import("./options.js").EditorProps} props
 */
export const KindEditor = (props) => html`<div class="stack"><${EDITORS[props.kind.type]} key=${props.kind.type} ...${props} /></div>`;
