/* Why links to other people may close access: asked once a table looks at such links, and shown for
   as long as something is written. */

import { el, field } from "./dom.js";
import { t } from "./words.js";

export class Justification {
    constructor({ store, vocabulary }) {
        Object.assign(this, { store, vocabulary });
        const { justificationLeast: least, justificationMost: most } = vocabulary.limits;
        this.least = least;
        this.text = el("textarea", {
            rows: "3", maxlength: most,
            onfocus: () => { this.session = {}; },
            oninput: () => store.setJustification(this.text.value, this.session),
        });
        this.length = el("p", { class: "hint" });
        this.element = el("section", { class: "card policy-panel", "aria-labelledby": "policy-justification" },
            el("h2", { id: "policy-justification" }, t("justificationTitle")),
            field(t("justification"), this.text, t("justificationHint", { least })), this.length);
        this.render();
    }

    render() {
        const { tables, justification } = this.store.draft;
        const isAsked = tables.some((table) => table.inputs.some((input) => this.vocabulary.signals.get(input.name)?.isOfOthers));
        this.element.hidden = !isAsked && !justification && document.activeElement !== this.text;
        if (this.text.value !== justification) {
            this.text.value = justification;
        }
        const count = [...justification.trim()].length;
        this.length.textContent = count > 0 && count < this.least ? t("justificationShort", { count, least: this.least }) : "";
    }
}
