/* Tab-separated text as spreadsheets write it: a cell with a tab, a line break or a quotation mark
   stands in quotation marks, and those inside it are doubled. */

export function format(rows) {
    return rows.map((row) => row.map(quoted).join("\t")).join("\r\n");
}

function quoted(text) {
    return /["\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/* A quotation mark in the middle of a cell is an ordinary character. */
export function parse(text) {
    const rows = [[]];
    let at = 0;
    while (at <= text.length) {
        const [cell, next] = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
        rows.at(-1).push(cell);
        if (text[next] !== "\t") {
            const end = next + (text.startsWith("\r\n", next) ? 2 : 1);
            if (end >= text.length) {
                break;
            }
            rows.push([]);
            at = end;
        } else {
            at = next + 1;
        }
    }
    return rows;
}

function plainCell(text, from) {
    const length = text.slice(from).search(/[\t\r\n]/);
    const end = length < 0 ? text.length : from + length;
    return [text.slice(from, end), end];
}

/* Spreadsheets quote only what needs it. Without its closing mark, with more behind it or with
   nothing special inside, these are a policy's own marks around a text, and stay. */
function quotedCell(text, from) {
    let at = from + 1;
    let cell = "";
    while (at < text.length) {
        if (text[at] !== '"') {
            cell += text[at];
            at += 1;
        } else if (text[at + 1] === '"') {
            cell += '"';
            at += 2;
        } else {
            break;
        }
    }
    const end = at + 1;
    const isWhole = at < text.length && (end >= text.length || "\t\r\n".includes(text[end]));
    return isWhole && /["\t\r\n]/.test(cell) ? [cell, end] : plainCell(text, from);
}
