"""Numbered generations of an index on disk: complete or not there at all.

A generation is one directory with the vector index, the keyword index and a manifest. It is written
beside its place, flushed to the disk, and moved into place by one rename, so that a reader sees either
all of it or none, and the two indexes always belong together. Which generation counts is said by the
database, not by the disk: what a crash leaves behind is overwritten by the next build.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vectorstore.errors import IndexDamaged, IndexMissing, IndexOfAnotherModel
from vectorstore.faiss_index import FaissIndex
from vectorstore.keyword_index import KeywordIndex
from vectorstore.ports import Embedder

FORMAT = 2
KEPT = 2

_MANIFEST = "manifest.json"
_VECTORS = "vectors.faiss"
_KEYWORDS = "keywords"
_UNFINISHED = "unfinished-"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is made of.

    `checksum` is the SHA-256 of the names and contents of its files, `count` the number of vectors.
    """

    generation: int
    model: str
    dimension: int
    count: int
    checksum: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Generation:
    """An opened generation. It stays readable after newer ones have replaced it on the disk."""

    manifest: Manifest
    vectors: FaissIndex
    keywords: KeywordIndex


class Generations:
    """The generations of one library's index in one directory.

    Parameters
    ----------
    directory : Path
        Made when first written to.
    before_step : callable
        Called with the name of each step of a write before it is taken; tests interrupt there.
    """

    def __init__(self, directory: Path, *, before_step: Callable[[str], None] = lambda step: None) -> None:
        self._directory = directory
        self._before_step = before_step

    def path(self, number: int) -> Path:
        """Where a generation lies."""
        return self._directory / f"{number:08d}"

    def numbers(self) -> list[int]:
        """The complete generations on the disk, oldest first."""
        if not self._directory.is_dir():
            return []
        return sorted(int(entry.name) for entry in self._directory.iterdir() if entry.name.isdigit())

    def fingerprint(self, number: int) -> tuple[int, int]:
        """Return what changes when the files of a generation are replaced; cheap enough for every search.

        Raises
        ------
        IndexMissing
        """
        try:
            found = (self.path(number) / _MANIFEST).stat()
        except FileNotFoundError as exc:
            raise IndexMissing(self.path(number)) from exc
        return found.st_ino, found.st_mtime_ns

    def manifest(self, number: int) -> Manifest:
        """Return what a generation says of itself, its files unread: enough to tell that it is there.

        Raises
        ------
        IndexMissing, IndexDamaged
        """
        manifest = _read_manifest(self.path(number))
        if manifest.generation != number:
            reason = f"its manifest belongs to generation {manifest.generation}"
            raise IndexDamaged(self.path(number), reason=reason)
        return manifest

    @contextmanager
    def being_written(self) -> Iterator[None]:
        """Hold the right to write here; a second writer waits. A process that dies gives it back."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write(self, number: int, *, model: str, vectors: FaissIndex, keywords: KeywordIndex) -> Manifest:
        """Write a generation completely, replacing an abandoned one of the same number.

        The caller holds `being_written`. Older generations than the last two are removed.
        """
        self._remove_unfinished()
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._directory))
        self._before_step("write the vectors")
        vectors.save(unfinished / _VECTORS)
        self._before_step("write the keywords")
        keywords.save(unfinished / _KEYWORDS)
        self._before_step("write the manifest")
        manifest = Manifest(number, model, vectors.dimension, len(vectors), _checksum(unfinished))
        (unfinished / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
        self._before_step("flush")
        _flush(unfinished)
        self._before_step("move into place")
        self._move_into_place(unfinished, self.path(number))
        self._before_step("remove old generations")
        self._remove_all_but_last(number)
        return manifest

    def open(self, number: int, *, embedder: Embedder) -> Generation:
        """Open a generation after checking it whole.

        Raises
        ------
        IndexMissing, IndexDamaged, IndexOfAnotherModel
        """
        while True:
            before = self.fingerprint(number)
            try:
                opened = self._open(number, embedder=embedder)
            except (IndexDamaged, FileNotFoundError):
                # Removed or replaced while it was read: what was seen of it means nothing.
                if self.fingerprint(number) == before:
                    raise
            else:
                if self.fingerprint(number) == before:
                    return opened

    def _open(self, number: int, *, embedder: Embedder) -> Generation:
        path = self.path(number)
        manifest = self.manifest(number)
        expected = (embedder.name, embedder.dimension)
        if (manifest.model, manifest.dimension) != expected:
            raise IndexOfAnotherModel(
                path,
                found=f"{manifest.model} ({manifest.dimension})",
                expected=f"{expected[0]} ({expected[1]})",
            )
        if _checksum(path) != manifest.checksum:
            raise IndexDamaged(path, reason="its checksum does not fit its files")
        opened = Generation(manifest, FaissIndex.open(path / _VECTORS), KeywordIndex.open(path / _KEYWORDS))
        if (len(opened.vectors), opened.vectors.dimension) != (manifest.count, manifest.dimension):
            raise IndexDamaged(path, reason="it does not hold the vectors that its manifest counts")
        return opened

    def _move_into_place(self, unfinished: Path, place: Path) -> None:
        if place.exists():
            abandoned = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._directory))
            place.rename(abandoned / "abandoned")
            self._before_step("replace an abandoned generation")
        unfinished.rename(place)
        _sync(self._directory)

    def _remove_unfinished(self) -> None:
        for entry in self._directory.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(entry, ignore_errors=True)

    def _remove_all_but_last(self, number: int) -> None:
        for other in self.numbers():
            if not number - KEPT < other <= number:
                removed = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._directory))
                self.path(other).rename(removed / "removed")
        self._remove_unfinished()


def _read_manifest(path: Path) -> Manifest:
    try:
        raw: dict[str, Any] = json.loads((path / _MANIFEST).read_text())
        manifest = Manifest(**raw)
    except FileNotFoundError as exc:
        raise IndexMissing(path) from exc
    except (ValueError, TypeError) as exc:
        raise IndexDamaged(path, reason="its manifest cannot be read") from exc
    if manifest.format != FORMAT:
        raise IndexDamaged(path, reason=f"it has format {manifest.format}, this version reads {FORMAT}")
    return manifest


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file() and path.name != _MANIFEST)


def _checksum(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(directory):
        digest.update(f"{path.relative_to(directory).as_posix()}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _flush(directory: Path) -> None:
    """Force every file and directory under `directory` onto the disk."""
    for path in [*directory.rglob("*"), directory]:
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
