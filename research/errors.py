"""What can go wrong between a source and its passages; each message names the thing and the remedy."""

from __future__ import annotations


class ResearchError(Exception):
    """The base of this room's errors."""


class QuoteNotFound(ResearchError):
    """Words are said to be in a passage and are not."""

    def __init__(self, *, quote: str, passage_id: str) -> None:
        self.quote = quote
        self.passage_id = passage_id
        super().__init__(
            f"The quote “{quote[:80]}” is not at its place in passage {passage_id}. "
            "Quote the passage word for word."
        )
