"""A line on a terminal that says how far a simulation is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

WIDTH = 30

Item = TypeVar("Item")


class Output(Protocol):
    """Where the line goes: standard error of a command."""

    def isatty(self) -> bool:
        """Say whether somebody looks on."""

    def write(self, msg: str, *, ending: str) -> object:
        """Write some text."""


def shown(items: Iterable[Item], *, total: int, label: str, out: Output) -> Iterator[Item]:
    """Pass items on and draw a bar for them; nothing is drawn where nobody looks on."""
    looked_at = out.isatty()
    for done, item in enumerate(items, start=1):
        yield item
        if looked_at:
            bar = "#" * (WIDTH * done // max(1, total))
            out.write(f"\r{label} [{bar:<{WIDTH}}] {done}/{total}", ending="\n" if done == total else "")
