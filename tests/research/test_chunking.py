from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from research.chunking import PassageSpan, chunk, heading_paths
from research.parsing import parse
from research.parsing.building import DocumentBuilder
from research.parsing.structure import BlockKind, ParsedDocument
from research.parsing.transcript import Cue, from_cues
from tests.research.pdf_samples import pdf_of


def words_in(text: str) -> int:
    return len(text.split())


def cut(document: ParsedDocument, *, least: int = 30, most: int = 50) -> list[PassageSpan]:
    return chunk(document, count_tokens=words_in, min_tokens=least, max_tokens=most)


def texts(document: ParsedDocument, passages: list[PassageSpan]) -> list[str]:
    return [document.text[passage.start : passage.end] for passage in passages]


def markdown(source: str) -> ParsedDocument:
    return parse("markdown", source.encode())


SENTENCE = "A cairn marks a path over the bare hill.\n\n"  # nine words


def test_a_small_document_is_one_passage() -> None:
    document = markdown(f"# Cairns\n\n## One\n\n{SENTENCE}## Two\n\n{SENTENCE}")
    passages = cut(document)
    assert len(passages) == 1
    assert (passages[0].start, passages[0].end) == (0, len(document.text))
    assert passages[0].heading_path == ("Cairns",)


def test_passages_end_before_headings_and_know_their_path() -> None:
    document = markdown(f"# Cairns\n\n{SENTENCE * 4}## Uses\n\n{SENTENCE * 4}### Paths\n\n{SENTENCE * 4}")
    passages = cut(document)
    assert [passage.heading_path for passage in passages] == [
        ("Cairns",),
        ("Cairns", "Uses"),
        ("Cairns", "Uses", "Paths"),
    ]
    assert [text.split("\n")[0] for text in texts(document, passages)] == ["Cairns", "Uses", "Paths"]


def test_short_sections_share_a_passage_under_their_common_heading() -> None:
    source = "# Cairns\n\n" + "".join(f"## Part {n}\n\n{SENTENCE * 2}" for n in range(6))
    passages = cut(markdown(source), least=30, most=50)
    assert len(passages) == 3
    assert {passage.heading_path for passage in passages} == {("Cairns",)}


def test_a_heading_or_an_announcement_stays_with_what_follows() -> None:
    document = markdown(f"{SENTENCE * 5}# Next\n\nFor example:\n\n```\n" + "a b c d e f g\n" * 5 + "```\n")
    first, second = texts(document, cut(document, least=48, most=50))
    assert first.endswith("hill.")
    assert second.startswith("Next\n\nFor example:\n\na b c")


def test_code_and_tables_are_not_cut_unless_one_alone_is_too_long() -> None:
    code = "```\n" + "x = 1 2 3\n" * 8 + "```\n\n"
    document = markdown(SENTENCE * 3 + code + SENTENCE * 3 + code)
    passages = cut(document)
    for block in document.blocks:
        assert any(p.start <= block.start and block.end <= p.end for p in passages)


def test_a_listing_longer_than_a_passage_is_cut_between_lines() -> None:
    document = markdown("```\n" + "x = 1 2 3\n" * 40 + "```\n")
    for text in texts(document, cut(document)):
        assert set(text.split("\n")) == {"x = 1 2 3"}


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    document = markdown(" ".join(["A cairn marks a path over the bare hill."] * 20))
    passages = cut(document)
    assert len(passages) >= 4
    assert all(text.endswith("hill.") for text in texts(document, passages))


def test_one_endless_sentence_is_cut_between_words() -> None:
    document = markdown("stone " * 300)
    assert all(passage.token_count <= 50 for passage in cut(document))


def test_a_tiny_rest_joins_the_passage_before() -> None:
    document = markdown("# A\n\n" + SENTENCE * 3 + "# B\n\n" + SENTENCE * 3 + "# C\n\n" + "One two three.")
    passages = cut(document, least=25, most=50)
    assert passages[-1].token_count > 8


def test_page_numbers_survive() -> None:
    line = (11, "A cairn marks a path over the bare hill and stands.")
    passages = cut(parse("pdf", pdf_of([[line] * 5, [line] * 5, [line] * 5])))
    assert passages[0].page_start == 1
    assert passages[-1].page_end == 3
    assert all(p.page_start and p.page_end and p.page_start <= p.page_end for p in passages)


def test_seconds_survive_and_end_where_the_next_passage_begins() -> None:
    cues = [Cue(n * 10.0, n * 10.0 + 9, "A cairn marks a path over the bare hill.") for n in range(20)]
    passages = cut(from_cues(cues))
    assert passages[0].seconds_start == 0.0
    for before, after in pairwise(passages):
        assert before.seconds_end == after.seconds_start


def test_bounds_must_make_sense() -> None:
    with pytest.raises(ValueError, match="min_tokens"):
        cut(markdown("x"), least=60, most=50)


blocks = st.lists(
    st.tuples(
        st.sampled_from(list(BlockKind)),
        st.text(alphabet="ab. \n:AB|é", min_size=1, max_size=120),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=25,
)


@settings(deadline=None)
@given(blocks, st.integers(1, 12), st.integers(0, 20))
def test_passages_hold_every_word_exactly_once_within_bounds(
    parts: list[tuple[BlockKind, str, int]], least: int, more: int
) -> None:
    builder = DocumentBuilder(extractor="test")
    for kind, text, level in parts:
        builder.add(kind, text, level=level if kind == BlockKind.HEADING else 0)
    if not builder.blocks:
        return
    document = builder.build()
    passages = cut(document, least=least, most=least + more)
    at = 0
    for passage in passages:
        assert passage.start >= at
        assert not document.text[at : passage.start].strip()
        text = document.text[passage.start : passage.end]
        assert text == text.strip("\n ") or document.blocks
        assert passage.token_count == words_in(text) <= least + more
        at = passage.end
    assert not document.text[at:].strip()
    assert len(heading_paths(document)) == len(document.blocks)
