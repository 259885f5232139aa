/* "Try a customer": facts typed in or borrowed, and what the draft on the screen makes of them. */

import { button, el, field } from "./dom.js";
import { post, Refused } from "./server.js";
import { t } from "./words.js";

const PAUSE_MS = 350;

export class Trial extends EventTarget {
    #timer = null;
    #asked = 0;

    constructor({ store, vocabulary, urls, mayBorrow, keep }) {
        super();
        Object.assign(this, { store, vocabulary, urls });
        this.answer = null;
        this.isOn = false;
        this.hasFaults = false; // then there is no answer to ask for
        this.controls = new Map();
        this.values = {}; // what was typed stays when a column goes and comes back
        this.fields = el("div", { class: "policy-facts" });
        this.stale = el("p", { class: "hint", role: "status" });
        this.result = el("div", { class: "policy-answer", role: "status" });
        this.keepButton = button(t("keepAsCase"), () => keep(this.facts, this.answer), { picture: "bookmark_add", disabled: true });
        this.element = el("section", { class: "card policy-panel", "aria-labelledby": "policy-trial" },
            el("h2", { id: "policy-trial" }, t("tryCustomer")), el("p", { class: "hint" }, t("tryHint")),
            mayBorrow ? this.#borrowing() : null, this.stale, this.fields,
            el("div", { class: "policy-buttons" }, button(t("tryIt"), () => this.start(), { picture: "play_arrow", kind: "primary" }),
                button(t("clearTrial"), () => this.stop()), this.keepButton),
            this.result);
        this.drawFields();
    }

    get facts() {
        return Object.fromEntries([...this.controls.keys()].map((name) => [name, this.values[name]?.trim() || null]));
    }

    #borrowing() {
        const name = el("input", { autocomplete: "off", spellcheck: "false", maxlength: "120", onkeydown: (event) => {
            if (event.key === "Enter") {
                event.preventDefault();
                this.#borrow(name.value);
            }
        } });
        return el("div", { class: "policy-borrow" }, field(t("customer"), name, t("borrowHint")),
            button(t("borrow"), () => this.#borrow(name.value), { picture: "person_search" }));
    }

    async #borrow(customer) {
        try {
            const { facts, stale } = await post(this.urls.customer, { customer });
            this.show(facts);
            const labels = stale.map((name) => this.vocabulary.signals.get(name)?.label ?? name);
            this.stale.textContent = labels.length ? t("staleFacts", { names: labels.join(", ") }) : "";
        } catch (error) {
            this.#failed(error);
        }
    }

    /* A field for every signal the tables look at; only redrawn when those change. */
    drawFields() {
        const names = [...new Set(this.store.draft.tables.flatMap((table) => table.inputs.map((input) => input.name)))];
        if (names.join() === [...this.controls.keys()].join()) {
            return;
        }
        this.controls = new Map(names.map((name) => [name, this.#control(name)]));
        this.fields.replaceChildren(...names.map((name) => {
            const signal = this.vocabulary.signals.get(name);
            const label = signal?.label ?? name;
            return field(signal?.unit ? t("withUnit", { label, unit: signal.unit }) : label, this.controls.get(name));
        }));
    }

    #control(name) {
        const signal = this.vocabulary.signals.get(name);
        const choices = signal?.type === "boolean"
            ? ["true", "false"].map((value) => ({ value, label: t(value) }))
            : signal?.choices ?? [];
        const changed = (event) => {
            this.values[name] = event.target.value;
            this.again();
        };
        const control = choices.length
            ? el("select", { onchange: changed }, ...[{ value: "", label: t("notKnown") }, ...choices]
                .map(({ value, label }) => el("option", { value }, label)))
            : el("input", { oninput: changed, autocomplete: "off", placeholder: t("notKnown"), inputmode: signal?.type === "number" ? "decimal" : "text" });
        control.value = this.values[name] ?? "";
        return control;
    }

    show(facts) {
        this.values = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, value ?? ""]));
        this.controls.forEach((control, name) => { control.value = this.values[name] ?? ""; });
        this.start();
    }

    start() {
        this.isOn = true;
        this.#ask();
    }

    stop() {
        this.isOn = false;
        this.values = {};
        this.stale.textContent = "";
        this.controls.forEach((control) => { control.value = ""; });
        this.#set(null);
        this.result.replaceChildren();
    }

    /* The draft or the facts changed: what is on the screen follows. */
    again() {
        if (this.isOn) {
            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#ask(), PAUSE_MS);
        }
    }

    async #ask() {
        clearTimeout(this.#timer);
        this.#asked += 1;
        const mine = this.#asked;
        if (this.hasFaults) {
            this.#set(null);
            this.result.replaceChildren(el("p", { class: "fault" }, t("mendFirst")));
            return;
        }
        try {
            const answer = await post(this.urls.try, { content: this.store.content, facts: this.facts });
            if (mine === this.#asked && this.isOn) {
                this.#set(answer);
                this.result.replaceChildren(...said(answer));
            }
        } catch (error) {
            if (mine === this.#asked) {
                this.#failed(error);
            }
        }
    }

    #failed(error) {
        if (!(error instanceof Refused)) {
            throw error;
        }
        this.#set(null);
        this.result.replaceChildren(el("p", { class: "fault" }, error.message));
    }

    #set(answer) {
        this.answer = answer;
        this.keepButton.disabled = !answer;
        this.dispatchEvent(new CustomEvent("tried", { detail: answer }));
    }

    /* What matched in one table: `fired` rows, and whether a cell did. */
    trace(table) {
        const found = this.answer?.trace[table.name];
        if (!found) {
            return null;
        }
        const columns = found.columns.map((mask) => BigInt(`0x${mask || 0}`));
        return {
            fired: table.hit_policy === "F" ? found.fired.slice(0, 1) : found.fired,
            matches: (column, row) => column < columns.length && ((columns[column] >> BigInt(row)) & 1n) === 1n,
        };
    }
}

function said(answer) {
    const terms = [["limitLabel", answer.limit], ["rateLabel", answer.rate], ["monthsLabel", answer.months ?? "—"]];
    const facts = terms.map(([key, value]) => el("div", {}, el("dt", {}, t(key)), el("dd", {}, String(value))));
    const reasons = answer.reasons.map(({ code, text }) => el("li", {}, el("code", {}, code), ` ${text}`));
    return [
        el("p", { class: `policy-state is-${answer.state.toLowerCase()}` }, answer.stateWords),
        el("dl", { class: "facts" }, ...facts),
        reasons.length ? el("ul", {}, ...reasons) : el("p", { class: "hint" }, t("noReasons")),
    ];
}
