"""Extraction grows with the material and not with its square, and reads a made-up course soundly."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from concepts.extraction.embedded import EmbeddedExtractor
from concepts.extraction.generated_course import InstantJudge, generated_course
from concepts.extraction.judged import ModelExtractor
from concepts.extraction.material import Material, MaterialDocument, MaterialPassage
from tests.concepts.extraction.test_embedded import assert_sound
from vectorstore.hash_embedder import HashEmbedder

SMALL, LARGE = 40, 160


def lines_run(work: Callable[[], Any]) -> int:
    """Count the calls of Python functions that the work makes: a measure that no busy machine disturbs."""
    count = 0

    def tally(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tally)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def made(concepts: int) -> Material:
    return generated_course(concepts=concepts, passages=2 * concepts, words_per_passage=60)


def test_a_generated_course_is_read_soundly_by_both_engines() -> None:
    material = made(SMALL)
    assert_sound(EmbeddedExtractor(HashEmbedder()).extract(material), material)
    found = ModelExtractor(HashEmbedder(), InstantJudge()).extract(material)
    assert_sound(found, material)
    assert found.calls > 0


def test_the_same_seed_makes_the_same_course() -> None:
    assert made(SMALL) == made(SMALL)
    assert made(SMALL) != generated_course(concepts=SMALL, passages=80, words_per_passage=60, seed=21)


def test_four_times_the_material_takes_far_less_than_sixteen_times_the_work() -> None:
    for extractor in (
        EmbeddedExtractor(HashEmbedder()),
        ModelExtractor(HashEmbedder(), InstantJudge(), most_calls=10_000),
    ):
        small, large = made(SMALL), made(LARGE)
        extractor.extract(small)  # templates and tables are made once per process
        ratio = lines_run(lambda: extractor.extract(large)) / lines_run(lambda: extractor.extract(small))  # noqa: B023
        assert ratio < 8


def test_prompts_do_not_grow_with_the_material() -> None:
    lengths = []
    for size in (SMALL, LARGE):
        judge = InstantJudge()
        found = ModelExtractor(HashEmbedder(), judge, most_calls=10_000).extract(made(size))
        lengths.append(judge.longest)
        assert judge.calls == found.calls
    assert lengths[1] < 1.5 * lengths[0]


def test_the_benchmark_prints_time_memory_and_growth() -> None:
    out = StringIO()
    call_command("benchmark_extraction", "--passages", "60", "--concepts", "24", stdout=out)
    figures = dict(part.split("=") for part in out.getvalue().splitlines()[-1].split())
    assert list(figures) == ["seconds", "peak_mb", "growth", "calls", "longest_prompt", "concepts"]
    out = StringIO()
    arguments = ["--passages", "60", "--concepts", "24", "--engine", "ollama", "--json"]
    call_command("benchmark_extraction", *arguments, stdout=out)
    runs = json.loads(out.getvalue())
    assert [one["calls"] > 0 for one in runs] == [True, True, True]
    assert runs[-1]["passages"] == 60


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=6),
    st.integers(0, 60),
    st.integers(0, 30),
)
def test_a_span_lies_in_the_passage_that_holds_most_of_it(
    shape: list[tuple[int, int]], start: int, length: int
) -> None:
    text = "".join(chr(97 + number % 26) for number in range(120))
    passages, at = [], 0
    for number, (gap, size) in enumerate(shape):
        passages.append(MaterialPassage(str(number), at + gap, at + gap + size))
        at += gap + size
    found = MaterialDocument("d", "", text, tuple(passages)).span(start, start + length)
    shares = [min(start + length, one.end) - max(start, one.start) for one in passages]
    if not shares or max(shares) <= 0:
        assert found is None
    else:
        best = passages[shares.index(max(shares))]
        assert found is not None
        assert (found.passage_id, len(found.quote)) == (best.id, max(shares))
        assert text[best.start + found.start : best.start + found.end] == found.quote
