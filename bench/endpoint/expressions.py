"""Condition, filter, key and update expressions, and the same parts of PartiQL statements.

Source: DynamoDB developer guide, "Condition and filter expressions, operators, and functions", "Update expressions".
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.endpoint.values import TESTS, Operand, Path, Typed, added, at, compare, put_at, remove_at, size_of

Condition = Callable[[Typed], bool]
Change = Callable[[Typed, Typed], None]
"""Changes the second item, reading from the first, which is as it was before."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<word>[#:]?[A-Za-z_][\w-]*)|(?P<mark><=|>=|<>|!=|<<|>>|[=<>()\[\]{},.?+*:;-]))"""
)
_COMPARATORS = {"=", "<>", "!=", "<", "<=", ">", ">="}


class BadExpressionError(ValueError):
    """An expression cannot be read; the message says where."""


class Parser:
    """Reads one expression or statement, from left to right.

    Args:
        text: the expression.
        names: for `#name`.
        values: for `:value`.
        parameters: for `?`, in the order in which they appear.

    Attributes:
        equals: what the attributes are that a condition compares with `=`.
    """

    def __init__(
        self,
        text: str,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Typed] | None = None,
        parameters: Sequence[Typed] = (),
    ) -> None:
        self.text = text
        self._names, self._values = names or {}, values or {}
        self._parameters = iter(parameters)
        self._tokens = list(_tokens(text))
        self._place = 0
        self._path_of: dict[Operand, Path] = {}
        self.equals: dict[str, Typed] = {}

    def peek(self) -> str:
        """Return the next token, "" at the end."""
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self, *expected: str) -> str:
        """Return the next token and go on; it must be one of those expected, if any are named."""
        token = self.peek()
        if expected and token.upper() not in expected:
            raise BadExpressionError(f"{token or 'the end'} where {' or '.join(expected)} should be: {self.text}")
        self._place += 1
        return token

    def took(self, word: str) -> bool:
        """Go past the word if it comes next; return whether it did."""
        if self.peek().upper() != word:
            return False
        self._place += 1
        return True

    def condition(self) -> Condition:
        """Read a condition, as far as it goes."""
        either = [self._all()]
        while self.took("OR"):
            either.append(self._all())
        return lambda item: any(one(item) for one in either)

    def _all(self) -> Condition:
        both = [self._one()]
        while self.took("AND"):
            both.append(self._one())
        return lambda item: all(one(item) for one in both)

    def _one(self) -> Condition:
        if self.took("NOT"):
            inner = self._one()
            return lambda item: not inner(item)
        if self.took("("):
            inner = self.condition()
            self.take(")")
            return inner
        if (test := TESTS.get(self.peek().lower())) is not None:
            self.take()
            operands = self._arguments()
            return lambda item: test(*(operand(item) for operand in operands))
        return self._comparison(self.operand())

    def _comparison(self, left: Operand) -> Condition:
        operator = self.take().upper()
        if operator == "BETWEEN":
            low = self.operand()
            self.take("AND")
            high = self.operand()
            return lambda item: compare(">=", left(item), low(item)) and compare("<=", left(item), high(item))
        if operator == "IN":
            among = self._arguments()
            return lambda item: any(compare("=", left(item), one(item)) for one in among)
        if operator == "IS":
            is_negated = self.took("NOT")
            self.take("MISSING")
            return lambda item: (left(item) is None) is not is_negated
        if operator not in _COMPARATORS:
            raise BadExpressionError(f"{operator} is no comparison: {self.text}")
        right = self.operand()
        if operator == "=" and left in self._path_of and (value := right({})) is not None:
            self.equals[str(self._path_of[left][0])] = value
        return lambda item: compare("<>" if operator == "!=" else operator, left(item), right(item))

    def _arguments(self) -> list[Operand]:
        self.take("(", "[")
        operands = [self.operand()]
        while self.took(","):
            operands.append(self.operand())
        self.take(")", "]")
        return operands

    def operand(self) -> Operand:
        """Read a value, a path or a function of them, with what is added to or taken from it."""
        left = self._term()
        while self.peek() in {"+", "-"}:
            left = added(left, self.take(), self._term())
        return left

    def _term(self) -> Operand:
        token = self.peek()
        if token.lower() == "size":
            self.take()
            (inner,) = self._arguments()
            return lambda item: size_of(found) if (found := inner(item)) else None
        if token.lower() == "if_not_exists":
            self.take()
            first, second = self._arguments()
            return lambda item: first(item) or second(item)
        if (value := self.value()) is not None:
            return lambda _: value
        return self._at(self.path())

    def _at(self, path: Path) -> Operand:
        def found(item: Typed) -> Typed | None:
            return at(item, path)

        self._path_of[found] = path
        return found

    def value(self) -> Typed | None:
        """Return the value that comes next, None if a path does."""
        token = self.peek()
        if token == "?":
            self.take()
            return next(self._parameters)
        if token.startswith(":") and len(token) > 1:
            return dict(self._values[self.take()])
        if token.startswith("'"):
            return {"S": self.take()[1:-1].replace("''", "'")}
        if token[:1].isdigit() or (token.startswith("-") and len(token) > 1):
            return {"N": self.take()}
        if token.lower() in {"true", "false"}:
            return {"BOOL": self.take().lower() == "true"}
        return self._structure() if token in {"{", "["} else None

    def _structure(self) -> Typed:
        """Read a map or a list, as PartiQL writes it."""
        if self.take() == "[":
            return {"L": list(self._listed("]", self._needed_value))}
        return {"M": dict(self._listed("}", self._field))}

    def _listed(self, end: str, read: Callable[[], Any]) -> Iterator[Any]:
        while not self.took(end):
            yield read()
            self.took(",")

    def _field(self) -> tuple[str, Typed]:
        name = self.take().strip("'\"")
        self.take(":")
        return name, self._needed_value()

    def _needed_value(self) -> Typed:
        value = self.value()
        if value is None:
            raise BadExpressionError(f"{self.peek()} where a value should be: {self.text}")
        return value

    def path(self) -> Path:
        """Read a path such as `#plan.revision` or `"a"."b"[0]`."""
        steps: list[str | int] = [self._name()]
        while self.peek() in {".", "["}:
            if self.take() == ".":
                steps.append(self._name())
            else:
                steps.append(int(self.take()))
                self.take("]")
        return tuple(steps)

    def _name(self) -> str:
        token = self.take()
        return self._names[token] if token.startswith("#") else token.strip('"')

    def changes(self) -> list[Change]:
        """Read an update expression, as far as it goes."""
        made: list[Change] = []
        while self.peek().upper() in {"SET", "REMOVE", "ADD"}:
            clause = self.take().upper()
            made.append(self._change(clause))
            while self.took(","):
                made.append(self._change(clause))
        return made

    def _change(self, clause: str) -> Change:
        path = self.path()
        if clause == "REMOVE":
            return lambda _, item: remove_at(item, path)
        if clause == "SET":
            self.take("=")
        operand = self.operand()
        if clause == "ADD":
            operand = added(lambda item: at(item, path) or {"N": "0"}, "+", operand)

        def change(before: Typed, item: Typed) -> None:
            value = operand(before)
            if value is None:
                raise BadExpressionError(f"refers to an attribute that is not there: {self.text}")
            put_at(item, path, value)

        return change


def _tokens(text: str) -> Iterator[str]:
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise BadExpressionError(f"cannot be read from {text[place : place + 20]!r} on: {text}")
        place = found.end()
        yield found[0].strip()
