"""From FEEL text to a tree. Refuses by name and place what this engine does not read.

Grammar (DMN 1.5, 10.3.1.2: S-FEEL, and of FEEL lists, contexts, `if`, `in`, `between`, calls):
    expression = operand { operator operand }, operators by level from loose to tight:
                 or | and | = != < <= > >= between in | + - | * / | **    (all group to the left)
    operand    = { "-" } primary { "." name }     (primary: see `primaries`)
    unary tests = "-" | "not" "(" tests ")" | tests, where a test is [< <= > >= = !=] expression
                 or an expression; `?` is the value under test
"""

from __future__ import annotations

from risk.dmn.lexer import Token
from risk.dmn.primaries import Primaries
from risk.dmn.scope import Entry, Scope
from risk.dmn.syntax import (
    Anything,
    Between,
    Chain,
    Compared,
    Comparison,
    Logic,
    Matching,
    Membership,
    Node,
    Test,
    Tests,
)

_OR, _AND, _COMPARE, _SUM, _PRODUCT, _POWER = range(1, 7)
_LEVELS = (
    {"or": _OR, "and": _AND, "between": _COMPARE, "in": _COMPARE}
    | dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), _COMPARE)
    | {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}
)
_TEST_SYMBOLS = ("<", "<=", ">", ">=", "=", "!=")
_INPUT = "?"


def parse_expression(text: str, *, scope: Scope) -> Node:
    """Raises: FeelSyntaxError."""
    parser = _Parser(text, scope)
    node = parser.expression()
    parser.expect_end()
    return node


def parse_tests(text: str, *, scope: Scope) -> Test:
    """A unary-tests cell; empty means "-". Raises: FeelSyntaxError."""
    if text.strip() in ("", "-"):
        return Anything()
    parser = _Parser(text, Scope([Entry(_INPUT, "value")], parent=scope))
    return parser.unary_tests()


def parse_values(text: str, *, scope: Scope) -> tuple[Node, ...]:
    """A list of expressions, as output values are written. Raises: FeelSyntaxError."""
    parser = _Parser(text, scope)
    values = [parser.expression()]
    while parser.skip(","):
        values.append(parser.expression())
    parser.expect_end()
    return tuple(values)


class _Parser(Primaries):
    def expression(self, minimum: int = _OR) -> Node:
        with self.deeper():
            node = self.operand()
            while (level := self._level()) >= minimum:
                node = self._joined(node, level)
            return node

    def _level(self) -> int:
        if self.token.text == "instance" and self.ahead(1).text == "of":
            raise self.fault("instance of is not supported")
        if self.token.kind not in ("word", "symbol"):
            return 0
        return _LEVELS.get(self.token.text, 0)

    def _joined(self, left: Node, level: int) -> Node:
        operator = self.take()
        symbol = operator.text
        if level == _COMPARE:
            return self._compared(left, operator)
        right = self.expression(level + 1)
        if level in (_OR, _AND):
            if isinstance(left, Logic) and left.symbol == symbol:
                return Logic(symbol, (*left.operands, right))
            return Logic(symbol, (left, right))
        # `(a - b) - c` is `a - b - c`: brackets on the left change nothing within a level.
        if isinstance(left, Chain) and _LEVELS[left.rest[0][0]] == level:
            return Chain(left.first, (*left.rest, (symbol, right)))
        return Chain(left, ((symbol, right),))

    def _compared(self, left: Node, operator: Token) -> Node:
        node: Node
        if operator.text == "between":
            low = self.expression(_SUM)
            self.expect("and")
            node = Between(left, low, self.expression(_SUM))
        elif operator.text == "in":
            node = Membership(left, self._tests_of_in())
        else:
            node = Comparison(operator.text, left, self.expression(_SUM))
        if self._level() == _COMPARE:
            raise self.fault("comparisons do not chain; join them with and")
        return node

    def _tests_of_in(self) -> Test:
        """`in (a, b)` lists tests; `in (1..5)` and `in x` are one."""
        if not self.at("("):
            return self.test()
        opening = self.take()
        with self.inside_brackets():
            if self.at(*_TEST_SYMBOLS):
                parts: list[Test] = [self.test()]
            else:
                first, mentions = self.counting_input()
                if self.skip(".."):
                    return Matching(self.interval(opening, first), mentions)
                parts = [Matching(first, mentions)]
            while self.skip(","):
                parts.append(self.test())
            self.expect(")")
            return Tests(tuple(parts))

    def unary_tests(self) -> Test:
        named = self.scope.match(self.text, self.tokens, self.index)
        is_name = named is not None and named[1] > 1
        if self.at("not") and self.ahead(1).text == "(" and not is_name:
            self.take()
            self.expect("(")
            inner = self.tests()
            self.expect(")")
            self.expect_end()
            return Tests((inner,), negated=True)
        tests = self.tests()
        self.expect_end()
        return tests

    def tests(self) -> Test:
        parts = [self.test()]
        while self.skip(","):
            parts.append(self.test())
        return parts[0] if len(parts) == 1 else Tests(tuple(parts))

    def test(self) -> Test:
        if self.at(*_TEST_SYMBOLS):
            symbol = self.take().text
            return Compared(symbol, self.expression(_SUM))
        first = self.token
        node, mentions = self.counting_input()
        says_truth = isinstance(node, Comparison | Between | Membership | Logic)
        if says_truth and not mentions:
            raise self.fault("a condition in a cell compares with ?, the value under test", first)
        return Matching(node, mentions)

    def counting_input(self) -> tuple[Node, bool]:
        """An expression, and whether it mentions `?`; after `in`, an `and` ends it."""
        start = self.index
        node = self.expression(_SUM if self.depth else _OR)
        used = self.tokens[start : self.index]
        return node, any(token.kind == "word" and token.text == _INPUT for token in used)
