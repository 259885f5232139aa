"""Every word the draft editor's scripts say."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

CASE_FIELDS: dict[str, Any] = {
    "state": _("state"), "reasons": _("reasons"), "limit_cents": _("limit"),
    "annual_rate": _("yearly rate"), "max_term_months": _("months at most"),
}  # fmt: skip
STRINGS: dict[str, Any] = {
    "acceptUnknown": _("Accept or refuse that this signal is unknown"),
    "add": _("Add"),
    "addColumn": _("Add a column"),
    "addRow": _("Add a row below"),
    "allMine": _("All mine"),
    "allSaved": _("Everything is saved."),
    "allTheirs": _("All theirs"),
    "anything": _("anything"),
    "asItWas": _("(as it was)"),
    "backToMine": _("Back to my work"),
    "blockColumn": _("%(column)s (“%(text)s”)"),
    "blockTooWide": _(
        "Nothing was changed. From here %(fit)s columns fit; these of the block do not: "
        "%(columns)s. For more signals, add their columns first (Add a column), or write the "
        "signals' names in the block's first line."
    ),
    "borrow": _("Use this customer's facts"),
    "borrowHint": _("Reference or customer id. That you looked is recorded."),
    "bothChanged": _("changed by both"),
    "bringBack": _("Bring it back"),
    "cancel": _("Cancel"),
    "case": _("Case"),
    "caseName": _("Name of the case"),
    "caseNameHint": _("What it shows, such as: late for two months."),
    "caseNameNeeded": _("A case needs a name."),
    "caseNameTwice": _("Another case has this name."),
    "cases": _("Cases"),
    "casesFail": _("%(failed)s of %(all)s fail"),
    "cellTooLong": _("A cell has at most %(most)s characters. Nothing was changed."),
    "cellsHint": _(
        'Cells: a dash for anything; 600; < 600; [580..620); "failed"; null for not known; not(1).'
    ),
    "cents": _("cents"),
    "change": _("Change"),
    "changeCase": _("Change the case"),
    "clearTrial": _("Clear"),
    "close": _("Close"),
    "column": _("column %(column)s"),
    "columnLeft": _("Move the column left"),
    "columnRight": _("Move the column right"),
    "columnThere": _("The table has this column already."),
    "comma": _(", "),
    "conflictText": _(
        "%(who)s saved this draft at %(when)s, after you opened it. Choose row by row what is "
        "kept; nothing is stored before you save."
    ),
    "conflictTitle": _("Two people changed this draft"),
    "copyMine": _("Copy mine"),
    "customer": _("Customer"),
    "deleted": _("deleted"),
    "discard": _("Discard"),
    "duplicate": _("Duplicate the row"),
    "emptyNotLookedAt": _("Empty: not looked at."),
    "expected": _("Expected"),
    "expectedReasons": _("Expected reasons"),
    "expectedState": _("Expected state"),
    "fails": _("fails"),
    "faultCount": _("Faults: %(count)s"),
    "false": _("no"),
    "faultsTitle": _("What stands in the way of submitting"),
    "findSignal": _("Find a signal"),
    "fired": _("fired"),
    "help": _("Keys"),
    "hits": _("%(count)s customers in the backtest of %(moment)s"),
    "justification": _("Justification"),
    "justificationHint": _(
        "A row about links to other people may only limit. For one to close, say here why: at "
        "least %(least)s characters, hashed and approved with the tables. No personal data."
    ),
    "justificationShort": _("%(count)s of at least %(least)s characters"),
    "justificationTitle": _("Why links to other people may close access"),
    "keepAsCase": _("Keep as a case"),
    "keepCase": _("Keep the case"),
    "keptWork": _(
        "Work on this draft from %(when)s was never saved. It is still in this browser "
        "(without the cases)."
    ),
    "keyAll": _("choose the whole table; copied with its column names"),
    "keyClear": _("empty what is chosen"),
    "keyClipboard": _("copy, cut, paste; to and from a spreadsheet too"),
    "keyEdit": _("edit the cell, or just type; Enter again keeps it"),
    "keyEscape": _("give up editing; otherwise leave the table"),
    "keyExtend": _("choose several cells"),
    "keyFar": _("first and last cell, pages"),
    "keyMove": _("go to a cell; with Ctrl to the edge"),
    "keyMoveColumn": _("move the column"),
    "keyMoveRow": _("move the rows"),
    "keyTab": _("next and previous cell"),
    "keyUndo": _("undo, redo"),
    "lastColumn": _("A table keeps at least one column."),
    "limitLabel": _("Limit"),
    "mendFirst": _("Mend the faults first: tables with faults give no answer."),
    "mine": _("Mine"),
    "monthsLabel": _("Months at most"),
    "moreFaults": _("and %(count)s more"),
    "newRow": _("new"),
    "noAnswer": _("The server did not answer. Your work is kept in this browser; try again."),
    "noCases": _(
        "None yet. Try a customer and keep the answer you expect: it is checked at every "
        "save, and a draft whose cases fail cannot be submitted."
    ),
    "noIdentity": _("Only the facts are kept, never who the customer is."),
    "noReasons": _("No reasons."),
    "noRows": _("The table has no rows yet: Ctrl+Enter adds one."),
    "notKnown": _("not known"),
    "notRun": _("not run: mend the faults first"),
    "notThere": _("not there"),
    "numberNeeded": _("A number is expected here."),
    "outcome": _("Outcome"),
    "outputStays": _("Outputs belong to every policy; only signals can be removed."),
    "passes": _("passes"),
    "place": _("Place"),
    "rateLabel": _("Yearly rate"),
    "reading": _("In words"),
    "redo": _("Redo"),
    "removeCase": _("Remove the case"),
    "removeColumn": _("Remove the column"),
    "removeRows": _("Remove the rows"),
    "row": _("row %(row)s"),
    "rowsDown": _("Move the rows down"),
    "rowsUp": _("Move the rows up"),
    "saveChosen": _("Save what is chosen"),
    "saveDraft": _("Save draft"),
    "savedReady": _("Saved. The tables are ready to be submitted."),
    "savedWithFailures": _(
        "Saved. Cases that fail: %(count)s. They stand in the way of submitting."
    ),
    "savedWithFaults": _("Saved. Faults that stand in the way of submitting: %(count)s."),
    "saving": _("Saving…"),
    "showCase": _("Try the case"),
    "signals": _("Signals"),
    "signedOut": _(
        "You are signed out, or the page is too old. Your work is kept in this browser: sign "
        "in again in another tab, then reload this one."
    ),
    "somebody": _("Somebody"),
    "staleFacts": _("Too old to use, and so not known: %(names)s."),
    "theirs": _("Theirs"),
    "toggleWords": _("Show or hide the rows in words"),
    "tooManyCases": _("A policy keeps at most %(most)s cases."),
    "tooManyColumns": _("A table has at most %(most)s columns. Nothing was changed."),
    "tooManyRows": _(
        "A table has at most %(most)s rows; this would make %(rows)s. Nothing was changed."
    ),
    "toolsOf": _("Rows and columns of %(title)s"),
    "true": _("yes"),
    "tryCustomer": _("Try a customer"),
    "tryHint": _(
        "What the tables above make of one customer, saved or not. Nothing is decided. Rows "
        "and cells that fit are marked."
    ),
    "tryIt": _("Try"),
    "unknownAccepted": _("unknown: accepted"),
    "unknownNotAsked": _("Only signals of the restrictions that may be unknown are asked this."),
    "warningsHint": _("None of this stops the policy; whoever approves it sees the same list."),
    "warningsTitle": _("What somebody should look at"),
    "undo": _("Undo"),
    "unsaved": _("Changes not saved yet"),
    "withUnit": _("%(label)s (%(unit)s)"),
}
