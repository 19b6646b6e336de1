"""Shapes of research plots as numbers that a template writes as SVG; pure geometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from mastery.calibrating import Calibrated

SIDE, LEFT, TOP, RIGHT, BOTTOM = 300, 46, 14, 14, 40
WIDE = 640
LARGEST, SMALLEST = 9.0, 3.0
LEAST_REACH = 0.1
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


class Label(NamedTuple):
    """A text, where it stands and which end of it."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


class Line(NamedTuple):
    """A straight line; dashed for what is only there to compare with."""

    x1: float
    y1: float
    x2: float
    y2: float
    dashed: bool = False


class Dot(NamedTuple):
    """A dot with what it says when pointed at."""

    x: float
    y: float
    r: float
    title: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything that is drawn, in pixels.

    Attributes
    ----------
    title, about : str
        A name, and one sentence for those who cannot see it.
    lines : tuple of Line
    bands, curves : tuple of str
        Points of filled polygons and of polylines.
    dots : tuple of Dot
    labels : tuple of Label
    """

    title: str
    about: str
    width: float
    height: float
    lines: tuple[Line, ...] = ()
    bands: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = ()


class Moment(NamedTuple):
    """A belief with its interval, right after an event."""

    at: datetime
    p: float
    low: float
    high: float


def calibration_plot(bins: Sequence[Calibrated]) -> Plot:
    """Draw observed against predicted; on the dashed line they are the same.

    Examples
    --------
    >>> calibration_plot([]).dots
    ()
    """
    x, y = _scale(SIDE), _upward()
    most = max((one.answers for one in bins), default=1)
    dots = tuple(
        Dot(
            x(one.predicted),
            y(one.observed),
            round(SMALLEST + (LARGEST - SMALLEST) * (one.answers / most) ** 0.5, 1),
            f"predicted {one.predicted:.2f}, observed {one.observed:.2f}, {one.answers} answers",
        )
        for one in bins
    )
    bars = tuple(
        Line(
            x(one.predicted),
            y(_in_range(one.predicted + low)),
            x(one.predicted),
            y(_in_range(one.predicted + high)),
        )
        for one in bins
        if (low := one.gap.low) is not None and (high := one.gap.high) is not None
    )
    told = "; ".join(dot.title for dot in dots) or "nothing yet"
    return Plot(
        title="Predicted and observed",
        about=f"Share of good answers against the predicted chance, by tenths: {told}.",
        width=LEFT + SIDE + RIGHT,
        height=TOP + SIDE + BOTTOM,
        lines=(*_frame(SIDE), Line(x(0), y(0), x(1), y(1), dashed=True), *bars),
        dots=dots,
        labels=(
            *_upright_ticks(),
            *(Label(x(tick), TOP + SIDE + 16, f"{tick:g}") for tick in TICKS),
            Label(LEFT + SIDE / 2, TOP + SIDE + 34, "predicted"),
        ),
    )


def belief_plot(title: str, moments: Sequence[Moment]) -> Plot:
    """Draw one belief over time, its interval as a band; between events the last one stands.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> plot = belief_plot("Tides", [Moment(noon, 0.4, 0.2, 0.6)])
    >>> plot.labels[-1].text, len(plot.dots)
    ('2026-03-01', 1)
    """
    y = _upward()
    first, last = moments[0].at, moments[-1].at
    length = (last - first).total_seconds() or 1.0
    across = _scale(SIDE)
    places = [across((one.at - first).total_seconds() / length) for one in moments]
    stepped = list(zip(places, moments, strict=True))
    upper = _steps([(place, y(one.high)) for place, one in stepped])
    lower = _steps([(place, y(one.low)) for place, one in stepped])
    ends = (f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")
    return Plot(
        title=title,
        about=(
            f"Belief from {moments[0].p:.2f} on {ends[0]} to {moments[-1].p:.2f} on {ends[1]}, "
            f"{len(moments)} events."
        ),
        width=LEFT + SIDE + RIGHT,
        height=TOP + SIDE + BOTTOM,
        lines=_frame(SIDE),
        bands=(_points([*upper, *reversed(lower)]),),
        curves=(_points(_steps([(place, y(one.p)) for place, one in stepped])),),
        dots=tuple(
            Dot(
                place,
                y(one.p),
                SMALLEST,
                f"{one.at:%Y-%m-%d %H:%M}: {one.p:.2f} ({one.low:.2f} to {one.high:.2f})",
            )
            for place, one in stepped
        ),
        labels=(
            *_upright_ticks(),
            Label(LEFT, TOP + SIDE + 18, ends[0], "start"),
            Label(LEFT + SIDE, TOP + SIDE + 18, ends[1], "end"),
        ),
    )


def drift_plot(windows: Sequence[Calibrated]) -> Plot:
    """Draw the gap between observed and predicted over time, with its interval.

    Examples
    --------
    >>> drift_plot([]).dots
    ()
    """
    across = _scale(WIDE)
    ends_of = [(one.gap.low, one.gap.high, one.gap.value) for one in windows]
    reach = max([LEAST_REACH, *(abs(end) for ends in ends_of for end in ends if end is not None)])

    def y(gap: float) -> float:
        return round(TOP + SIDE / 2 - gap / reach * SIDE / 2, 1)

    def x(place: int) -> float:
        return across((place + 0.5) / len(windows))

    dots = tuple(
        Dot(x(place), y(gap), 4.0, f"from {one.group}: {gap:+.3f}, {one.answers} answers")
        for place, one in enumerate(windows)
        if (gap := one.gap.value) is not None
    )
    bars = tuple(
        Line(x(place), y(one.gap.low), x(place), y(one.gap.high))
        for place, one in enumerate(windows)
        if one.gap.low is not None and one.gap.high is not None
    )
    ends = [Label(x(0), TOP + SIDE + 18, windows[0].group)] if windows else []
    if len(windows) > 1:
        ends.append(Label(x(len(windows) - 1), TOP + SIDE + 18, windows[-1].group))
    return Plot(
        title="Observed less predicted, over time",
        about="; ".join(dot.title for dot in dots) or "nothing yet",
        width=LEFT + WIDE + RIGHT,
        height=TOP + SIDE + BOTTOM,
        lines=(*_frame(WIDE), Line(LEFT, y(0), LEFT + WIDE, y(0), dashed=True), *bars),
        dots=dots,
        labels=(
            *(
                Label(LEFT - 6, y(gap) + 4, f"{gap:+.2f}" if gap else "0", "end")
                for gap in (-reach, 0.0, reach)
            ),
            *ends,
        ),
    )


def _frame(width: float) -> tuple[Line, ...]:
    bottom = TOP + SIDE
    return (Line(LEFT, TOP, LEFT, bottom), Line(LEFT, bottom, LEFT + width, bottom))


def _scale(width: float) -> Callable[[float], float]:
    return lambda share: round(LEFT + share * width, 1)


def _upward() -> Callable[[float], float]:
    return lambda share: round(TOP + (1 - share) * SIDE, 1)


def _upright_ticks() -> tuple[Label, ...]:
    y = _upward()
    return tuple(Label(LEFT - 6, y(tick) + 4, f"{tick:g}", "end") for tick in TICKS)


def _steps(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    found = [points[0]]
    for x, y in points[1:]:
        found += [(x, found[-1][1]), (x, y)]
    return found


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _in_range(share: float) -> float:
    return min(1.0, max(0.0, share))
