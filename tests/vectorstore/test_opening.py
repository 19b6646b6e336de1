from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vectorstore.shelves import EMBEDDER, assert_whole, write
from vectorstore.errors import IndexMissing, IndexOfAnotherModel
from vectorstore.generations import Generation, Generations
from vectorstore.hash_embedder import HashEmbedder
from vectorstore.opening import OpenGenerations


def current(opened: OpenGenerations, generations: Generations, number: int) -> Generation:
    found = opened.current(generations, number=lambda: number, embedder=EMBEDDER)
    assert found is not None
    return found


def test_where_no_generation_counts_there_is_none(tmp_path: Path) -> None:
    opened = OpenGenerations(limit=2)
    assert opened.current(Generations(tmp_path), number=lambda: 0, embedder=EMBEDDER) is None


def test_a_generation_is_opened_once(tmp_path: Path) -> None:
    opened, generations = OpenGenerations(limit=2), Generations(tmp_path)
    write(generations, 1)
    assert current(opened, generations, 1) is current(opened, generations, 1)


def test_a_newer_generation_takes_the_place_of_the_older(tmp_path: Path) -> None:
    opened, generations = OpenGenerations(limit=2), Generations(tmp_path)
    for number in (1, 2):
        write(generations, number)
        assert_whole(current(opened, generations, number), number)
    assert len(opened) == 1


def test_files_that_were_replaced_under_the_same_number_are_opened_again(tmp_path: Path) -> None:
    opened, generations = OpenGenerations(limit=2), Generations(tmp_path)
    write(generations, 1, count=3)
    assert len(current(opened, generations, 1).vectors) == 3
    write(generations, 1, count=4)
    assert len(current(opened, generations, 1).vectors) == 4


def test_only_the_last_used_stay_open(tmp_path: Path) -> None:
    opened = OpenGenerations(limit=2)
    shelves = [Generations(tmp_path / name) for name in "abc"]
    for generations in shelves:
        write(generations, 1)
        current(opened, generations, 1)
    assert len(opened) == 2


def test_another_model_does_not_get_what_was_opened_for_the_first(tmp_path: Path) -> None:
    opened, generations = OpenGenerations(limit=2), Generations(tmp_path)
    write(generations, 1)
    current(opened, generations, 1)
    with pytest.raises(IndexOfAnotherModel):
        opened.current(generations, number=lambda: 1, embedder=HashEmbedder(32))


def test_a_generation_that_was_replaced_while_it_was_opened_is_asked_for_again(tmp_path: Path) -> None:
    opened, generations = OpenGenerations(limit=2), Generations(tmp_path)
    write(generations, 5)
    answers: Iterator[int] = iter([2, 5])
    found = opened.current(generations, number=lambda: next(answers), embedder=EMBEDDER)
    assert found is not None
    assert_whole(found, 5)


def test_an_index_that_vanished_while_open_is_missing(tmp_path: Path) -> None:
    opened, generations = OpenGenerations(limit=2), Generations(tmp_path)
    write(generations, 1)
    current(opened, generations, 1)
    shutil.rmtree(tmp_path)
    with pytest.raises(IndexMissing):
        current(opened, generations, 1)


def test_a_forked_child_opens_its_own(tmp_path: Path) -> None:
    opened, generations = OpenGenerations(limit=2), Generations(tmp_path)
    write(generations, 1)
    current(opened, generations, 1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(len(opened)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"0"
    assert len(opened) == 1


def test_threads_search_while_new_generations_are_written(tmp_path: Path) -> None:
    opened, generations = OpenGenerations(limit=2), Generations(tmp_path)
    write(generations, 1)
    counts = [1]
    stop = threading.Event()
    failures: list[BaseException] = []
    seen: set[int] = set()

    def read() -> None:
        while not stop.is_set():
            try:
                found = opened.current(generations, number=lambda: counts[0], embedder=EMBEDDER)
                assert found is not None
                assert_whole(found, found.manifest.generation)
                seen.add(found.manifest.generation)
            except BaseException as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    while counts[0] < 10 or (len(seen) < 3 and counts[0] < 500 and not failures):
        write(generations, counts[0] + 1)
        counts[0] += 1
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(seen) >= 3
