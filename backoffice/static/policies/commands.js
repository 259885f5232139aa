/* What can be done in a grid, by key and by button: each verb changes the draft once. */

import * as edits from "./edits.js";
import { CellEditor } from "./cell_editor.js";
import { kept, shown } from "./vocabulary.js";
import { t } from "./words.js";

const NAMED_AT_MOST = 6;
const LETTERS_SHOWN = 20;

/* Which columns of a block found no place, as the person who copied it knows them. */
function columnsBeyond(beyond) {
    const named = beyond.slice(0, NAMED_AT_MOST).map(({ column, text }) => {
        const letters = [...text.trim()];
        return t("blockColumn", { column, text: letters.slice(0, LETTERS_SHOWN).join("") + (letters.length > LETTERS_SHOWN ? "…" : "") });
    });
    const more = beyond.length - named.length;
    return [...named, more > 0 ? t("moreFaults", { count: more }) : ""].filter(Boolean).join(t("comma"));
}

export function commandsOf(grid, { store, vocabulary, pickSignal, save, help, leave, preview, tell }) {
    const limits = vocabulary.limits;

    /* The table as `change` makes it, or the reason why it is left as it was. */
    function alter(change, to = null) {
        try {
            const table = change(grid.table);
            const { anchor, current } = to ?? grid;
            store.setTable(grid.name, table, { table: grid.name, anchor, current });
            grid.select(anchor, current);
        } catch (error) {
            if (!(error instanceof edits.Refusal)) {
                throw error;
            }
            const { beyond, ...values } = error.values;
            tell(t(error.key, { ...values, columns: beyond && columnsBeyond(beyond) }), "error");
        }
    }

    const at = (row, column) => ({ anchor: { row, column }, current: { row, column } });
    const shifted = (rows, columns) => ({
        anchor: { row: grid.anchor.row + rows, column: grid.anchor.column + columns },
        current: { row: grid.current.row + rows, column: grid.current.column + columns },
    });
    const hasRows = () => grid.table.rules.length > 0;

    function finished(row, column, text, key) {
        grid.editor = null;
        const before = edits.cell(grid.table, row, column);
        if (text !== null && text !== before) {
            alter((table) => edits.withCells(table, [[row, column, text]]), at(row, column));
        } else {
            preview(null);
            grid.render();
        }
        if (key) {
            grid.root.focus({ preventScroll: true });
        }
        const step = { Enter: [1, 0], "Shift+Enter": [-1, 0], Tab: [0, 1], "Shift+Tab": [0, -1] }[key];
        if (step) {
            grid.select({ row: row + step[0], column: column + step[1] });
        }
        if (key === "Save") {
            save();
        }
    }

    return {
        edit(letter = null) {
            const { row, column } = grid.current;
            if (!hasRows() || grid.editor) {
                return;
            }
            grid.select({ row, column });
            const text = edits.cell(grid.table, row, column);
            grid.editor = new CellEditor({
                cell: grid.currentCell, column: grid.columns[column], limit: limits.cell,
                label: `${grid.title} ${row + 1}: ${grid.columns[column].label}`,
                text: letter ?? text, isFresh: letter !== null,
                whileTyping: (typed) => preview(edits.withCells(grid.table, [[row, column, typed]])),
                done: (typed, key) => finished(row, column, typed, key),
            });
        },
        clear() {
            const { first, last, left, right } = grid.range;
            const changes = [];
            for (let row = first; row <= last && hasRows(); row += 1) {
                for (let column = left; column <= right; column += 1) {
                    changes.push([row, column, edits.blank(grid.table, column)]);
                }
            }
            alter((table) => edits.withCells(table, changes));
        },
        addRow() {
            const row = hasRows() ? grid.range.last + 1 : 0;
            alter((table) => edits.withRows(table, row, [edits.blankRule(table)], limits), at(row, 0));
        },
        removeRows() {
            const { first, last } = grid.range;
            if (hasRows()) {
                alter((table) => edits.withoutRows(table, first, last), at(first, grid.current.column));
            }
        },
        duplicate() {
            const { first, last } = grid.range;
            if (hasRows()) {
                alter((table) => edits.withRows(table, last + 1, table.rules.slice(first, last + 1), limits), shifted(last - first + 1, 0));
            }
        },
        rowsUp: () => alter((table) => edits.withRowsMoved(table, grid.range.first, grid.range.last, -1), grid.range.first > 0 ? shifted(-1, 0) : null),
        rowsDown: () => alter((table) => edits.withRowsMoved(table, grid.range.first, grid.range.last, 1), grid.range.last < grid.table.rules.length - 1 ? shifted(1, 0) : null),
        columnLeft: () => alter((table) => edits.withColumnMoved(table, grid.current.column, -1), moved(-1)),
        columnRight: () => alter((table) => edits.withColumnMoved(table, grid.current.column, 1), moved(1)),
        async addColumn() {
            const used = new Set(grid.table.inputs.map((input) => input.name));
            const signal = await pickSignal(used);
            if (signal) {
                const place = Math.min(grid.current.column + 1, grid.table.inputs.length);
                const added = { name: signal.name, type: signal.type };
                alter((table) => edits.withColumn(table, place, added, limits), at(grid.current.row, place));
                grid.root.focus({ preventScroll: true });
            }
        },
        removeColumn() {
            const { column, row } = grid.current;
            if (column >= grid.table.inputs.length) {
                tell(t("outputStays"), "error");
            } else if (grid.table.inputs.length === 1) {
                tell(t("lastColumn"), "error");
            } else {
                alter((table) => edits.withoutColumn(table, column), at(row, Math.max(0, column - 1)));
            }
        },
        acceptUnknown() {
            const { column } = grid.current;
            grid.columns[column].isUnknownAsked
                ? alter((table) => edits.withUnknown(table, column))
                : tell(t("unknownNotAsked"), "error");
        },
        block() {
            const { first, last, left, right } = grid.range;
            const columns = grid.columns.slice(left, right + 1);
            const lines = grid.table.rules.slice(first, last + 1).map((_rule, down) =>
                columns.map((column, along) => shown(column, edits.cell(grid.table, first + down, left + along))));
            const isWhole = lines.length === grid.table.rules.length && columns.length === grid.columns.length;
            // A whole table takes its column names along, so that it can be put in anywhere. Two
            // outputs may share a signal's name; then only places tell them apart.
            const names = columns.map((column) => column.name);
            return isWhole && new Set(names).size === names.length ? [names, ...lines] : lines;
        },
        paste(block) {
            const { first, last, left, right } = grid.range;
            const read = (column, text) => kept(grid.vocabulary.column(column, grid.table.outputs.some((one) => one.name === column.name), grid.name), text.trim() === "–" ? "-" : text);
            const isOne = block.length === 1 && block[0].length === 1;
            const filled = isOne
                ? Array.from({ length: last - first + 1 }, () => Array(right - left + 1).fill(block[0][0]))
                : block;
            let place = null;
            alter((table) => {
                const put = edits.withBlock(table, hasRows() ? first : 0, left, filled, { limits, signals: vocabulary.signals, read });
                place = put;
                return put.table;
            });
            if (place) {
                grid.select({ row: place.first, column: place.columns[0] }, { row: place.last, column: place.columns[1] });
            }
        },
        toggleWords() {
            grid.isTerse = !grid.isTerse;
            grid.render();
        },
        undo: () => store.undo(),
        redo: () => store.redo(),
        selectAll: () => grid.select({ row: 0, column: 0 }, { row: grid.table.rules.length - 1, column: grid.columns.length - 1 }),
        save, help, leave,
    };

    function moved(step) {
        const to = grid.current.column + step;
        const isThere = grid.current.column < grid.table.inputs.length && to >= 0 && to < grid.table.inputs.length;
        return isThere ? at(grid.current.row, to) : null;
    }
}
