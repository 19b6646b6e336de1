"""An error as a room would raise it: a sentence for the user."""

from __future__ import annotations


class PageMissing(Exception):
    """A page that the job needs is not there."""

    def __init__(self) -> None:
        super().__init__("The third page of the atlas is missing.")
