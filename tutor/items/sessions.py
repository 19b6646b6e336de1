"""Reads interactive sessions in a source (``>>>`` prompts and what followed); nothing is ever executed."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

PROMPT, MORE = ">>> ", "... "
MOST_OUTPUT_LINES = 4
LONGEST_OUTPUT = 200
# What another run, another machine or another version would print otherwise.
_VARIES = re.compile(
    r"\b(?:random|time|datetime|date|today|now|id|hash|getcwd|urlopen|input|open|sys|os|platform|locale|getpass"
    r"|__file__|tempfile|glob|shutil|subprocess|socket|threading|timeit|Timer|help|dir|copyright|credits|license"
    r"|psutil|weakref|gc|set|frozenset)\b"
)
_VARYING_OUTPUT = re.compile(
    r"0x[0-9a-f]{4,}|\.\.\.|^Traceback|<[a-z]+ .*>|\d{4}-\d\d-\d\d|^\s*File ", re.I | re.M
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a session, and what was printed after it.

    Attributes
    ----------
    start, end
        Where prompt and output stand in the text.
    prompt
        The statement with its prompts, as in the source.
    """

    start: int
    end: int
    prompt: str
    source: str
    output: str

    @property
    def can_be_asked(self) -> bool:
        """Whether it printed something short that every run prints."""
        shown = self.output.strip()
        return (
            bool(shown)
            and len(shown.splitlines()) <= MOST_OUTPUT_LINES
            and len(shown) <= LONGEST_OUTPUT
            and not _VARYING_OUTPUT.search(shown)
            and not _is_set(shown)
            and not _is_constant(self.source)
        )

    @property
    def only_shows(self) -> bool:
        """Whether it looks at something and changes nothing: later statements do not need it."""
        tree = _parsed(self.source)
        if tree is None or not all(isinstance(node, ast.Expr) for node in tree.body):
            return False
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        return all(isinstance(call, ast.Name) and call.id == "print" for call in calls)


def only_repeats(code: str, output: str) -> bool:
    """Say whether the last line of ``code`` shows a name as it was put in above, or types in what it shows.

    Picking one thing out of what stands above is a question; showing all of it is none.

    Examples
    --------
    >>> only_repeats(">>> t = 1, 2\\n>>> t", "(1, 2)"), only_repeats(">>> t = [1, 2]\\n>>> t", "[1, 2]")
    (False, True)
    """
    last = code.splitlines()[-1].removeprefix(PROMPT)
    bare = output.strip().strip("'\"")
    if re.fullmatch(r"(?:print\()?\w+\)?", last) and bare in code:
        return True
    return len(bare) > 1 and bare in last


def statements(text: str) -> list[Statement]:
    """Return the statements of every session in ``text``, in order.

    Examples
    --------
    >>> text = "Try it:\\n\\n>>> n = 2\\n>>> n + 1\\n3\\n\\nSo it is."
    >>> [(one.source, one.output) for one in statements(text)]
    [('n = 2', ''), ('n + 1', '3')]
    """
    return list(_read(text))


def needed(asked: Statement, earlier: list[Statement]) -> list[Statement]:
    """Return the statements before ``asked`` that touch a name that it depends on, in order."""
    wanted, kept = _needs(asked.source), []
    for one in reversed(earlier):
        touched = _bound(one.source) | _used(one.source)
        if touched & wanted - _BUILTINS and not one.only_shows:
            kept.append(one)
            wanted |= _needs(one.source)
    return kept[::-1]


def is_closed(code: str) -> bool:
    """Say whether prompts in ``code`` use only names that they bind or that every Python has.

    What they do must not depend on the clock, the machine or chance, nor on a module that is not
    Python's own.

    Examples
    --------
    >>> is_closed(">>> n = 2\\n>>> n + 1"), is_closed(">>> n + 1")
    (True, False)
    """
    known = set(_BUILTINS)
    for one in statements(code):
        if _parsed(one.source) is None or _VARIES.search(one.source) or not _imports_known(one.source):
            return False
        if _needs(one.source) - known:
            return False
        known |= _bound(one.source)
    return True


_BUILTINS = frozenset(dir(builtins)) - {"_"}


def _read(text: str) -> Iterator[Statement]:
    lines = [(found.start(), found.group()) for found in re.finditer(r"[^\n]+|(?<=\n)(?=\n)", text)]
    at = 0
    while at < len(lines):
        if not lines[at][1].startswith(PROMPT):
            at += 1
            continue
        first = at
        at += 1
        while at < len(lines) and (lines[at][1].startswith(MORE) or lines[at][1].rstrip() == "..."):
            at += 1
        prompts = [line for _, line in lines[first:at]]
        begin = at
        while at < len(lines) and lines[at][1] and not lines[at][1].startswith(">>>"):
            at += 1
        output = "\n".join(line for _, line in lines[begin:at])
        end = lines[at - 1][0] + len(lines[at - 1][1])
        source = "\n".join(line[len(PROMPT) :] for line in prompts).rstrip()
        yield Statement(lines[first][0], end, "\n".join(prompts), source, output)


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _is_constant(source: str) -> bool:
    """A value typed in is shown as it was typed, or the source speaks of what is not the case."""
    tree = _parsed(source)
    body = tree.body if tree else []
    return len(body) != 1 or (isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant))


def _imports_known(source: str) -> bool:
    tree = _parsed(source)
    modules: list[str] = []
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
    return all(name.split(".")[0] in sys.stdlib_module_names for name in modules)


def _needs(source: str) -> set[str]:
    return _read_names(source) - _own(source)


def _is_set(shown: str) -> bool:
    """A set is printed in any order."""
    tree = _parsed(shown)
    return tree is not None and any(isinstance(node, ast.Set) for node in ast.walk(tree))


def _bound(source: str) -> set[str]:
    tree = _parsed(source)
    found: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def _own(source: str) -> set[str]:
    """The names that a statement brings along itself; what it assigns to may be read before ("n = n + 1")."""
    tree = _parsed(source)
    found: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            found |= _bound(ast.unparse(node))
        elif isinstance(node, ast.For | ast.comprehension):
            found |= _used(ast.unparse(node.target))
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.withitem) and node.optional_vars:
            found |= _used(ast.unparse(node.optional_vars))
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def _read_names(source: str) -> set[str]:
    """The names whose value a statement depends on."""
    tree = _parsed(source)
    found: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.AugAssign):
            found |= _used(ast.unparse(node.target))
    return found


def _used(source: str) -> set[str]:
    tree = _parsed(source)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} if tree else set()
