from __future__ import annotations

from dataclasses import replace

import pytest

from research.spans import Span, span_of
from tutor.ports import DraftSentence, Section
from tutor.support import SentenceRefusal, Support, check_lesson
from vectorstore.hash_embedder import HashEmbedder

TEXT = (
    "Damping is the gradual loss of a vibration's energy. In 1660 Boyle pumped the air out of a vessel. "
    "Damping does not lower the frequency. A string rings for 9 seconds."
)
TEXTS = {"p": TEXT}
EMBEDDER = HashEmbedder()


def span(quote: str) -> Span:
    return span_of(quote, passage_id="p", text=TEXT)


def sentence(text: str, *quotes: str, connective: bool = False) -> DraftSentence:
    return DraftSentence(Section.EXPLANATION, text, tuple(map(span, quotes)), is_connective=connective)


LOSS = "Damping is the gradual loss of a vibration's energy."
LOWER = "Damping does not lower the frequency."
RINGS = "A string rings for 9 seconds."


@pytest.mark.parametrize(
    ("draft", "support"),
    [
        (sentence(LOSS, LOSS), Support.QUOTE),
        (sentence("Damping is a gradual loss of the vibration's energy.", LOSS), Support.ENTAILED),
        (sentence("Now let us look at an example of damping.", connective=True), Support.CONNECTIVE),
    ],
)
def test_a_supported_sentence_stays_and_says_how_it_was_checked(
    draft: DraftSentence, support: Support
) -> None:
    checked = check_lesson([draft], texts=TEXTS, names=["damping"], embedder=EMBEDDER)
    assert [row.support for row in checked.kept] == [support]
    assert not checked.dropped


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (sentence("Damping is nice."), SentenceRefusal.NO_CITATION),
        (
            replace(sentence(LOSS), spans=(replace(span(LOSS), passage_id="q"),)),
            SentenceRefusal.UNKNOWN_PASSAGE,
        ),
        (replace(sentence(LOSS), spans=(replace(span(LOSS), start=3),)), SentenceRefusal.QUOTE_NOT_FOUND),
        (sentence("A string rings for 90 seconds.", RINGS), SentenceRefusal.NUMBER_NOT_IN_CITATION),
        (
            sentence("The gradual loss of energy was found by Newton.", LOSS),
            SentenceRefusal.NAME_NOT_IN_CITATION,
        ),
        (sentence("Damping does lower the frequency.", LOWER), SentenceRefusal.NEGATION_NOT_IN_CITATION),
        (sentence("Damping does not raise the frequency.", LOWER), SentenceRefusal.OPPOSITE_OF_CITATION),
        (sentence("Purple elephants dream quietly.", LOSS), SentenceRefusal.NOT_SUPPORTED),
        (
            sentence("Now damping costs the piano money.", connective=True),
            SentenceRefusal.CONNECTIVE_SAYS_SOMETHING,
        ),
    ],
)
def test_an_unsupported_sentence_is_dropped_with_its_reason(
    draft: DraftSentence, code: SentenceRefusal
) -> None:
    checked = check_lesson([draft], texts=TEXTS, names=["damping"], embedder=EMBEDDER)
    assert [reason for _, reason in checked.dropped] == [code]
    assert not checked.kept


def test_a_name_before_a_definition_that_lacks_it_is_no_change() -> None:
    named = sentence(f"Loss: {LOSS}", LOSS)
    checked = check_lesson([named], texts=TEXTS, names=["loss"], embedder=EMBEDDER)
    assert [row.support for row in checked.kept] == [Support.QUOTE]


def test_part_of_a_sentence_is_no_quotation_where_the_rest_turns_it_round() -> None:
    text = "It is a mistake to think that damping lowers the frequency."
    cut = DraftSentence(
        Section.EXPLANATION,
        "Damping lowers the frequency.",
        (span_of(text, passage_id="m", text=text),),
    )
    checked = check_lesson([cut], texts={"m": text}, names=["damping"], embedder=EMBEDDER)
    assert [code for _, code in checked.dropped] == [SentenceRefusal.MISTAKE_TOLD_AS_FACT]


def test_coverage_counts_what_was_claimed_and_repeats_are_dropped() -> None:
    drafts = [sentence(LOSS, LOSS), sentence(LOSS, LOSS), sentence("Now look.", connective=True)]
    checked = check_lesson(drafts, texts=TEXTS, names=[], embedder=EMBEDDER)
    assert [reason for _, reason in checked.dropped] == [SentenceRefusal.REPEATED]
    assert checked.coverage == 0.5
