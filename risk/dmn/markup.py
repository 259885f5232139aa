"""DMN XML as plain elements that know their line. No DTD, no entity, nothing fetched; bounded.

expat itself is safe here because every document type declaration is refused before an entity can
be declared; size, depth and the number of elements are bounded before anything is built on them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from risk.dmn.facts import Fault, ModelRefused, quoted
from risk.dmn.limits import BYTES_OF_XML, DEPTH_OF_XML, ELEMENTS

# DMN versions by the namespace of their models.
VERSIONS = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
_OTHER_VERSIONS = {
    "http://www.omg.org/spec/DMN/20130901": "1.0",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "1.6",
}
# Drawings and vendors' notes: the standard says that they carry no meaning.
_SKIPPED = ("extensionElements", "DMNDI")
_SEPARATOR = "}"
# The only elements whose text means something.
_WITH_TEXT = ("text", "typeRef")


@dataclass(slots=True)
class Element:
    """`tag` without its namespace; `foreign` that namespace when it is not the file's own.

    Attributes of another namespace are `namespace}name`; the model's readers ask for none.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    foreign: str = ""
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str) -> Iterator[Element]:
        return (child for child in self.children if child.tag == tag and not child.foreign)

    def first(self, tag: str) -> Element | None:
        return next(self.all(tag), None)

    @property
    def shown(self) -> str:
        """`decision "Eligibility"`, as messages name it."""
        name = self.attributes.get("name") or self.attributes.get("id")
        return f"{self.tag} {quoted(name)}" if name else self.tag


def read_markup(raw: bytes) -> Element:
    """The root element of a DMN model. Raises: ModelRefused."""
    root = read_elements(raw, namespaces=VERSIONS, with_text=_WITH_TEXT)
    if root is None or root.tag != "definitions" or root.foreign:
        raise _refused(1, _why_no_model(root))
    return root


def read_elements(
    raw: bytes, *, namespaces: Container[str], with_text: tuple[str, ...]
) -> Element | None:
    """The root element; its namespace is the file's own when it is one of `namespaces`.

    Only elements named in `with_text` keep their text, and they have no elements inside.
    Raises: ModelRefused.
    """
    if len(raw) > BYTES_OF_XML:
        raise _refused(0, f"the file has more than {BYTES_OF_XML // 1024 // 1024} MiB")
    reader = _Reader(namespaces, with_text)
    try:
        reader.parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise _refused(error.lineno, f"no well-formed XML: {expat.ErrorString(error.code)}") from (
            None
        )
    except (LookupError, ValueError):
        raise _refused(1, "the encoding it declares is not supported; use UTF-8") from None
    return reader.root


def _why_no_model(root: Element | None) -> str:
    if root is not None and root.tag.lower() == "definitions":
        version = _OTHER_VERSIONS.get(root.foreign)
        if version:
            return f"DMN {version} is not supported; DMN 1.2 to 1.5 are"
        return f"no DMN model: its namespace is {quoted(root.foreign)}"
    return f"no DMN model: the root element is {root.tag if root else 'missing'}"


class _Reader:
    def __init__(self, namespaces: Container[str], with_text: tuple[str, ...]) -> None:
        self._namespaces, self._with_text = namespaces, with_text
        self.parser = parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        self.root: Element | None = None
        self._open: list[Element] = []
        self._pieces: list[str] = []
        self._skipping = 0
        self._namespace = ""
        self._count = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        self._count += 1
        if self._count > ELEMENTS:
            raise _refused(line, f"the file has more than {ELEMENTS:,} elements")
        if len(self._open) + self._skipping >= DEPTH_OF_XML:
            raise _refused(line, f"elements nest more than {DEPTH_OF_XML} deep")
        namespace, _, tag = name.rpartition(_SEPARATOR)
        if self._skipping or (self._open and tag in _SKIPPED):
            self._skipping += 1
            return
        if self._open and self._open[-1].tag in self._with_text:
            raise _refused(line, f"{self._open[-1].tag} has no elements inside")
        if self.root is None:
            self._namespace = namespace if namespace in self._namespaces else ""
        is_own = bool(self._namespace) and namespace == self._namespace
        element = Element(tag, attributes, line, "" if is_own else namespace or "none")
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        element = self._open.pop()
        element.text, self._pieces = "".join(self._pieces), []

    def _characters(self, text: str) -> None:
        if self._open and not self._skipping and self._open[-1].tag in self._with_text:
            self._pieces.append(text)

    def _doctype(self, *declaration: object) -> None:
        raise _refused(
            self.parser.CurrentLineNumber, "document type and entity declarations are not allowed"
        )


def _refused(line: int, message: str) -> ModelRefused:
    return ModelRefused([Fault(place="the XML", line=line, message=message)])
