"""The words and sentences of a condition: a subset of CEL, read by hand into a small tree.

    expr    := or ('?' expr ':' expr)?
    or      := and ('||' and)*          and := not-chain ('&&' …)*
    compare := sum (('<' | '<=' | '>' | '>=' | '==' | '!=' | 'in') sum)?
    sum     := product (('+' | '-') product)*      product := unary ('*' unary)*
    unary   := ('!' | '-') unary | primary ('.' name | '.' name '(' … ')')*
    primary := number (12, 0.25 or 1/3) | 'text' | true | false | name | name '(' … ')' | '[' … ']' | '(' expr ')'

No loops, no assignment, no division, no strings built. A chain such as a < b < c is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rules.nodes import Binary, Call, Choice, Items, Macro, Method, Node, Number, Ref, String, Truth, Unary

MAX_LENGTH = 2_000
MAX_TOKENS = 400
MAX_NESTING = 40

MACROS = ("exists", "all", "filter", "map")


class ExpressionError(Exception):
    """Something wrong at `offset` of an expression's text."""

    def __init__(self, offset: int, says: str, remedy: str = "") -> None:
        super().__init__(says)
        self.offset, self.says, self.remedy = offset, says, remedy


_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)|(?P<number>[0-9]+(?:\.[0-9]+|/[0-9]+)?)(?![A-Za-z0-9_.])|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<string>'[^'\\\n]*'|\"[^\"\\\n]*\")|(?P<op>&&|\|\||<=|>=|==|!=|[-+*<>!?:.,()\[\]])",
    re.ASCII,
)
_HINTS = {
    "=": "Write == to compare.",
    "&": "Write && for 'and'.",
    "|": "Write || for 'or'.",
    "/": "Division is not part of the language: multiply the other side, or name the value as a parameter.",
    "%": "Write a share as a decimal, such as 0.25.",
    "{": "Conditions build no text and no maps.",
    "'": "Close the quote on the same line.",
    '"': "Close the quote on the same line.",
}


@dataclass(frozen=True)
class Token:
    """A word of an expression and where it begins."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """The words of an expression. Raises ExpressionError at the first that is not one."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(0, "The condition is longer than 2,000 characters.", "Split it into several clauses.")
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            bad = text[at]
            if bad.isdigit():
                raise ExpressionError(
                    at, "This is not a number of the language.", "Write plain digits, such as 20 or 0.25."
                )
            raise ExpressionError(
                at, f"The character {bad!r} is not part of the language.", _HINTS.get(bad, "Remove it.")
            )
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, match.group(), at))
            if len(found) > MAX_TOKENS:
                raise ExpressionError(at, "The condition has more than 400 words.", "Split it into several clauses.")
        at = match.end()
    found.append(Token("end", "", len(text)))
    return found


def parse(text: str) -> Node:
    """The tree of an expression. Raises ExpressionError with the offset of what is wrong."""
    parser = _Parser(tokens(text))
    tree = parser.expression()
    parser.expect("end", "")
    return tree


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.position = 0
        self.nesting = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.position]

    def take(self, *ops: str) -> Token | None:
        token = self.now
        word = token.kind == "op" or (token.kind == "name" and token.text == "in")
        if word and token.text in ops:
            self.position += 1
            return token
        return None

    def expect(self, kind: str, text: str) -> Token:
        token = self.now
        if token.kind != kind or (text and token.text != text):
            wanted = {"end": "the end of the condition", "name": "a name"}.get(kind, f"'{text}'")
            got = "the condition ends" if token.kind == "end" else f"'{token.text}' stands here"
            remedy = "Put the parts in parentheses and join them with && or ||." if kind == "end" else ""
            remedy = "Close the bracket." if text in (")", "]") else remedy
            raise ExpressionError(token.at, f"Expected {wanted}, but {got}.", remedy)
        self.position += 1
        return token

    def expression(self) -> Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise ExpressionError(self.now.at, "The condition is nested too deeply.", "Split it into several clauses.")
        condition = self.disjunction()
        if mark := self.take("?"):
            yes = self.expression()
            self.expect("op", ":")
            condition = Choice(mark.at, condition, yes, self.expression())
        self.nesting -= 1
        return condition

    def disjunction(self) -> Node:
        left = self.conjunction()
        while op := self.take("||"):
            left = Binary(op.at, "||", left, self.conjunction())
        return left

    def conjunction(self) -> Node:
        left = self.comparison()
        while op := self.take("&&"):
            left = Binary(op.at, "&&", left, self.comparison())
        return left

    def comparison(self) -> Node:
        left = self.sum()
        compares = ("<", "<=", ">", ">=", "==", "!=", "in")
        if op := self.take(*compares):
            left = Binary(op.at, op.text, left, self.sum())
            if again := self.take(*compares):
                raise ExpressionError(again.at, "Comparisons cannot be chained.", "Write a <= b && b <= c.")
        return left

    def sum(self) -> Node:
        left = self.product()
        while op := self.take("+", "-"):
            left = Binary(op.at, op.text, left, self.product())
        return left

    def product(self) -> Node:
        left = self.unary()
        while op := self.take("*"):
            left = Binary(op.at, "*", left, self.unary())
        return left

    def unary(self) -> Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise ExpressionError(self.now.at, "The condition is nested too deeply.", "Split it into several clauses.")
        op = self.take("!", "-")
        found = Unary(op.at, op.text, self.unary()) if op else self.postfix()
        self.nesting -= 1
        return found

    def postfix(self) -> Node:
        node = self.primary()
        while self.take("."):
            name = self.expect("name", "")
            if self.now.kind == "op" and self.now.text == "(":
                node = self.method(node, name)
            elif isinstance(node, Ref):
                node = Ref(node.at, (*node.path, name.text))
            else:
                raise ExpressionError(
                    name.at, f"'.{name.text}' cannot stand here.", "Only a name or an item has fields."
                )
        return node

    def method(self, target: Node, name: Token) -> Node:
        self.expect("op", "(")
        if name.text not in MACROS:
            return Method(name.at, target, name.text, self.rest(")"))
        variable = self.expect("name", "")
        self.expect("op", ",")
        body = self.expression()
        self.expect("op", ")")
        return Macro(name.at, target, name.text, variable.text, body)

    def primary(self) -> Node:
        token = self.now
        self.position += 1
        if token.kind == "number":
            return Number(token.at, token.text)
        if token.kind == "string":
            return String(token.at, token.text[1:-1])
        if token.kind == "name" and token.text in ("true", "false"):
            return Truth(token.at, token.text == "true")
        if token.kind == "name" and token.text != "in":
            if self.take("("):
                return Call(token.at, token.text, self.rest(")"))
            return Ref(token.at, (token.text,))
        if token.text == "(" and token.kind == "op":
            inner = self.expression()
            self.expect("op", ")")
            return inner
        if token.text == "[" and token.kind == "op":
            return Items(token.at, self.rest("]"))
        got = "the condition ends" if token.kind == "end" else f"'{token.text}' stands here"
        raise ExpressionError(token.at, f"Expected a value, but {got}.", "Complete the condition.")

    def rest(self, close: str) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.take(close):
            return ()
        while True:
            found.append(self.expression())
            if self.take(close):
                return tuple(found)
            self.expect("op", ",")
