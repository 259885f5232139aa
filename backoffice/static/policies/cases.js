/* Unit cases kept with the policy: shown as passed or failed, kept, changed, taken away. */

import { button, dialog, el, field } from "./dom.js";
import { t } from "./words.js";

export class Cases {
    constructor({ store, vocabulary, trial, tell }) {
        Object.assign(this, { store, vocabulary, trial, tell });
        this.results = new Map();
        this.body = el("tbody");
        this.count = el("span", { class: "hint", role: "status" });
        const head = ["case", "expected", "outcome", "change"].map((key) =>
            el("th", { scope: "col" }, key === "change" ? el("span", { class: "for-screen-readers" }, t(key)) : t(key)));
        this.empty = el("p", { class: "hint" }, t("noCases"));
        this.sheet = el("table", { class: "policy-cases" }, el("thead", {}, el("tr", {}, ...head)), this.body);
        this.element = el("section", { class: "card policy-panel", "aria-labelledby": "policy-cases-title" },
            el("h2", { id: "policy-cases-title" }, t("cases"), " ", this.count), this.empty, this.sheet);
        this.render();
    }

    /* Shape: [{ name, isPassed, differences }]; empty while faults keep the tables from running. */
    show(results) {
        this.results = new Map(results.map((result) => [result.name, result]));
        this.render();
    }

    render() {
        const cases = this.store.draft.cases;
        const failed = cases.filter((one) => this.results.get(one.name)?.isPassed === false).length;
        this.count.textContent = failed ? t("casesFail", { failed, all: cases.length }) : "";
        this.sheet.hidden = cases.length === 0;
        this.empty.hidden = cases.length > 0;
        this.body.replaceChildren(...cases.map((one, at) => this.#row(one, at)));
    }

    #row(one, at) {
        const result = this.results.get(one.name);
        const mark = result ? t(result.isPassed ? "passes" : "fails") : t("notRun");
        const kind = result ? (result.isPassed ? "is-passed" : "is-failed") : "hint";
        const details = (result?.differences ?? []).map((text) => el("li", {}, text));
        const tool = (key, picture, press) => button(`${t(key)}: ${one.name}`, press, { picture, isBare: true });
        return el("tr", {},
            el("th", { scope: "row" }, one.name),
            el("td", {}, this.#wanted(one.expected)),
            el("td", { class: kind }, mark, details.length ? el("ul", {}, ...details) : null),
            el("td", { class: "tools" },
                tool("showCase", "play_arrow", () => this.trial.show(one.facts)),
                tool("changeCase", "edit", () => this.edit(one, at)),
                tool("removeCase", "delete", () => this.store.setCases(this.store.draft.cases.toSpliced(at, 1)))));
    }

    #wanted(expected) {
        const state = this.vocabulary.states.find((one) => one.value === expected.state)?.label ?? expected.state;
        const reasons = expected.reasons?.length ? `: ${expected.reasons.join(", ")}` : "";
        return `${state}${reasons}`;
    }

    /* A new case from what was just tried: its facts, and the answer as the one expected. */
    keep(facts, answer) {
        if (this.store.draft.cases.length >= this.vocabulary.limits.cases) {
            this.tell(t("tooManyCases", { most: this.vocabulary.limits.cases }), "error");
            return;
        }
        this.edit({ name: "", facts, expected: answer.expected }, this.store.draft.cases.length);
    }

    edit(one, at) {
        const { expected } = one;
        const name = el("input", { value: one.name, maxlength: "120", required: true, autocomplete: "off" });
        const state = el("select", {}, ...this.vocabulary.states.map(({ value, label }) =>
            el("option", { value, selected: value === expected.state }, label)));
        const text = (value) => el("input", { value: value ?? "", autocomplete: "off" });
        const fields = {
            reasons: text(expected.reasons?.join(", ")), limit_cents: text(expected.limit_cents),
            annual_rate: text(expected.annual_rate), max_term_months: text(expected.max_term_months),
        };
        const form = el("form", { method: "dialog", onsubmit: (event) => {
            event.preventDefault();
            this.#take({ name: name.value.trim(), facts: one.facts, expected: read(state.value, fields) }, at, box);
        } },
        field(t("caseName"), name, t("caseNameHint")), field(t("expectedState"), state),
        field(t("expectedReasons"), fields.reasons, t("emptyNotLookedAt")), field(`${t("limitLabel")} (${t("cents")})`, fields.limit_cents, t("emptyNotLookedAt")),
        field(t("rateLabel"), fields.annual_rate), field(t("monthsLabel"), fields.max_term_months),
        el("div", { class: "dialog-buttons" }, el("button", { type: "submit", class: "account-button small" }, t("keepCase")),
            button(t("cancel"), () => box.close())));
        this.fault = el("p", { class: "fault", role: "alert" });
        const box = dialog(t(one.name ? "changeCase" : "keepAsCase"), el("p", { class: "hint" }, t("noIdentity")), this.fault, form);
        name.focus();
    }

    #take(made, at, box) {
        const others = this.store.draft.cases.filter((_one, place) => place !== at);
        if (!made.name || others.some((one) => one.name === made.name)) {
            this.fault.textContent = t(made.name ? "caseNameTwice" : "caseNameNeeded");
        } else if (Object.values(made.expected).some(Number.isNaN)) {
            this.fault.textContent = t("numberNeeded");
        } else {
            this.store.setCases(this.store.draft.cases.toSpliced(at, 1, made));
            box.close();
        }
    }
}

/* What is left empty is not looked at. */
function read(state, { reasons, limit_cents, annual_rate, max_term_months }) {
    const codes = reasons.value.split(/[\s,，、]+/).filter(Boolean);
    const whole = (control) => {
        const value = control.value.trim();
        return value === "" ? null : /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    };
    const rate = annual_rate.value.trim();
    return {
        state, reasons: codes.length ? codes : null, limit_cents: whole(limit_cents),
        annual_rate: rate === "" ? null : /^\d{1,4}(\.\d{1,10})?$/.test(rate) ? rate : NaN,
        max_term_months: whole(max_term_months),
    };
}
