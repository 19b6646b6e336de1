"""Turn a concept map's grid into shapes and lines that a template can write as SVG; pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

COLUMN, ROW = 190, 130
BOX_WIDTH, BOX_HEIGHT = 168, 78
MARGIN = 24
CORNER = 14
BAR_INSET = 24
LETTERS_A_LINE = 17
LINES = 2


@dataclass(frozen=True, slots=True)
class Box:
    """One concept in pixels: its middle, its left upper corner, the lines of its name, its outline.

    Attributes
    ----------
    x, y : float
        The middle.
    left, top : float
    lines : tuple of (float, str)
        Baseline and text of each line of the name.
    outline : str
        Points of a polygon, or empty for a rectangle with `radius`.
    radius : int
    below : float
        Baseline of the line below the name.
    bar : tuple of float
        Left, top and width of the belief's bar.
    """

    x: float
    y: float
    left: float
    top: float
    lines: tuple[tuple[float, str], ...]
    outline: str
    radius: int
    below: float
    bar: tuple[float, float, float]


def box(*, x: float, y: float, name: str, state: str, p: float) -> Box:
    """Place one concept; each state has a shape of its own, so that colour is never needed.

    Locked is an octagon, due a hexagon, mastered a pill, learning a plain rectangle, ready a rounded one.

    Parameters
    ----------
    x, y : float
        Grid units.
    name, state : str
    p : float
        Belief, 0..1.

    Examples
    --------
    >>> placed = box(x=0, y=1, name="Neap tides", state="ready", p=0.5)
    >>> (placed.x, placed.y, placed.lines, placed.bar)
    (108.0, 193.0, ((186.0, 'Neap tides'),), (48.0, 220.0, 60.0))
    """
    middle_x, middle_y = across(x), down(y)
    left, top = middle_x - BOX_WIDTH / 2, middle_y - BOX_HEIGHT / 2
    return Box(
        x=middle_x,
        y=middle_y,
        left=left,
        top=top,
        lines=_lines(name, middle_y=middle_y),
        outline=_outline(state, left=left, top=top),
        radius={"mastered": BOX_HEIGHT // 2, "ready": CORNER}.get(state, 2),
        below=middle_y + 20,
        bar=(left + BAR_INSET, middle_y + 27, round(p * (BOX_WIDTH - 2 * BAR_INSET), 1)),
    )


def path(route: Sequence[tuple[float, float]]) -> str:
    """Return the `d` of an SVG path along a route, from the foot of the first box to the head of the last.

    Between layers it swings, through a layer it runs straight down, so that it never cuts a box.

    Parameters
    ----------
    route : sequence of (float, float)
        Grid units, downwards; at least two corners.

    Examples
    --------
    >>> path([(0, 0), (1, 1)])
    'M108.0 102.0 C108.0 128.0 298.0 128.0 298.0 154.0'
    """
    (x, y), *rest = route
    half = BOX_HEIGHT / 2
    here_x, here_y = across(x), down(y) + half
    parts = [f"M{here_x} {here_y}"]
    for number, (x, y) in enumerate(rest, start=1):
        to_x, to_y = across(x), down(y) - half
        between = (here_y + to_y) / 2
        parts.append(f"C{here_x} {between} {to_x} {between} {to_x} {to_y}")
        here_x, here_y = to_x, down(y) + half
        if number < len(rest):
            parts.append(f"L{here_x} {here_y}")
    return " ".join(parts)


def across(x: float) -> float:
    """Return pixels for grid units across."""
    return round(MARGIN + BOX_WIDTH / 2 + x * COLUMN, 1)


def down(y: float) -> float:
    """Return pixels for grid units downwards."""
    return round(MARGIN + BOX_HEIGHT / 2 + y * ROW, 1)


def size(*, width: float, height: float) -> tuple[int, int]:
    """Return the whole picture's pixels for a grid's greatest x and y."""
    return int(2 * MARGIN + BOX_WIDTH + width * COLUMN), int(2 * MARGIN + BOX_HEIGHT + height * ROW)


def _lines(name: str, *, middle_y: float) -> tuple[tuple[float, str], ...]:
    lines = wrap(name, LETTERS_A_LINE, max_lines=LINES, placeholder=" …", break_long_words=True)
    first = middle_y - 7 if len(lines) < LINES else middle_y - 16
    return tuple((first + 18 * number, line) for number, line in enumerate(lines))


def _outline(state: str, *, left: float, top: float) -> str:
    right, bottom, middle = left + BOX_WIDTH, top + BOX_HEIGHT, top + BOX_HEIGHT / 2
    if state == "due":
        return _points(
            (left, middle),
            (left + CORNER, top),
            (right - CORNER, top),
            (right, middle),
            (right - CORNER, bottom),
            (left + CORNER, bottom),
        )
    if state == "locked":
        return _points(
            (left, top + CORNER),
            (left + CORNER, top),
            (right - CORNER, top),
            (right, top + CORNER),
            (right, bottom - CORNER),
            (right - CORNER, bottom),
            (left + CORNER, bottom),
            (left, bottom - CORNER),
        )
    return ""


def _points(*corners: tuple[float, float]) -> str:
    return " ".join(f"{x},{y}" for x, y in corners)
