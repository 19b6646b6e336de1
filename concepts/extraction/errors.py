"""What can go wrong while concepts are extracted or extraction is measured."""

from __future__ import annotations


class BenchmarkDataUnusable(ValueError):
    """A file of labelled graphs cannot be used."""

    def __init__(self, path: str, *, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path} cannot be used ({reason}). Give a folder with graphs/*.json or pairs/*.json."
        )
