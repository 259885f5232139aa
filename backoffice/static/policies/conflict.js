/* Somebody saved first: their draft beside mine, row by row, and nothing is lost. */

import { button, dialog, el } from "./dom.js";
import { alike, entries, merged } from "./merging.js";
import { shown } from "./vocabulary.js";
import { t } from "./words.js";
import * as tsv from "./tsv.js";

/* Shapes: drafts `{ tables, justification, cases }`; `theirs` also says by whom and when. Calls `take(draft)`. */
export function showConflict({ vocabulary, base, mine, theirs, take }) {
    const parts = mine.tables.map((table, at) => tablePart(vocabulary, base.tables[at], table, theirs.content.tables[at]));
    parts.push(justificationPart(base.justification, mine.justification, theirs.content.association_justification ?? ""));
    parts.push(casePart(base.cases, mine.cases, theirs.cases));
    const lines = parts.flatMap((part) => part.found.filter((entry) => !entry.isSame).map((entry, number) => line(part, entry, number)));
    const all = (choice) => box.querySelectorAll(`input[value=${choice}]`).forEach((radio) => radio.click());
    const box = dialog(t("conflictTitle"),
        el("p", {}, t("conflictText", { who: theirs.savedBy || t("somebody"), when: theirs.savedAt })),
        el("div", { class: "dialog-buttons" },
            button(t("allMine"), () => all("mine")), button(t("allTheirs"), () => all("theirs")),
            button(t("copyMine"), () => copy(mine))),
        el("div", { class: "conflict-rows", tabindex: "0", role: "region", "aria-label": t("conflictTitle") },
            el("table", { class: "conflict" },
                el("thead", {}, el("tr", {}, ...["place", "mine", "theirs"].map((key) => el("th", { scope: "col" }, t(key))))),
                el("tbody", {}, ...lines))),
        el("div", { class: "dialog-buttons" },
            button(t("saveChosen"), () => {
                const tables = parts.slice(0, -2).map((part) => ({ ...part.table, rules: merged(part.found) }));
                const [[justification], cases] = parts.slice(-2).map((part) => merged(part.found));
                box.close();
                take({ tables, justification, cases });
            }, { kind: "primary" }),
            button(t("backToMine"), () => box.close())));
}

function tablePart(vocabulary, base, mine, theirs) {
    const [ours, others, before] = alike([mine, theirs, base]);
    const columns = vocabulary.columns(ours);
    const words = (rule, other) => [...rule.inputs, ...rule.outputs]
        .map((text, at) => [columns[at], text, other && [...other.inputs, ...other.outputs][at]])
        .filter(([, text, before]) => text !== before && (other || !["", "-"].includes(text)))
        .map(([column, text]) => `${column.label}: ${shown(column, text) || "–"}`).join("; ");
    return {
        title: vocabulary.tables[mine.name]?.title ?? mine.name, table: ours, words,
        found: entries(before.rules, ours.rules, others.rules),
    };
}

/* One text, there or empty: whose it is is chosen like a row. */
function justificationPart(base, mine, theirs) {
    return {
        title: t("justificationTitle"), isSingle: true, words: (text) => text || "–",
        found: entries([base], [mine], [theirs]),
    };
}

function casePart(base, mine, theirs) {
    const words = (one) => `${one.name}: ${Object.entries(one.facts).filter(([, value]) => value !== null)
        .map(([name, value]) => `${name} ${value}`).join(", ")} → ${Object.values(one.expected).filter((value) => value !== null).join(", ")}`;
    return { title: t("cases"), words, found: entries(base, mine, theirs) };
}

function line(part, entry, number) {
    const name = `choice-${part.title}-${number}`;
    const option = (whose) => {
        const row = entry[whose];
        const other = entry[whose === "mine" ? "theirs" : "mine"];
        const isOld = JSON.stringify(row) === JSON.stringify(entry.base);
        const words = row === null ? t(entry.base ? "deleted" : "notThere") : part.words(row, other);
        return el("td", {}, el("label", {}, el("input", {
            type: "radio", name, value: whose, checked: entry.choice === whose, onchange: () => { entry.choice = whose; },
        }), el("span", {}, words, isOld ? el("em", { class: "hint" }, ` ${t("asItWas")}`) : null)));
    };
    const before = entry.base && part.found.filter((one) => one.base).indexOf(entry) + 1;
    const place = [part.title, part.isSingle ? "" : before ? t("row", { row: before }) : t("newRow"), entry.isBoth ? t("bothChanged") : ""];
    return el("tr", { class: entry.isBoth ? "is-both" : "" }, el("th", { scope: "row" }, place.filter(Boolean).join(" · ")), option("mine"), option("theirs"));
}

function copy(mine) {
    const sheets = mine.tables.map((table) => tsv.format([
        [...table.inputs, ...table.outputs].map((column) => column.name),
        ...table.rules.map((rule) => [...rule.inputs, ...rule.outputs]),
    ]));
    navigator.clipboard?.writeText([...sheets, mine.justification].filter(Boolean).join("\r\n\r\n"));
}
