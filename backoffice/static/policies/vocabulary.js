/* What columns mean and what their cells may say: signals, reasons, effects. */

import { t } from "./words.js";

export class Vocabulary {
    constructor({ signals, reasons, effects, states, outputs, tables, limits }) {
        this.signals = new Map(signals.map((signal) => [signal.name, signal]));
        this.lists = { reason: reasons, effect: effects };
        this.reasons = reasons;
        this.states = states;
        this.outputs = outputs;
        this.tables = tables;
        this.limits = limits;
    }

    /* One column as the grid shows it. */
    column(declared, isOutput, tableName) {
        const signal = isOutput ? undefined : this.signals.get(declared.name);
        const label = isOutput ? this.outputs[declared.name] : signal?.label;
        const choices = isOutput ? this.lists[declared.name] : signal?.choices;
        return {
            ...declared,
            isOutput,
            label: label ?? declared.name,
            unit: signal?.unit ?? (declared.name === "limit_cents" ? t("cents") : ""),
            help: signal ? about(signal) : "",
            choices: choices?.length ? choices : null,
            // Of a cause to narrow access somebody has to say what not knowing means.
            isUnknownAsked: tableName === "restrictions" && Boolean(signal?.mayBeUnknown),
        };
    }

    columns(table) {
        return [
            ...table.inputs.map((input) => this.column(input, false, table.name)),
            ...table.outputs.map((output) => this.column(output, true, table.name)),
        ];
    }
}

export function about(signal) {
    return [signal.unit, signal.source, signal.fresh, signal.acts].filter(Boolean).join(" · ");
}

/* A cell as it is kept: a bare word that the column knows becomes the text it means. */
export function kept(column, text) {
    const plain = text.trim();
    if (column.type === "string" && column.choices?.some((choice) => choice.value === plain)) {
        return `"${plain}"`;
    }
    return plain;
}

/* A cell as it is shown and copied: what a list gives is shown without its quotation marks. */
export function shown(column, text) {
    const inside = /^"([A-Z_a-z0-9]+)"$/.exec(text);
    return inside && column.choices?.some((choice) => choice.value === inside[1]) ? inside[1] : text;
}

/* What the list under a cell offers while the last part of it is typed. */
export function offers(column, typed) {
    if (!column.choices) {
        return [];
    }
    const plain = (text) => text.replaceAll('"', "").replaceAll("_", " ").toLowerCase();
    const last = plain(lastPart(typed));
    const always = column.isOutput
        ? []
        : [{ value: "-", label: t("anything"), isWhole: true }, { value: "null", label: t("notKnown") }];
    return [...column.choices, ...always].filter(
        (choice) => plain(choice.value).includes(last) || plain(choice.label).includes(last),
    );
}

/* The cell after an offer was taken: inputs list several values, outputs have one. */
export function taken(column, typed, choice) {
    const text = ["-", "null"].includes(choice.value) ? choice.value : `"${choice.value}"`;
    const before = column.isOutput || choice.isWhole ? "" : typed.slice(0, typed.length - lastPart(typed).length);
    return `${before}${text}`;
}

function lastPart(typed) {
    return /[^,]*$/.exec(typed)[0].trimStart();
}

/* The words for a cell's value, where it has one out of a list. */
export function described(column, text) {
    const values = [...text.matchAll(/"([^"]*)"/g)].map((found) => found[1]);
    return (column.choices ?? []).filter((choice) => values.includes(choice.value)).map((choice) => choice.label).join(", ");
}
