/* What can be done to a table. Every function answers with a new table and leaves the old one be. */

export class Refusal extends Error {
    constructor(key, values = {}) {
        super(key);
        this.key = key;
        this.values = values;
    }
}

export function width(table) {
    return table.inputs.length + table.outputs.length;
}

export function cell(table, row, column) {
    const rule = table.rules[row];
    return column < table.inputs.length ? rule.inputs[column] : rule.outputs[column - table.inputs.length];
}

export function blankRule(table) {
    return { inputs: table.inputs.map(() => "-"), outputs: table.outputs.map(() => "") };
}

export function blank(table, column) {
    return column < table.inputs.length ? "-" : "";
}

/* Shape of `changes`: [row, column, text]. */
export function withCells(table, changes) {
    const rules = [...table.rules];
    const fresh = new Set();
    for (const [row, column, text] of changes) {
        if (!fresh.has(row)) {
            rules[row] = { ...rules[row], inputs: [...rules[row].inputs], outputs: [...rules[row].outputs] };
            fresh.add(row);
        }
        const isInput = column < table.inputs.length;
        const cells = isInput ? rules[row].inputs : rules[row].outputs;
        cells[isInput ? column : column - table.inputs.length] = text;
    }
    return { ...table, rules };
}

export function withRows(table, at, rules, limits) {
    if (table.rules.length + rules.length > limits.rules) {
        throw new Refusal("tooManyRows", { most: limits.rules, rows: table.rules.length + rules.length });
    }
    return { ...table, rules: table.rules.toSpliced(at, 0, ...rules) };
}

export function withoutRows(table, first, last) {
    return { ...table, rules: table.rules.toSpliced(first, last - first + 1) };
}

/* The rows first…last one place up (-1) or down (1); at the edge they stay. */
export function withRowsMoved(table, first, last, step) {
    const other = step < 0 ? first - 1 : last + 1;
    if (other < 0 || other >= table.rules.length) {
        return table;
    }
    const rules = [...table.rules];
    const [passed] = rules.splice(other, 1);
    rules.splice(step < 0 ? last : first, 0, passed);
    return { ...table, rules };
}

export function withColumn(table, at, column, limits) {
    if (table.inputs.some((known) => known.name === column.name)) {
        throw new Refusal("columnThere");
    }
    if (width(table) >= limits.columns) {
        throw new Refusal("tooManyColumns", { most: limits.columns });
    }
    const rules = table.rules.map((rule) => ({ ...rule, inputs: rule.inputs.toSpliced(at, 0, "-") }));
    return { ...table, inputs: table.inputs.toSpliced(at, 0, column), rules };
}

export function withoutColumn(table, column) {
    const rules = table.rules.map((rule) => ({ ...rule, inputs: rule.inputs.toSpliced(column, 1) }));
    return { ...table, inputs: table.inputs.toSpliced(column, 1), rules };
}

export function withColumnMoved(table, column, step) {
    const to = column + step;
    if (column >= table.inputs.length || to < 0 || to >= table.inputs.length) {
        return table;
    }
    const moved = (cells) => cells.toSpliced(column, 1).toSpliced(to, 0, cells[column]);
    const rules = table.rules.map((rule) => ({ ...rule, inputs: moved(rule.inputs) }));
    return { ...table, inputs: moved(table.inputs), rules };
}

/* Whether not knowing the signal is accepted, or some row has to say what follows. */
export function withUnknown(table, column) {
    const { unknown, ...declared } = table.inputs[column];
    const fresh = unknown === "accepted" ? declared : { ...declared, unknown: "accepted" };
    return { ...table, inputs: table.inputs.with(column, fresh) };
}

/* A block as copied from a spreadsheet, its first cell at (row, column); the table grows downward.
   When its first line names columns, cells go under their names, and signals not there are added.
   Empty columns at its right edge that find no place are left out; others refuse the whole block. */
export function withBlock(table, row, column, block, { limits, signals, read }) {
    const bare = narrowed(block, 1);
    const names = bare[0].map((name) => name.trim());
    const known = new Set([...signals.keys(), ...table.outputs.map((output) => output.name)]);
    const isNamed = bare.length > 1 && new Set(names).size === names.length
        && names.every((name) => known.has(name));
    let grown = isNamed ? withSignals(table, names, { limits, signals }) : table;
    const all = [...grown.inputs, ...grown.outputs];
    const places = isNamed
        ? names.map((name) => all.findIndex((one) => one.name === name))
        : all.map((_one, at) => at).slice(column);
    const lines = isNamed ? bare.slice(1) : narrowed(block, places.length);
    const wide = widest(lines);
    if (wide > places.length) {
        throw new Refusal("blockTooWide", { fit: places.length, beyond: beyond(lines, places.length) });
    }
    const missing = Math.max(0, row + lines.length - grown.rules.length);
    if (row + lines.length > limits.rules) {
        throw new Refusal("tooManyRows", { most: limits.rules, rows: row + lines.length });
    }
    grown = withRows(grown, grown.rules.length, Array.from({ length: missing }, () => blankRule(grown)), limits);
    const changes = lines.flatMap((line, down) => line.map((text, at) => [row + down, places[at], read(all[places[at]], text)]));
    const long = changes.find((change) => change[2].length > limits.cell);
    if (long) {
        throw new Refusal("cellTooLong", { most: limits.cell });
    }
    const used = places.slice(0, wide);
    const columns = [Math.min(...used), Math.max(...used)];
    return { table: withCells(grown, changes), first: row, last: row + lines.length - 1, columns };
}

function withSignals(table, names, { limits, signals }) {
    let grown = table;
    for (const name of names) {
        if (![...grown.inputs, ...grown.outputs].some((one) => one.name === name)) {
            grown = withColumn(grown, grown.inputs.length, { name, type: signals.get(name).type }, limits);
        }
    }
    return grown;
}

function widest(lines) {
    return Math.max(...lines.map((line) => line.length));
}

/* Without the columns at the right edge that hold nothing, down to a width. */
function narrowed(block, least) {
    let wide = widest(block);
    while (wide > least && block.every((line) => !(line[wide - 1] ?? "").trim())) {
        wide -= 1;
    }
    return block.map((line) => line.slice(0, wide));
}

/* Shape: for each column with something in it but no place its number in the block, from 1, and
   its first text. */
function beyond(lines, fit) {
    return Array.from({ length: widest(lines) - fit }, (_column, at) => ({
        column: fit + at + 1,
        text: lines.map((line) => line[fit + at] ?? "").find((text) => text.trim()) ?? "",
    })).filter(({ text }) => text);
}
