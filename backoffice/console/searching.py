"""Searching for a person without writing their name or phone into the address of the page.

Addresses are kept by browsers, proxies and logs. The box posts; the answer is a redirect to
`?q=~<sealed term>`, which pages, filters and the back button carry as they carry any other.
"""

from __future__ import annotations

import base64
import binascii

from django.contrib.admin.views.main import SEARCH_VAR
from django.http import HttpRequest

from backoffice.lib import crypto

_SEALED = "~"
_CONTEXT = "console.search"
TERM_AT_MOST = 200


def sealed_search(request: HttpRequest) -> str:
    """The posted search as a query string; filters in the form stay as they are."""
    query = request.POST.copy()
    query.pop("csrfmiddlewaretoken", None)
    term = str(query.get(SEARCH_VAR, "")).strip()[:TERM_AT_MOST].replace("\x00", "")
    query[SEARCH_VAR] = _sealed(term) if term else ""
    return query.urlencode()


def opened_term(term: str) -> str:
    """What was typed, from a sealed term; any other text is what it is."""
    if not term.startswith(_SEALED):
        return term
    try:
        sealed = base64.urlsafe_b64decode(term[len(_SEALED) :].encode())
        return crypto.unseal(sealed, context=_CONTEXT)
    except (crypto.SealBroken, binascii.Error, ValueError):
        return term


def _sealed(term: str) -> str:
    return _SEALED + base64.urlsafe_b64encode(crypto.seal(term, context=_CONTEXT)).decode()
