from __future__ import annotations

from dataclasses import replace

from research.parsing.structure import Block, BlockKind
from research.spans import span_of, verify
from tutor.embedded.candidates import gather
from tutor.embedded.lessons import EmbeddedLessonWriter, _Choice
from tutor.ports import (
    ANGLES,
    ANOTHER_WAY,
    LessonPassage,
    LessonTask,
    Level,
    PrerequisiteNote,
    Section,
)
from tutor.support import Support, check_lesson
from vectorstore.hash_embedder import HashEmbedder

TEXT = """Damping

Damping is the gradual loss of a vibration's energy to its surroundings.
Damping makes the amplitude of a vibration shrink from one cycle to the next.

Damping matters because an instrument without damping would blur every note into the next.

For example, a damped piano string falls silent when its felt comes down. The felt takes the energy out.

A common mistake is to think that damping lowers the frequency of the note.
The note gets weaker, but it stays the same note.

amplitude = start * 0.5 ** seconds

What would happen without damping? This is shown in the next chapter.
"""
OTHER = (
    "Vibration is a motion that repeats itself about a resting place. Damping of a bell takes a long while."
)


def passage() -> LessonPassage:
    blocks, at = [], 0
    for part in TEXT.strip().split("\n\n"):
        start = TEXT.index(part, at)
        at = start + len(part)
        kind = BlockKind.HEADING if part == "Damping" else BlockKind.PARAGRAPH
        blocks.append(Block(BlockKind.CODE if "=" in part else kind, start, at))
    return LessonPassage("home", TEXT, "Damping", ("Damping",), tuple(blocks), is_home=True)


PASSAGES = (passage(), LessonPassage("other", OTHER))
TEXTS = {one.id: one.text for one in PASSAGES}
TASK = LessonTask(
    "damping",
    PASSAGES,
    definition=span_of(
        "Damping is the gradual loss of a vibration's energy to its surroundings.",
        passage_id="home",
        text=TEXT,
    ),
    prerequisites=(
        PrerequisiteNote(
            "vibration",
            is_mastered=True,
            definition=span_of(OTHER.split(". ")[0] + ".", passage_id="other", text=OTHER),
        ),
    ),
    other_concepts=("vibration", "amplitude"),
)
EMBEDDER = HashEmbedder()
WRITER = EmbeddedLessonWriter(EMBEDDER)


def said(task: LessonTask) -> list[str]:
    return [one.text for one in WRITER.write(task).sentences if not one.is_connective]


def test_every_sentence_is_a_quotation_or_says_nothing_and_passes_the_floor() -> None:
    draft = WRITER.write(TASK)
    for sentence in draft.sentences:
        assert sentence.is_connective != bool(sentence.spans)
        for span in sentence.spans:
            verify(span, TEXTS[span.passage_id])
    checked = check_lesson(draft.sentences, texts=TEXTS, names=["damping", "vibration"], embedder=EMBEDDER)
    assert not checked.dropped
    assert checked.coverage == 1.0
    assert {row.support for row in checked.kept} == {Support.QUOTE}


def test_each_section_gets_what_is_meant_for_it() -> None:
    by_section: dict[Section, list[str]] = {}
    for one in WRITER.write(TASK).sentences:
        if not one.is_connective:
            by_section.setdefault(one.section, []).append(one.text)
    assert by_section[Section.RECAP] == ["Vibration is a motion that repeats itself about a resting place."]
    assert by_section[Section.EXPLANATION][0].startswith("Damping is the gradual loss")
    assert by_section[Section.WHY][0].startswith("Damping matters because")
    assert by_section[Section.EXAMPLE][:2] == [
        "For example, a damped piano string falls silent when its felt comes down.",
        "The felt takes the energy out.",
    ]
    assert by_section[Section.PITFALL][0].startswith("A common mistake")


def test_questions_and_pointers_elsewhere_never_enter_a_lesson() -> None:
    assert not [text for text in said(TASK) if "next chapter" in text or text.endswith("?")]


def test_a_code_block_stands_as_it_is() -> None:
    code = "def half(x):\n    return x / 2"
    prose = "Damping halves the swing each second, for example like this one here."
    text = f"{prose}\n\n{code}"
    blocks = (
        Block(BlockKind.PARAGRAPH, 0, len(prose)),
        Block(BlockKind.CODE, len(prose) + 2, len(text)),
    )
    home = LessonPassage("c", text, blocks=blocks, is_home=True)
    sentences = WRITER.write(LessonTask("damping", (home,))).sentences
    assert [one.text for one in sentences if one.is_code] == [code]


def test_a_second_lesson_takes_other_sentences_from_another_angle_and_says_so() -> None:
    first = WRITER.write(TASK)
    seen = tuple(one.text for one in first.sentences if one.section == Section.EXPLANATION)
    second = WRITER.write(
        replace(TASK, seen=seen, may_repeat=1, number=2, angle=ANGLES[1], last_angle=ANGLES[0])
    )
    assert not first.angle_note
    assert "starts from an example, and every sentence but the definition is new" in second.angle_note
    assert set(seen) & {one.text for one in second.sentences} == {seen[0]}, "only what the thing is"
    sections = [one.section for one in second.sentences]
    assert sections.index(Section.EXAMPLE) < sections.index(Section.EXPLANATION)
    lead = next(one for one in second.sentences if one.section == Section.EXAMPLE)
    assert lead.is_connective
    checked = check_lesson(second.sentences, texts=TEXTS, names=["damping"], embedder=EMBEDDER)
    assert Support.CONNECTIVE in {row.support for row in checked.kept}


def test_a_lesson_never_says_that_it_starts_from_what_it_has_not() -> None:
    example = [one.text for one in WRITER.write(TASK).sentences if one.section == Section.EXAMPLE]
    second = WRITER.write(replace(TASK, seen=tuple(example), number=2, angle=ANGLES[1]))
    assert Section.EXAMPLE not in {one.section for one in second.sentences}
    assert "starts from the reasons" in second.angle_note


def test_what_may_not_be_repeated_is_not_and_an_angle_is_never_that_of_the_last_lesson() -> None:
    seen = tuple(said(TASK))
    task = replace(TASK, seen=seen, number=2, angle=ANGLES[1], last_angle=ANGLES[0], must_differ=True)
    second = WRITER.write(task)
    assert not {one.text for one in second.sentences} & set(seen)
    assert second.angle not in (ANGLES[0], "")
    examples = replace(TASK, seen=seen[:2], number=3, angle=ANGLES[1], last_angle=ANGLES[1])
    assert WRITER.write(examples).angle == ANGLES[2]


def test_a_lesson_that_has_only_further_statements_says_that_it_looks_at_it_another_way() -> None:
    statements = [one.text for one in WRITER.write(TASK).sentences if one.section != Section.EXPLANATION]
    task = replace(TASK, seen=tuple(statements), may_repeat=1, number=2, angle=ANGLES[1])
    second = WRITER.write(task)
    assert second.angle == ANOTHER_WAY
    assert "what else the sources say" in second.angle_note
    assert second.sentences[0].is_connective
    assert check_lesson(second.sentences, texts=TEXTS, names=["damping"], embedder=EMBEDDER).dropped == ()


def test_a_beginner_meets_the_example_before_the_abstraction() -> None:
    beginner = WRITER.write(replace(TASK, level=Level.LOW))
    sections = [one.section for one in beginner.sentences]
    assert sections.index(Section.EXAMPLE) < sections.index(Section.EXPLANATION)
    assert "This time" not in beginner.sentences[1].text, "there was no other time"
    other = [one.section for one in WRITER.write(replace(TASK, level=Level.HIGH)).sentences]
    assert other.index(Section.EXPLANATION) < other.index(Section.EXAMPLE)


def test_beginners_get_the_easy_sentence_and_the_advanced_the_exact_one() -> None:
    text = (
        "Damping is the gradual loss of energy. Damping slows the swing of a bell bit by bit. "
        "Damping diminishes oscillatory amplitudes exponentially, approximately 30 percent per period."
    )
    task = LessonTask(
        "damping",
        (LessonPassage("p", text, is_home=True),),
        definition=span_of("Damping is the gradual loss of energy.", passage_id="p", text=text),
    )
    first = {}
    for level in (Level.LOW, Level.HIGH):
        pool = gather(replace(task, level=level), embedder=EMBEDDER)
        ranked = _Choice(replace(task, level=level), pool, pool.rows)
        first[level] = max(pool.rows[1:], key=ranked._marginal).text
    assert "bit by bit" in first[Level.LOW]
    assert "30 percent" in first[Level.HIGH]


def test_a_sentence_on_what_comes_later_is_taken_last() -> None:
    plain = gather(TASK, embedder=EMBEDDER)
    ahead = gather(replace(TASK, later_concepts=("amplitude", "damping")), embedder=EMBEDDER)
    assert not any(row.is_ahead for row in plain.rows)
    assert {row.text for row in ahead.rows if row.is_ahead} == {
        row.text for row in ahead.rows if "amplitude" in row.text
    }, "the concept's own name is not ahead of it"
    row = next(row for row in ahead.rows if row.is_ahead)
    costs = [_Choice(TASK, pool, pool.rows)._marginal(one) for pool, one in ((ahead, row), (plain, row))]
    level = _Choice(TASK, plain, plain.rows)._marginal(replace(row, is_ahead=False))
    assert costs[0] < level


def test_when_the_sources_are_used_up_the_lesson_repeats_and_says_so() -> None:
    everything = tuple(said(TASK))
    while True:
        more = [text for text in said(replace(TASK, seen=everything)) if text not in everything]
        if not more:
            break
        everything += tuple(more)
    again = WRITER.write(replace(TASK, seen=everything, number=3, angle=ANGLES[2]))
    assert len([one for one in again.sentences if not one.is_connective]) >= 3
    assert "these are the ones you know" in again.angle_note
