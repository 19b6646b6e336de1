from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.vectorstore.shelves import EMBEDDER, assert_whole, write
from vectorstore.errors import IndexDamaged, IndexMissing, IndexOfAnotherModel
from vectorstore.faiss_index import FaissIndex
from vectorstore.generations import Generations
from vectorstore.hash_embedder import HashEmbedder
from vectorstore.keyword_index import KeywordIndex

STEPS = [
    "write the vectors",
    "write the keywords",
    "write the manifest",
    "flush",
    "move into place",
    "replace an abandoned generation",
    "remove old generations",
]


class Interrupted(Exception):
    """Stands for the death of the process."""


def interrupted_at(directory: Path, step: str) -> Generations:
    def stop(reached: str) -> None:
        if reached == step:
            raise Interrupted

    return Generations(directory, before_step=stop)


def test_what_was_written_is_opened(tmp_path: Path) -> None:
    generations = Generations(tmp_path / "library")
    manifest = write(generations, 1)
    opened = generations.open(1, embedder=EMBEDDER)
    assert opened.manifest == manifest
    assert (manifest.model, manifest.dimension, manifest.count) == ("hash-16", 16, 20)
    assert_whole(opened, 1)


def test_an_empty_generation_can_be_opened(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    with generations.being_written():
        generations.write(
            1,
            model=EMBEDDER.name,
            vectors=FaissIndex.build([], np.zeros((0, 16), dtype=np.float32)),
            keywords=KeywordIndex.build([], []),
        )
    opened = generations.open(1, embedder=EMBEDDER)
    assert len(opened.vectors) == len(opened.keywords) == 0


def test_the_last_two_generations_are_kept(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    for number in range(1, 5):
        write(generations, number)
    assert generations.numbers() == [3, 4]


def test_a_generation_of_a_forgotten_future_is_removed(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    write(generations, 9)
    write(generations, 2)
    assert generations.numbers() == [2]


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_write_leaves_the_current_generation_whole(tmp_path: Path, step: str) -> None:
    generations = Generations(tmp_path)
    write(generations, 1)
    write(generations, 2)
    write(generations, 3, count=5)  # never announced by the database: generation 2 is current
    with pytest.raises(Interrupted):
        write(interrupted_at(tmp_path, step), 3)
    assert_whole(generations.open(2, embedder=EMBEDDER), 2)
    if 3 in generations.numbers():
        assert_whole(generations.open(3, embedder=EMBEDDER), 3)


@pytest.mark.parametrize("step", STEPS)
def test_the_next_write_repairs_what_an_interruption_left(tmp_path: Path, step: str) -> None:
    generations = Generations(tmp_path)
    write(generations, 2)
    write(generations, 3, count=5)
    with pytest.raises(Interrupted):
        write(interrupted_at(tmp_path, step), 3)
    write(generations, 3)
    opened = generations.open(3, embedder=EMBEDDER)
    assert opened.manifest.count == 20
    assert_whole(opened, 3)
    assert {entry.name for entry in tmp_path.iterdir()} == {"00000002", "00000003", "lock"}


def test_every_step_of_a_write_is_interrupted_above(tmp_path: Path) -> None:
    seen: list[str] = []
    write(Generations(tmp_path), 3)
    write(Generations(tmp_path, before_step=seen.append), 3)
    assert seen == STEPS


def test_a_generation_that_is_not_there_is_missing(tmp_path: Path) -> None:
    generations = Generations(tmp_path / "nowhere")
    assert generations.numbers() == []
    with pytest.raises(IndexMissing, match=r"manage\.py rebuild_index"):
        generations.open(1, embedder=EMBEDDER)
    with pytest.raises(IndexMissing):
        generations.fingerprint(1)


def files_of(generations: Generations) -> list[Path]:
    return sorted(path for path in generations.path(1).rglob("*") if path.is_file())


def test_any_changed_byte_in_any_file_is_noticed(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    write(generations, 1)
    for path in files_of(generations):
        good = path.read_bytes()
        path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(IndexDamaged, match=r"manage\.py rebuild_index"):
            generations.open(1, embedder=EMBEDDER)
        path.write_bytes(good)
    assert_whole(generations.open(1, embedder=EMBEDDER), 1)


def test_a_missing_or_cut_file_is_noticed(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    write(generations, 1)
    vectors = generations.path(1) / "vectors.faiss"
    good = vectors.read_bytes()
    vectors.write_bytes(good[: len(good) // 2])
    with pytest.raises(IndexDamaged, match="checksum"):
        generations.open(1, embedder=EMBEDDER)
    vectors.unlink()
    with pytest.raises(IndexDamaged, match="checksum"):
        generations.open(1, embedder=EMBEDDER)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"generation": 2}, "generation 2"),
        ({"count": 7}, "counts"),
        ({"format": 99}, "format 99"),
        ({"x": 1}, "read"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, change: dict[str, int], reason: str) -> None:
    generations = Generations(tmp_path)
    write(generations, 1)
    manifest = generations.path(1) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    with pytest.raises(IndexDamaged, match=reason):
        generations.open(1, embedder=EMBEDDER)


def test_vectors_of_another_model_are_refused(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    write(generations, 1)
    with pytest.raises(IndexOfAnotherModel, match=r"hash-16 .* hash-32 .*rebuild_index"):
        generations.open(1, embedder=HashEmbedder(32))


def test_the_fingerprint_changes_when_the_files_do(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    write(generations, 1)
    before = generations.fingerprint(1)
    assert generations.fingerprint(1) == before
    write(generations, 1)
    assert generations.fingerprint(1) != before


def test_an_opened_generation_outlives_its_files(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    write(generations, 1)
    opened = generations.open(1, embedder=EMBEDDER)
    for number in (2, 3):
        write(generations, number)
    assert generations.numbers() == [2, 3]
    assert_whole(opened, 1)


def test_readers_always_see_a_whole_generation_while_new_ones_are_written(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    write(generations, 1)
    current = [1]
    stop = threading.Event()
    failures: list[BaseException] = []
    seen: set[int] = set()

    def read() -> None:
        while not stop.is_set():
            number = current[0]
            try:
                assert_whole(generations.open(number, embedder=EMBEDDER), number)
                seen.add(number)
            except IndexMissing:
                # Only what is no longer current may be gone; a reader asks again then.
                if current[0] == number:
                    failures.append(AssertionError(f"generation {number} vanished"))
            except BaseException as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    while current[0] < 10 or (len(seen) < 3 and current[0] < 500):
        write(generations, current[0] + 1)
        current[0] += 1
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(seen) >= 3


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    order: list[str] = []

    def write_second() -> None:
        write(Generations(tmp_path), 1)
        order.append("second")

    with generations.being_written():
        second = threading.Thread(target=write_second)
        second.start()
        second.join(timeout=0.2)
        order.append("first")
    second.join()
    assert order == ["first", "second"]
