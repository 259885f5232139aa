/* The grid's keys and clipboard. What they do is in `commands`; the same verbs stand in the toolbar. */

import * as tsv from "./tsv.js";

const BY_KEY = {
    "F2": "edit", "Enter": "edit", "Delete": "clear", "Backspace": "clear",
    "Insert": "addRow", "Ctrl+Enter": "addRow", "Ctrl+Delete": "removeRows", "Ctrl+Backspace": "removeRows",
    "Ctrl+d": "duplicate", "Alt+ArrowUp": "rowsUp", "Alt+ArrowDown": "rowsDown",
    "Alt+Shift+ArrowLeft": "columnLeft", "Alt+Shift+ArrowRight": "columnRight",
    "Ctrl+z": "undo", "Ctrl+y": "redo", "Ctrl+Shift+z": "redo", "Ctrl+s": "save",
    "Ctrl+a": "selectAll", "F1": "help", "Escape": "leave",
};
const STEPS = {
    ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
    PageUp: [-15, 0], PageDown: [15, 0],
};

export function listen(grid, commands) {
    grid.root.addEventListener("keydown", (event) => {
        const verb = BY_KEY[named(event)];
        if (verb) {
            event.preventDefault();
            event.stopPropagation();
            commands[verb]();
        } else if (moved(grid, event)) {
            event.preventDefault();
        } else if (isLetter(event)) {
            event.preventDefault();
            commands.edit(event.key);
        }
    });
    // An input method begins without a letter: the cell opens first and receives what it writes.
    grid.root.addEventListener("keydown", (event) => {
        if (event.key === "Process" || event.keyCode === 229) {
            commands.edit("");
        }
    }, { capture: true });
    for (const kind of ["copy", "cut"]) {
        grid.root.addEventListener(kind, (event) => {
            if (event.target === grid.root) {
                event.preventDefault();
                event.clipboardData.setData("text/plain", tsv.format(commands.block()));
                kind === "cut" && commands.clear();
            }
        });
    }
    grid.root.addEventListener("paste", (event) => {
        if (event.target === grid.root) {
            event.preventDefault();
            commands.paste(tsv.parse(event.clipboardData.getData("text/plain")));
        }
    });
    pointed(grid, commands);
}

function named(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const held = [(event.ctrlKey || event.metaKey) && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift"];
    return [...held.filter(Boolean), key].join("+");
}

function isLetter(event) {
    return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
}

/* Whether the key was one that goes somewhere. Tab leaves the grid behind its last cell. */
function moved(grid, event) {
    const { row, column } = grid.current;
    const last = { row: grid.table.rules.length - 1, column: grid.columns.length - 1 };
    const isFar = event.ctrlKey || event.metaKey;
    let to = null;
    if (event.key === "Tab") {
        const at = row * (last.column + 1) + column + (event.shiftKey ? -1 : 1);
        const goes = { row: Math.floor(at / (last.column + 1)), column: at % (last.column + 1) };
        if (at < 0 || goes.row > last.row) {
            return false;
        }
        grid.select(goes);
        return true;
    } else if (event.key === "Home") {
        to = { row: isFar ? 0 : row, column: 0 };
    } else if (event.key === "End") {
        to = { row: isFar ? last.row : row, column: last.column };
    } else if (STEPS[event.key]) {
        const [down, right] = STEPS[event.key].map((step) => (isFar ? step * 1e6 : step));
        to = { row: within(row + down, last.row), column: within(column + right, last.column) };
    }
    if (to) {
        event.shiftKey ? grid.select(grid.anchor, to) : grid.select(to);
    }
    return to !== null;
}

function within(at, last) {
    return Math.max(0, Math.min(at, last));
}

/* The mouse: a press chooses, dragging or Shift extends, a double press edits. */
function pointed(grid, commands) {
    const place = (event) => {
        const cell = event.target.closest("td");
        const row = event.target.closest("tr")?.ariaRowIndex;
        return cell && row > 1 ? { row: row - 2, column: cell.ariaColIndex - 2 } : null;
    };
    let isDragging = false;
    grid.root.addEventListener("mousedown", (event) => {
        const at = place(event);
        if (at && event.target.tagName !== "INPUT" && event.button === 0) {
            isDragging = true;
            grid.root.focus({ preventScroll: true });
            event.shiftKey ? grid.select(grid.anchor, at) : grid.select(at);
            event.preventDefault();
        }
    });
    grid.root.addEventListener("mouseover", (event) => {
        const at = isDragging && place(event);
        if (at) {
            grid.select(grid.anchor, at);
        }
    });
    window.addEventListener("mouseup", () => { isDragging = false; });
    grid.root.addEventListener("dblclick", (event) => place(event) && commands.edit());
}
