import { html } from "../view.js";

/**
 * A label over one input, with a hint and what is wrong with it.
 * @param {object} props
 * @param {string} props.name its id and its data-testid
 * @param {string} props.label
 * @param {string} [props.hint]
 * @param {string} [props.problem]
 * @param {string} [props.value]
 * @param {string} [props.type] of the input; `textarea` and `select` are taken as well
 * @param {(value: string) => void} [props.onInput]
 * @param {import("../view.js").ComponentChildren} [props.children] the options of a select
 */
export function Field({ name, label, hint, problem, value, type = "text", onInput, children, ...rest }) {
  const about = [hint ? `${name}-hint` : "", problem ? `${name}-problem` : ""].filter(Boolean).join(" ");
  const shared = {
    ...rest, id: name, name, value, class: "input", "data-testid": name,
    "aria-describedby": about || null, "aria-invalid": problem ? "true" : null,
    onInput: (/** @type {{ currentTarget: { value: string } }} */ event) => onInput?.(event.currentTarget.value),
  };
  return html`<div class="field">
    <label for=${name}>${label}</label>
    ${type === "textarea" ? html`<textarea ...${shared}></textarea>`
      : type === "select" ? html`<select ...${shared}>${children}</select>`
      : html`<input type=${type} ...${shared} />`}
    ${hint && html`<p class="hint" id=${`${name}-hint`}>${hint}</p>`}
    ${problem && html`<p class="problem" id=${`${name}-problem`}>${problem}</p>`}
  </div>`;
}

/**
 * A box to tick.
 * @param {object} props
 * @param {string} props.name
 * @param {boolean} props.checked
 * @param {(checked: boolean) => void} props.onChange
 * @param {import("../view.js").ComponentChildren} [props.children] what it says
 */
export function Check({ name, checked, onChange, children, ...rest }) {
  return html`<label class="check"><input type="checkbox" name=${name} data-testid=${name} checked=${checked}
    onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => onChange(event.currentTarget.checked)} ...${rest} />
    <span>${children}</span></label>`;
}
