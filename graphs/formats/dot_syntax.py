"""The DOT language: words into statements, as Graphviz reads them.

Own and small: the libraries that read DOT bring a grammar engine with them and take seconds for a graph of
two thousand concepts.

Source: Graphviz documentation, "DOT Language".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from graphs.errors import UnreadableGraph
from graphs.formats.rows import check_count

NAME = "DOT"
DEEPEST = 100
_TOKEN = re.compile(
    r"""(?P<gap>[ \t\r\n\f\v]+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<edge>->|--)
    |(?P<mark>[{}\[\];,=:+])
    |(?P<number>-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?))
    |(?P<word>[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*)
    |(?P<html><)""",
    re.VERBOSE | re.DOTALL,
)
_ANGLE = re.compile("[<>]")
_WORDS = {"graph", "digraph", "node", "edge", "subgraph", "strict"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a file; `kind` tells an id ("id") from a keyword or a mark, which is its own kind."""

    kind: str
    text: str
    line: int


@dataclass(slots=True)
class Statements:
    """What a file says: nodes in the order they appear, edges with the line each stands in."""

    is_directed: bool = True
    attributes: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    edges: list[tuple[int, str, str, dict[str, str]]] = field(default_factory=list)


def parse(text: str) -> Statements:
    """Read one graph in DOT.

    Raises
    ------
    UnreadableGraph
        It names the line.

    Examples
    --------
    >>> said = parse('digraph { node [shape=box] a -> {b "c d"} }')
    >>> list(said.nodes), [edge[1:3] for edge in said.edges]
    (['a', 'b', 'c d'], [('a', 'b'), ('a', 'c d')])
    """
    return _Parser(list(_tokens(text))).graph()


def _tokens(text: str) -> Iterator[Token]:
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise UnreadableGraph(NAME, f"line {line}: {text[at : at + 20]!r} is not DOT")
        kind, end = str(match.lastgroup), match.end()
        if kind == "html":
            end = _html_end(text, at, line)
        found = text[at:end]
        if kind == "mark" or kind == "edge":
            yield Token(found, found, line)
        elif kind == "quoted":
            yield Token("id", found[1:-1].replace("\\\n", ""), line)
        elif kind == "word" and found.lower() in _WORDS:
            yield Token(found.lower(), found, line)
        elif kind != "gap":
            yield Token("html" if kind == "html" else "id", found, line)
        line += found.count("\n")
        at = end


def _html_end(text: str, at: int, line: int) -> int:
    depth = 0
    for place in _ANGLE.finditer(text, at):
        depth += 1 if place[0] == "<" else -1
        if not depth:
            return place.end()
    raise UnreadableGraph(NAME, f"line {line}: a label that begins with “<” has no end")


class _Parser:
    """Recursive descent over the tokens; each method reads one rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._said = Statements()

    def graph(self) -> Statements:
        self._accept("strict")
        kind = self._accept("digraph") or self._accept("graph")
        if not kind:
            raise UnreadableGraph(NAME, "it does not begin with “digraph”")
        self._said.is_directed = kind.kind == "digraph"
        self._accept("id")
        self._expect("{")
        self._statements({}, {}, depth=0)
        return self._said

    def _statements(self, node: Mapping[str, str], edge: Mapping[str, str], *, depth: int) -> list[str]:
        """Read up to the closing brace; what is set for all nodes or edges holds to there."""
        if depth > DEEPEST:
            raise UnreadableGraph(NAME, f"its subgraphs are nested more than {DEEPEST} deep")
        defaults = {"node": dict(node), "edge": dict(edge), "graph": {}}
        members: list[str] = []
        while not self._accept("}"):
            if self._accept(";"):
                continue
            kind = self._peek()
            if kind in defaults:
                self._next()
                defaults[kind].update(self._attributes())
            elif kind == "id" and self._peek(1) == "=":
                name = self._next().text
                self._next()
                defaults["graph"][name] = self._value()
            else:
                members += self._chain(defaults["node"], defaults["edge"], depth=depth)
        if not depth:
            self._said.attributes = defaults["graph"]
        return members

    def _chain(self, node: Mapping[str, str], edge: Mapping[str, str], *, depth: int) -> list[str]:
        line = self._line()
        groups = [self._end(node, edge, depth=depth)]
        while self._accept("->") or self._accept("--"):
            groups.append(self._end(node, edge, depth=depth))
        attributes = self._attributes()
        if len(groups) == 1 and attributes:
            for name in groups[0]:
                self._said.nodes[name][1].update(attributes)
        for before, after in pairwise(groups):
            check_count(len(self._said.edges) + len(before) * len(after), name=NAME)
            self._said.edges += [
                (line, source, target, {**edge, **attributes}) for source in before for target in after
            ]
        return [name for group in groups for name in group]

    def _end(self, node: Mapping[str, str], edge: Mapping[str, str], *, depth: int) -> list[str]:
        """Read a node, or a subgraph with all nodes in it."""
        if self._accept("subgraph"):
            self._accept("id")
            self._expect("{")
            return self._statements(node, edge, depth=depth + 1)
        if self._accept("{"):
            return self._statements(node, edge, depth=depth + 1)
        line, name = self._line(), self._value()
        while self._accept(":"):
            self._value()  # a port: where on the box the arrow ends
        self._said.nodes.setdefault(name, (line, dict(node)))
        return [name]

    def _attributes(self) -> dict[str, str]:
        found = {}
        while self._accept("["):
            while not self._accept("]"):
                if self._accept(";") or self._accept(","):
                    continue
                name = self._value()
                found[name] = self._value() if self._accept("=") else "true"
        return found

    def _value(self) -> str:
        if self._peek() == "html":
            return self._next().text
        text = self._expect("id").text
        while self._accept("+"):
            text += self._expect("id").text
        return text

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].kind if at < len(self._tokens) else ""

    def _line(self) -> int:
        return self._tokens[min(self._at, len(self._tokens) - 1)].line

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _accept(self, kind: str) -> Token | None:
        return self._next() if self._peek() == kind else None

    def _expect(self, kind: str) -> Token:
        if self._peek() != kind:
            found = self._tokens[self._at].text if self._peek() else "the end"
            wanted = "a name" if kind == "id" else f"“{kind}”"
            raise UnreadableGraph(NAME, f"line {self._line()}: {wanted} was expected, not “{found[:20]}”")
        return self._next()
