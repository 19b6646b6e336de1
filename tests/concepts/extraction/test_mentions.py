"""Names in the text, and which of them are there only as examples."""

from __future__ import annotations

import pytest

from concepts.extraction.homes import mentions_between
from concepts.extraction.material import MaterialDocument, MaterialPassage
from concepts.extraction.mentions import MentionIndex, example_spans, name_table
from concepts.extraction.reading import Reading

INDEX = MentionIndex(name_table([["harbour"], ["tide"], ["storm"]]))


def rested_on(text: str) -> list[str]:
    """What a home with this text names, examples aside."""
    document = MaterialDocument("d", "", text, (MaterialPassage("p", 0, len(text)),))
    mentions = INDEX.in_reading(Reading(document, order=0))
    return [text[one.start : one.end] for one in mentions_between(mentions, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A harbour shelters ships from a storm.", ["harbour", "storm"]),
        ("A harbour shelters ships from weather (e.g. a storm) and from the tide.", ["harbour", "tide"]),
        ("A harbour is closed for reasons such as a storm; the tide opens it.", ["harbour", "tide"]),
        ("The most notable example is the storm. Then comes the tide.", ["tide"]),
        ("A tide is a good example of a slow wave, which a harbour damps.", ["harbour"]),
        ("An example of patience: wait for the tide.", ["tide"]),
        ("The harbour was built for example-setting storms.", ["harbour", "storms"]),
    ],
)
def test_what_stands_there_as_an_example_is_not_what_the_text_rests_on(text: str, named: list[str]) -> None:
    assert rested_on(text) == named


def test_a_sentence_that_nobody_wrote_holds_no_examples() -> None:
    text = "it is an example of " * 10_000
    assert example_spans(text, 0, len(text)) == []
