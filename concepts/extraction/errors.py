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


class NothingJudged(RuntimeError):
    """A model was asked, and not one of its answers could be used."""

    def __init__(self, engine: str, *, calls: int, dropped: dict[str, int]) -> None:
        self.engine, self.calls, self.dropped = engine, calls, dropped
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(dropped.items()))
        super().__init__(
            f"{engine} was asked {calls} questions and none of its answers could be used ({reasons}). "
            "Choose a larger model or a larger OLLAMA_NUM_CTX, or extract with the embedded engine."
        )
