/* Elements made one by one: nothing a person typed is ever read as HTML. */

export function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) {
            made.addEventListener(name.slice(2), value);
        } else if (value === true) {
            made.setAttribute(name, "");
        } else if (value !== false && value !== null && value !== undefined) {
            made.setAttribute(name, value);
        }
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
}

export function icon(name) {
    return el("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, name);
}

/* A button with words, with a picture, or with both: a picture alone has its words as a label. */
export function button(words, press, { picture = null, isBare = false, kind = "outline", ...rest } = {}) {
    const shown = [picture && icon(picture), isBare ? null : words];
    const named = isBare ? { "aria-label": words, title: words } : {};
    const look = isBare ? "tool" : `account-button ${kind} small`;
    return el("button", { type: "button", class: look, onclick: press, ...named, ...rest }, ...shown);
}

/* A dialog that closes on Escape and gives the focus back to where it was; forgotten once closed. */
export function dialog(title, ...children) {
    const before = document.activeElement;
    const heading = el("h2", { id: "policy-dialog-title" }, title);
    const box = el("dialog", { class: "policy-dialog", "aria-labelledby": heading.id }, heading, ...children);
    box.addEventListener("close", () => {
        box.remove();
        before?.focus();
    });
    document.body.append(box);
    box.showModal();
    return box;
}

let hints = 0;

/* A labelled control; the hint describes it without being part of its name. */
export function field(words, control, hint = "") {
    const label = el("label", { class: "policy-field" }, el("span", {}, words), control);
    if (!hint) {
        return label;
    }
    hints += 1;
    control.setAttribute("aria-describedby", `policy-hint-${hints}`);
    return el("div", { class: "policy-field" }, label, el("span", { class: "hint", id: `policy-hint-${hints}` }, hint));
}
