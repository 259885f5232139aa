/* Two people's work on one draft, row by row. Pure.

   Rows are matched to the ones both began with: equal ones first, then those between in order.
   An entry is { base, mine, theirs } (null: not there), in the order of the merged list. */

const text = (row) => JSON.stringify(row);

/* Shape: for each row of `base` its place in `other` or null, and what `other` has besides. */
function matched(base, other) {
    const [from, to] = [base.map(text), other.map(text)];
    const places = new Array(base.length).fill(null);
    let start = 0;
    while (start < from.length && start < to.length && from[start] === to[start]) {
        places[start] = start;
        start += 1;
    }
    let tail = 0;
    while (tail < from.length - start && tail < to.length - start && from.at(-1 - tail) === to.at(-1 - tail)) {
        places[from.length - 1 - tail] = to.length - 1 - tail;
        tail += 1;
    }
    common(from.slice(start, from.length - tail), to.slice(start, to.length - tail))
        .forEach(([one, two]) => { places[start + one] = start + two; });
    pairBetween(places, to.length);
    return places;
}

/* The longest common subsequence, as pairs of places. */
function common(from, to) {
    const lengths = Array.from({ length: from.length + 1 }, () => new Uint16Array(to.length + 1));
    for (let one = from.length - 1; one >= 0; one -= 1) {
        for (let two = to.length - 1; two >= 0; two -= 1) {
            lengths[one][two] = from[one] === to[two]
                ? lengths[one + 1][two + 1] + 1
                : Math.max(lengths[one + 1][two], lengths[one][two + 1]);
        }
    }
    const pairs = [];
    for (let one = 0, two = 0; one < from.length && two < to.length;) {
        if (from[one] === to[two]) {
            pairs.push([one, two]);
            one += 1;
            two += 1;
        } else if (lengths[one + 1][two] >= lengths[one][two + 1]) {
            one += 1;
        } else {
            two += 1;
        }
    }
    return pairs;
}

/* Rows that differ, between two that are equal, are the same row changed. */
function pairBetween(places, length) {
    let next = 0;
    for (let at = 0; at < places.length; at += 1) {
        if (places[at] === null) {
            const end = places.slice(at).find((place) => place !== null) ?? length;
            if (next < end) {
                places[at] = next;
                next += 1;
            }
        } else {
            next = places[at] + 1;
        }
    }
}

export function entries(base, mine, theirs) {
    const [inMine, inTheirs] = [matched(base, mine), matched(base, theirs)];
    const found = [];
    let [atMine, atTheirs] = [0, 0];
    const added = (untilMine, untilTheirs) => {
        const fromThem = theirs.slice(atTheirs, untilTheirs);
        for (; atMine < untilMine; atMine += 1) {
            const same = fromThem.findIndex((row) => text(row) === text(mine[atMine]));
            found.push({ base: null, mine: mine[atMine], theirs: same < 0 ? null : fromThem.splice(same, 1)[0] });
        }
        fromThem.forEach((row) => found.push({ base: null, mine: null, theirs: row }));
        atTheirs = Math.max(atTheirs, untilTheirs);
    };
    base.forEach((row, at) => {
        added(inMine[at] ?? atMine, inTheirs[at] ?? atTheirs);
        found.push({ base: row, mine: pick(mine, inMine[at]), theirs: pick(theirs, inTheirs[at]) });
        atMine = inMine[at] === null ? atMine : inMine[at] + 1;
        atTheirs = inTheirs[at] === null ? atTheirs : inTheirs[at] + 1;
    });
    added(mine.length, theirs.length);
    return found.map((entry) => ({ ...entry, ...verdict(entry) }));
}

function pick(rows, at) {
    return at === null ? null : rows[at];
}

/* Who changed it decides who is taken, unless both did: then a person does. */
function verdict({ base, mine, theirs }) {
    const isSame = text(mine) === text(theirs);
    const isMineOld = text(mine) === text(base);
    return { isSame, isBoth: !isSame && !isMineOld && text(theirs) !== text(base), choice: isMineOld ? "theirs" : "mine" };
}

export function merged(found) {
    return found.map((entry) => entry[entry.choice]).filter((row) => row !== null);
}

/* The same table under the columns of both: nobody's column is lost. */
export function alike(tables) {
    const inputs = [];
    for (const table of tables) {
        inputs.push(...table.inputs.filter((input) => !inputs.some((known) => known.name === input.name)));
    }
    return tables.map((table) => ({
        ...table,
        inputs,
        rules: table.rules.map((rule) => ({
            ...rule,
            inputs: inputs.map((input) => rule.inputs[table.inputs.findIndex((own) => own.name === input.name)] ?? "-"),
        })),
    }));
}
