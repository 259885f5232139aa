"""Small arithmetic over columns: read, checked, compiled to closures. Nothing is executed.

    max(PAY_0, 0)      BILL_AMT1 / LIMIT_BAL      clip(AGE, 18, 90)      col("due amount") * 100

Python's own parser reads the text, and only the few kinds of node below are let through. Numbers
are exact decimals taken from the text, never floats. A missing cell makes the result missing
(also in max, min and sum): an absent number is not zero. `first(a, 0)` says otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from risk.intake.facts import DividedByZero, Expression, Number, Numbers

LENGTH_AT_MOST = 500
DEPTH_AT_MOST = 40
ARITHMETIC = Context(prec=40, traps=[InvalidOperation, DivisionByZero, Overflow])

Value = Callable[[Numbers], Number]


class ExpressionRefused(Exception):
    """The message says what cannot be read and what can."""


def compile_expression(text: str) -> Expression:
    """Raises: ExpressionRefused."""
    if len(text) > LENGTH_AT_MOST:
        raise ExpressionRefused(f"longer than {LENGTH_AT_MOST} characters")
    text = text.replace("\n", " ").strip()
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionRefused(f"cannot be read: {text!r}") from error
    compiler = _Compiler(text)
    value = compiler.value(tree.body, 0)
    return Expression(tuple(compiler.columns), value)


class _Compiler:
    def __init__(self, text: str) -> None:
        self.text = text
        self.columns: dict[str, int] = {}

    def value(self, node: ast.expr, depth: int) -> Value:
        if depth > DEPTH_AT_MOST:
            raise ExpressionRefused(f"nested deeper than {DEPTH_AT_MOST}")
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                return self._number(node)
            case ast.Name(id=name):
                return self._column(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _lifted(ARITHMETIC.minus, self.value(operand, depth + 1))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand, depth + 1)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                pair = self.value(left, depth + 1), self.value(right, depth + 1)
                return _lifted(_OPERATORS[type(op)], *pair)
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
                return self._call(name, given, depth)
        raise ExpressionRefused(
            f"{ast.unparse(node)!r} is not allowed: use columns, numbers, + - * / and "
            f"{', '.join(sorted((*_FUNCTIONS, 'first', 'col')))}"
        )

    def _number(self, node: ast.Constant) -> Value:
        """From the written text: 0.1 is a tenth, which no float is."""
        written = (ast.get_source_segment(self.text, node) or "").replace("_", "")
        try:
            number = Decimal(written)
        except InvalidOperation as error:
            raise ExpressionRefused(f"{written!r} is not a plain number") from error
        return lambda _numbers: number

    def _column(self, name: str) -> Value:
        place = self.columns.setdefault(name, len(self.columns))
        return lambda numbers: numbers[place]

    def _call(self, name: str, given: list[ast.expr], depth: int) -> Value:
        if name == "col":
            match given:
                case [ast.Constant(value=str(column))]:
                    return self._column(column)
            raise ExpressionRefused('col takes one column name in quotes: col("due amount")')
        values = [self.value(argument, depth + 1) for argument in given]
        if name == "first":
            if not values:
                raise ExpressionRefused("first takes at least one argument")
            return lambda numbers: next(
                (found for value in values if (found := value(numbers)) is not None), None
            )
        if name not in _FUNCTIONS:
            raise ExpressionRefused(
                f"no function {name!r}; there are {', '.join(sorted((*_FUNCTIONS, 'first')))}"
            )
        function, least, most = _FUNCTIONS[name]
        if not least <= len(values) <= most:
            raise ExpressionRefused(f"{name} takes {least} to {most} arguments")
        return _lifted(function, *values)


def _lifted(function: Callable[..., Decimal], *values: Value) -> Value:
    """Missing in, missing out."""
    if len(values) == 2:
        left, right = values

        def of_two(numbers: Numbers) -> Number:
            a, b = left(numbers), right(numbers)
            return None if a is None or b is None else function(a, b)

        return of_two

    def of_many(numbers: Numbers) -> Number:
        given = [value(numbers) for value in values]
        return None if None in given else function(*given)

    return of_many


def _divided(a: Decimal, b: Decimal) -> Decimal:
    if not b:
        raise DividedByZero
    return ARITHMETIC.divide(a, b)


def _summed(*given: Decimal) -> Decimal:
    total = Decimal(0)
    for number in given:
        total = ARITHMETIC.add(total, number)
    return total


def _clipped(number: Decimal, least: Decimal, greatest: Decimal) -> Decimal:
    return min(max(number, least), greatest)


_OPERATORS: dict[type, Callable[..., Decimal]] = {
    ast.Add: ARITHMETIC.add,
    ast.Sub: ARITHMETIC.subtract,
    ast.Mult: ARITHMETIC.multiply,
    ast.Div: _divided,
}
_FUNCTIONS: dict[str, tuple[Callable[..., Decimal], int, int]] = {
    "max": (lambda *given: max(given), 1, 100),
    "min": (lambda *given: min(given), 1, 100),
    "sum": (_summed, 1, 100),
    "abs": (ARITHMETIC.abs, 1, 1),
    "clip": (_clipped, 3, 3),
}
