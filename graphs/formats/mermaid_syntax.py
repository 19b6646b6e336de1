"""The part of Mermaid's flowchart language that says which boxes and arrows there are.

Source: Mermaid documentation, "Flowcharts Syntax".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from graphs.errors import UnreadableGraph
from graphs.formats.rows import check_count

NAME = "Mermaid"
LONGEST_LABEL = 20_000
"""In characters; a box that does not close must not be looked for to the end of the file, box after box."""

_FENCE = re.compile(r"^[ \t]*(```|~~~)[ \t]*mermaid[^\n]*\n(?P<chart>.*?)^[ \t]*\1", re.DOTALL | re.MULTILINE)
_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n.*?\n---[ \t]*(?=\n)", re.DOTALL)
_HEADER = re.compile(r"(?:flowchart(?:-\w+)?|graph)(?:[ \t]+(?:TB|TD|BT|RL|LR|<|>|\^|v))?[ \t]*(?=[;\n%]|$)")
_GAP = re.compile(r"[\s;]+")
_SPACE = re.compile(r"[ \t]+")
_COMMENT = re.compile(r"%%[^\n]*")
_SUBGRAPH = re.compile(r"subgraph[ \t]+(?:\"(?P<title>[^\"\n]*)\"|(?P<id>[^\s\[;]+))?[^\n]*")
_COMMAND = re.compile(
    r"(?:style|linkStyle|classDef|class|click|direction|accTitle|accDescr)\b(?=[ \t:{])[^\n]*"
    r"|end\b(?=[ \t]*(?:[;\n]|$))"
)
_ID = re.compile(r"(?:(?!--|==|-\.|~~~|:::)[^\s\[\](){}<>|&;\"@~])+")
_CLASS = re.compile(r":::([\w-]+)")
_DETAILS = re.compile(r"@\{(?P<body>[^}]*)\}")
_DETAIL_LABEL = re.compile(r"\blabel\s*:\s*\"(?P<label>[^\"]*)\"")
_PLAIN_LINK = re.compile(r"(?P<start>[<xo]?)(?P<line>--+|==+|-\.+-)(?P<end>[>xo]?)")
_WORDED_LINK = re.compile(
    r"(?P<start>[<xo]?)(?P<line>--|==|-\.)[ \t]{0,20}(?P<words>\"[^\"\n]{0,500}\"|[^\n|]{0,500}?)[ \t]{0,20}"
    r"(?:--+|==+|\.+-)(?P<end>[>xo]?)"
)
_WORDS = re.compile(r"[ \t]*\|(?P<words>\"[^\"]*\"|[^|\n]*)\|")
_HIDDEN_LINK = re.compile(r"~~~+")
_BOXES = {
    "(((": ")))", "((": "))", "([": "])", "(": ")", "[[": "]]", "[(": ")]", "[/": "/]", "[\\": "\\]",
    "[": "]", "{{": "}}", "{": "}", ">": "]",
}  # fmt: skip
_SLANTED = {"[/": "\\]", "[\\": "/]"}


@dataclass(slots=True)
class Node:
    """One box: what stands in it, None where it was only named."""

    line: int
    label: str | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One line between two boxes, and at which of its ends it has an arrow head."""

    line: int
    source: str
    target: str
    head_at_start: bool
    head_at_end: bool
    is_dotted: bool = False
    label: str = ""


@dataclass(slots=True)
class Flowchart:
    """What a chart says, in the order it says it."""

    nodes: dict[str, Node] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    subgraphs: set[str] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)


def parse(text: str) -> Flowchart:
    """Read one flowchart; colours, classes, clicks and directions are passed over.

    Raises
    ------
    UnreadableGraph
        It names the line.

    Examples
    --------
    >>> chart = parse("graph LR; A[Count]-->B; B -. maybe .-> C")
    >>> [(link.source, link.target, link.label) for link in chart.links]
    [('A', 'B', ''), ('B', 'C', 'maybe')]
    """
    fenced = _FENCE.search(text)
    start, end = fenced.span("chart") if fenced else (0, len(text))
    return _Scanner(text.removeprefix("\ufeff") if not fenced else text, start, end).chart()


class _Scanner:
    """Goes through a text once; each method reads one thing at the place it stands."""

    def __init__(self, text: str, at: int, end: int) -> None:
        self._text = text[:end]
        self._at = at
        self._line = text.count("\n", 0, at) + 1
        self._chart = Flowchart()

    def chart(self) -> Flowchart:
        self._take(_FRONT_MATTER)
        self._skip_comments()
        if not self._take(_HEADER):
            raise UnreadableGraph(NAME, f"line {self._line}: it does not begin with “flowchart” or “graph”")
        while True:
            self._skip_comments()
            if self._at >= len(self._text):
                return self._chart
            group = self._take(_SUBGRAPH)
            if group:
                self._chart.subgraphs.add((group["title"] or group["id"] or "").strip())
            elif not self._take(_COMMAND):
                self._chain()

    def _skip_comments(self) -> None:
        while True:
            gap, comment = self._take(_GAP), self._take(_COMMENT)
            if comment:
                self._chart.comments.append(comment[0])
            elif not gap:
                return

    def _chain(self) -> None:
        groups = [self._group()]
        links: list[tuple[int, re.Match[str] | None, str]] = []
        while True:
            self._take(_SPACE)
            line = self._line
            if self._take(_HIDDEN_LINK):
                links.append((line, None, ""))
            elif link := self._link():
                links.append((line, *link))
            else:
                break
            self._take(_GAP)
            groups.append(self._group())
        for (before, after), (line, match, words) in zip(pairwise(groups), links, strict=True):
            if match:
                check_count(len(self._chart.links) + len(before) * len(after), name=NAME)
                self._chart.links += [
                    Link(
                        line, source, target, match["start"] == "<", match["end"] == ">",
                        match["line"].startswith("-."), words,
                    )
                    for source in before
                    for target in after
                ]  # fmt: skip
        rest = self._text[self._at : self._at + 1]
        if rest not in {"", "\n", ";", "\r"} and not self._text.startswith("%%", self._at):
            raise self._not_understood()

    def _link(self) -> tuple[re.Match[str], str] | None:
        plain = _PLAIN_LINK.match(self._text, self._at)
        if plain and (plain["end"] or len(plain["line"]) > 2):
            self._move(plain)
            words = self._take(_WORDS)
            return plain, _unquoted(words["words"]) if words else ""
        worded = self._take(_WORDED_LINK)
        return (worded, _unquoted(worded["words"])) if worded else None

    def _group(self) -> list[str]:
        """Read one box, or several joined by “&”."""
        found = [self._node()]
        while True:
            place = self._at, self._line
            self._take(_SPACE)
            if not self._text.startswith("&", self._at):
                self._at, self._line = place
                return found
            self._at += 1
            self._take(_GAP)
            found.append(self._node())

    def _node(self) -> str:
        line = self._line
        name = self._take(_ID)
        if not name:
            raise self._not_understood()
        node = self._chart.nodes.setdefault(name[0], Node(line))
        label = self._box()
        if label is not None:
            node.label = label
        while given := self._take(_CLASS):
            node.classes = (*node.classes, given[1])
        return name[0]

    def _box(self) -> str | None:
        details = self._take(_DETAILS)
        if details:
            found = _DETAIL_LABEL.search(details["body"])
            return found["label"] if found else None
        opened = next((mark for mark in _BOXES if self._text.startswith(mark, self._at)), None)
        if opened is None:
            return None
        closers = [_BOXES[opened], _SLANTED.get(opened, _BOXES[opened])]
        start = self._at + len(opened)
        if self._text.startswith('"', start):
            # A closing mark inside quotes closes nothing.
            start = self._text.find('"', start + 1, start + LONGEST_LABEL)
            start = len(self._text) if start < 0 else start
        reach = start + LONGEST_LABEL
        ends = [
            (place, closer) for closer in closers if (place := self._text.find(closer, start, reach)) >= 0
        ]
        if not ends:
            raise UnreadableGraph(NAME, f"line {self._line}: a box that opens with “{opened}” does not close")
        end, closer = min(ends)
        label = self._text[self._at + len(opened) : end]
        self._line += label.count("\n")
        self._at = end + len(closer)
        return _unquoted(label)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        if match and match.end() > self._at:
            self._move(match)
            return match
        return None

    def _move(self, match: re.Match[str]) -> None:
        self._line += match[0].count("\n")
        self._at = match.end()

    def _not_understood(self) -> UnreadableGraph:
        there = self._text[self._at : self._at + 20].partition("\n")[0]
        return UnreadableGraph(NAME, f"line {self._line}: “{there}” is not understood in a flowchart")


def _unquoted(label: str) -> str:
    text = label.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "`" else text
