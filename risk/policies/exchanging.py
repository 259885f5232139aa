"""A version as a file for other programs, and a file as a new draft."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.access import queries as access
from backoffice.console.labels import product_name
from backoffice.lib import clock
from backoffice.lib.errors import Refused
from backoffice.lib.uploads import was_too_large
from compliance.ledger.facts import Actor
from risk.exchange import services as exchange
from risk.exchange.facts import Fault, FileRefused
from risk.policies import services
from risk.policies.facts import SourceFile
from risk.policies.file_words import fault_words
from risk.policies.models import PolicyVersion
from risk.tables.facts import Model, TableError
from risk.tables.services import model_from_json, model_to_json

XLSX, DMN = "xlsx", "dmn"
_TYPES = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    DMN: "application/xml; charset=utf-8",
}
_FAULTS_IN_A_MESSAGE = 5
_NAME_AT_MOST, _ENDING = 120, 20  # characters of a file's name that the ledger keeps
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def _offered() -> list[tuple[str, str]]:
    return [(product.code, product_name(product)) for product in access.products()]


class FileForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=120, widget=UnfoldAdminTextInputWidget)
    product = forms.ChoiceField(
        label=_("Product"), choices=_offered, widget=UnfoldAdminSelectWidget
    )
    file = forms.FileField(
        label=_("Workbook (.xlsx) or DMN model"),
        help_text=_("The ledger keeps its name, not its content. No personal data in the name."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xlsx,.dmn,.xml"}),
    )


def download(request: HttpRequest, version: PolicyVersion, kind: str) -> HttpResponse:
    """The file, or the version's page with what stands in its way."""
    try:
        content = _written(version, kind)
    except (FileRefused, TableError) as error:
        messages.error(request, _sentence(error))
        return HttpResponseRedirect(_page(version))
    # Product codes are made of letters, digits and dashes: safe in a header and on a disk.
    name = f"{version.product.code}-v{version.number}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=_TYPES[kind], headers=headers)


def import_page(request: HttpRequest, site: AdminSite, actor: Actor) -> HttpResponse:
    """The form; after a file with faults the form again and all of them; else the new draft."""
    form = FileForm(request.POST or None, request.FILES or None)
    faults: list[Fault] = []
    if request.method == "POST" and was_too_large(request.META.get("CONTENT_LENGTH", "")):
        faults.append(Fault("", "too_large", "The file is too large."))
    elif form.is_valid():
        try:
            version = _drafted(form.cleaned_data, actor)
        except FileRefused as refused:
            faults.extend(refused.faults)
        except Refused as refused_here:
            messages.error(request, str(refused_here.message))
        else:
            messages.success(request, _now("The draft is there to be edited."))
            return HttpResponseRedirect(_page(version))
    context = {
        **site.each_context(request),
        "title": _now("Draft from a file"),
        "opts": PolicyVersion._meta,
        "form": form,
        "faults": [(fault.place, fault_words(fault)) for fault in faults],
        "back": reverse("admin:risk_policyversion_changelist"),
    }
    return TemplateResponse(request, "policies/import.html", context)


def _drafted(given: dict[str, Any], actor: Actor) -> PolicyVersion:
    """Raises: FileRefused, Refused."""
    raw = given["file"].read()
    model = _read(raw)
    version: PolicyVersion = services.create_draft(
        product_code=given["product"],
        title=given["title"],
        content=model_to_json(model),
        file=SourceFile(_cleaned(given["file"].name), hashlib.sha256(raw).hexdigest()),
        actor=actor,
        at=clock.now(),
    )
    return version


def _cleaned(name: str) -> str:
    """The last part of a path on one line, bounded, with its ending: browsers send what they like.

    Characters that hide, reorder or break what stands around them are left out.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kinds = [(character, unicodedata.category(character)) for character in last]
    plain = "".join(
        " " if kind[0] == "Z" else character for character, kind in kinds if kind[0] != "C"
    )
    plain = " ".join(plain.split())
    if len(plain) <= _NAME_AT_MOST:
        return plain
    return f"{plain[: _NAME_AT_MOST - _ENDING - 1]}…{plain[-_ENDING:]}"


def _read(raw: bytes) -> Model:
    """Its content says what a file is; a name says little. Raises: FileRefused."""
    if raw.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"<"):
        return exchange.model_from_dmn(raw=raw)
    if raw.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return exchange.model_from_workbook(raw=raw)
    raise FileRefused([Fault("", "no_known_file", "Neither a workbook nor a DMN model.")])


def _written(version: PolicyVersion, kind: str) -> bytes:
    """Raises: FileRefused, TableError (what is stored is no model any more)."""
    model = model_from_json(version.content)
    if kind == XLSX:
        return exchange.workbook_from_model(model=model)
    return exchange.dmn_from_model(model=model, name=str(version))


def _sentence(error: FileRefused | TableError) -> str:
    if isinstance(error, TableError):
        return _now("The stored policy cannot be read.")
    faults = [f"{fault.place}: {fault_words(fault)}" for fault in error.faults]
    told = " ".join(faults[:_FAULTS_IN_A_MESSAGE])
    more = error.count - _FAULTS_IN_A_MESSAGE
    rest = _now("And %(count)s more.") % {"count": more} if more > 0 else ""
    why = _now("It cannot be written to this file while it has faults.")
    return f"{why} {told} {rest}".strip()


def _page(version: PolicyVersion) -> str:
    return reverse("admin:risk_policyversion_change", args=[version.pk])
