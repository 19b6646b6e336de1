from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from concepts.models import Concept, Evidence, Origin, PointHome, Prerequisite, Subject
from concepts.services.editing import add_concept, add_prerequisite
from concepts.services.merging import merge_concepts
from concepts.services.splitting import Share, split_concept
from concepts.services.undoing import redo, restore, undo
from mastery.models import Enrolment, MasteryEvent
from mastery.services.enrolling import enrol
from mastery.services.folding import fold_log
from mastery.services.recording import Recorded, belief_in, correct_event, record_event
from mastery.services.replaying import _stored, replay_all
from mastery.states import canonical_bytes
from research.models import Document, Library, Passage, Source
from tests.concepts.rows import dump
from tutor.models import Lesson, LessonSentence, Misconception, PracticeItem, RubricPoint

TEXT = "The moon pulls the sea. The sun pulls it too. A surge is wind on water. Harbours flood."
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUOTES = ("The moon pulls the sea.", "The sun pulls it too.", "A surge is wind on water.", "Harbours flood.")


@pytest.fixture
def subject(db: None) -> Subject:
    """moon -> tides -> floods, and surges on its own."""
    library = Library.objects.create(key="sea", name="Sea", is_open=True)
    subject = Subject.objects.create(key="sea", name="Sea", library=library)
    rows = [
        Concept.objects.create(subject=subject, key=key, name=key, status="published", position=place)
        for place, key in enumerate(("moon", "tides", "floods", "surges"))
    ]
    for below, above in pairwise(rows[:3]):
        Prerequisite.objects.create(
            subject=subject, prerequisite=below, dependent=above, status="accepted", origin=Origin.EDUCATOR
        )
    return subject


@pytest.fixture
def passage(subject: Subject) -> Passage:
    source = Source.objects.create(library=subject.library, kind="text", origin="sea.txt", state="ready")
    document = Document.objects.create(source=source, version=1, content_hash="1", text=TEXT)
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    return Passage.objects.create(
        document=document, ordinal=0, start=0, end=len(TEXT), text=TEXT, text_hash=digest
    )


@pytest.fixture
def tides(subject: Subject) -> Concept:
    return subject.concepts.get(key="tides")


@pytest.fixture
def surges(subject: Subject) -> Concept:
    return subject.concepts.get(key="surges")


@pytest.fixture
def enrolment(subject: Subject) -> Enrolment:
    return enrol(User.objects.create_user("lea"), subject=subject)


@pytest.fixture
def keeper(subject: Subject) -> User:
    keeper = User.objects.create_user("keeper", role="educator")
    subject.library.educators.add(keeper)
    return keeper


def lesson_on(
    concept: Concept, enrolment: Enrolment, passage: Passage, *quotes: str, number: int = 1
) -> Lesson:
    """A lesson with one rubric point for each quote."""
    lesson = Lesson.objects.create(
        enrolment=enrolment, concept=concept, number=number, level="low", reading_ease=80,
        question="?", engine="test", coverage=1, content_hash="x",
    )  # fmt: skip
    sentence = LessonSentence.objects.create(
        lesson=lesson, ordinal=1, section="explanation", text="Tides.", support="quote"
    )
    for ordinal, quote in enumerate(quotes, start=1):
        RubricPoint.objects.create(
            lesson=lesson,
            ordinal=ordinal,
            sentence=sentence,
            text=quote,
            asked="what",
            **place(passage, quote),
        )
    return lesson


def place(passage: Passage, quote: str) -> dict[str, Any]:
    start = passage.text.index(quote)
    return {"passage": passage, "start": start, "end": start + len(quote), "quote": quote}


def said(concept: Concept, passage: Passage, quote: str) -> Evidence:
    return Evidence.objects.create(concept=concept, kind="mention", **place(passage, quote))


def item_on(concept: Concept, passage: Passage, quote: str, *, key: str) -> PracticeItem:
    return PracticeItem.objects.create(
        concept=concept, key=key, kind="cloze", stem="?", content={}, guess=0, engine="test",
        **place(passage, quote),
    )  # fmt: skip


def explain(lesson: Lesson, shown: str, *, day: float = 0) -> Recorded:
    """Record an explanation that shows (+) or misses (-) each point of a lesson."""
    rubric = [
        {"point": str(point.pk), "verdict": "shown" if mark == "+" else "missing", "span": ""}
        for point, mark in zip(lesson.points.all(), shown, strict=True)
    ]
    return record_event(
        lesson.enrolment, concept=lesson.concept, kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=shown.count("+") / len(shown), occurred_at=NOON + timedelta(days=day), grader="test",
        rubric=rubric,
    )  # fmt: skip


def kept(enrolment: Enrolment) -> dict[tuple[str, str], str]:
    """Beliefs and review cards as replay compares them."""
    return _stored(enrolment)


def shown_of(enrolment: Enrolment) -> set[str]:
    """The concepts of which something was shown, not only inferred."""
    return set(enrolment.beliefs.filter(events__gt=0).values_list("concept__name", flat=True))


def assert_replay_agrees() -> None:
    assert [replay.differences for replay in replay_all()] == [()]


def test_after_a_merge_what_was_shown_of_either_counts_as_one_and_undo_gives_the_bytes_back(
    subject: Subject, tides: Concept, surges: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    explain(lesson_on(tides, enrolment, passage, QUOTES[0]), "+", day=0)
    explain(lesson_on(surges, enrolment, passage, QUOTES[2]), "-", day=1)
    explain(Lesson.objects.get(concept=tides), "+", day=2)
    before = kept(enrolment)
    merge_concepts(surges, into=tides, author=keeper)
    after = kept(enrolment)
    assert ("belief", str(surges.pk)) not in after
    assert after != before
    assert enrolment.beliefs.get(concept=tides).events == 3
    assert belief_in(enrolment, concept=surges, now=NOON) == belief_in(enrolment, concept=tides, now=NOON)
    assert_replay_agrees()
    undo(subject, author=keeper)
    assert kept(enrolment) == before
    redo(subject, author=keeper)
    assert kept(enrolment) == after
    restore(subject, 0, author=keeper)
    assert kept(enrolment) == before
    assert_replay_agrees()


def test_doubt_on_a_merged_prerequisite_lands_on_what_stands_for_it(
    subject: Subject, tides: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    moon = subject.concepts.get(key="moon")
    lesson = lesson_on(tides, enrolment, passage, QUOTES[0])
    for day in range(3):
        explain(lesson, "-", day=day)
    assert enrolment.beliefs.filter(concept=moon).exists()
    before = kept(enrolment)
    merge_concepts(moon, into=tides, author=keeper)
    assert set(enrolment.beliefs.values_list("concept", flat=True)) == {tides.pk}
    assert_replay_agrees()
    undo(subject, author=keeper)
    assert kept(enrolment) == before


def test_goals_lessons_misconceptions_and_practice_go_along_with_a_merge_and_come_back(
    subject: Subject, tides: Concept, surges: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    both = enrol(User.objects.create_user("bo"), subject=subject)
    enrolment.goals.set([surges])
    both.goals.set([surges, tides])
    lesson_on(tides, enrolment, passage, QUOTES[0])
    moved = lesson_on(surges, enrolment, passage, QUOTES[2])
    attempt = moved.attempts.create(answer="no wind")
    wrong = Misconception.objects.create(
        enrolment=enrolment, concept=surges, attempt=attempt, point=moved.points.get(), quote="no wind"
    )
    items = [item_on(surges, passage, QUOTES[2], key=key) for key in ("1", "2")]
    item_on(tides, passage, QUOTES[0], key="2")

    def told() -> list[Any]:
        for row in (moved, wrong, *items):
            row.refresh_from_db()
        goals = [sorted(one.goals.values_list("key", flat=True)) for one in (enrolment, both)]
        return [goals, (moved.concept, moved.number), wrong.concept, [item.concept for item in items]]

    before = told()
    merge_concepts(surges, into=tides, author=keeper)
    assert told() == [[["tides"], ["tides"]], (tides, 2), tides, [tides, surges]]
    undo(subject, author=keeper)
    assert told() == before


def test_a_split_sends_each_rubric_point_where_its_words_in_the_source_go(
    subject: Subject, tides: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    stays, goes = said(tides, passage, QUOTES[0]), said(tides, passage, QUOTES[2])
    mixed = lesson_on(tides, enrolment, passage, QUOTES[0], QUOTES[2], QUOTES[3])
    whole = lesson_on(tides, enrolment, passage, QUOTES[2], number=2)
    item = item_on(tides, passage, QUOTES[2], key="1")
    explain(mixed, "-++", day=0)
    explain(whole, "+", day=1)
    before = kept(enrolment)
    part = split_concept(tides, name="Surge", share=Share(evidence=[goes.pk]), author=keeper)
    moved = {home.point for home in PointHome.objects.filter(concept=part, origin=tides)}
    assert moved == {mixed.points.get(ordinal=2).pk, whole.points.get().pk, item.pk}
    assert [Lesson.objects.get(pk=one.pk).concept for one in (mixed, whole)] == [tides, part]
    assert PracticeItem.objects.get().concept == part
    beliefs = {belief.concept.name: belief for belief in enrolment.beliefs.all()}
    assert (beliefs["tides"].events, beliefs["Surge"].events) == (1, 2)
    assert beliefs["Surge"].p_mastery > 0.9 > beliefs["tides"].p_mastery
    assert stays.pk in tides.evidence.values_list("pk", flat=True)
    assert_replay_agrees()
    undo(subject, author=keeper)
    assert kept(enrolment) == before
    assert not Concept.objects.filter(name="Surge").exists()
    assert Lesson.objects.get(pk=whole.pk).number == 2
    assert_replay_agrees()


def test_an_educator_may_name_points_wherever_their_words_stand(
    tides: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    lesson = lesson_on(tides, enrolment, passage, QUOTES[0], QUOTES[3])
    named = lesson.points.get(ordinal=2)
    part = split_concept(tides, name="Flooding", share=Share(points=[named.pk]), author=keeper)
    assert list(PointHome.objects.values_list("point", "concept")) == [(named.pk, part.pk)]
    explain(lesson, "+-")
    assert enrolment.beliefs.get(concept=tides).p_mastery > enrolment.beliefs.get(concept=part).p_mastery
    assert_replay_agrees()


def test_points_are_followed_through_splits_of_parts_and_merges_back(
    subject: Subject, tides: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    lesson = lesson_on(tides, enrolment, passage, *QUOTES)
    explain(lesson, "++-+")
    states = [kept(enrolment)]
    second, third, last = list(lesson.points.all())[1:]
    part = split_concept(tides, name="B", share=Share(points=[second.pk, third.pk]), author=keeper)
    states.append(kept(enrolment))
    again = split_concept(part, name="C", share=Share(points=[third.pk]), author=keeper)
    states.append(kept(enrolment))
    assert shown_of(enrolment) == {"tides", "B", "C"}
    merge_concepts(again, into=tides, author=keeper)
    assert shown_of(enrolment) == {"tides", "B"}
    assert_replay_agrees()
    split_concept(tides, name="D", share=Share(points=[last.pk]), author=keeper)
    assert_replay_agrees()
    undo(subject, author=keeper)
    for state in reversed(states):
        undo(subject, author=keeper)
        assert kept(enrolment) == state


def test_what_is_shown_of_a_part_before_its_split_is_undone_counts_for_the_whole(
    subject: Subject, tides: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    goes = said(tides, passage, QUOTES[2])
    part = split_concept(tides, name="Surge", share=Share(evidence=[goes.pk]), author=keeper)
    explain(lesson_on(part, enrolment, passage, QUOTES[2]), "+")
    undo(subject, author=keeper)
    part.refresh_from_db()
    assert (part.status, part.merged_into) == ("rejected", tides)
    assert enrolment.beliefs.get().concept == tides
    assert Lesson.objects.get().concept == tides
    assert_replay_agrees()
    redo(subject, author=keeper)
    part.refresh_from_db()
    assert (part.status, part.merged_into) == ("published", None)
    assert (enrolment.beliefs.get().concept, Lesson.objects.get().concept) == (part, part)
    assert_replay_agrees()


def test_a_concept_that_gated_an_answer_stays_when_its_making_is_undone(
    subject: Subject, tides: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    wind = add_concept(subject, name="Wind", author=keeper)
    start = dump(subject)
    add_prerequisite(subject, prerequisite=wind, dependent=tides, author=keeper)
    lesson = lesson_on(tides, enrolment, passage, QUOTES[0])
    for day in range(3):
        explain(lesson, "-", day=day)
    before = kept(enrolment)
    undo(subject, author=keeper)
    assert dump(subject) == start
    undo(subject, author=keeper)
    wind.refresh_from_db()
    assert (wind.status, kept(enrolment)) == ("rejected", before)
    assert_replay_agrees()


def test_a_later_lesson_gives_way_to_the_one_that_comes_back_under_its_number(
    subject: Subject, tides: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    said(tides, passage, QUOTES[0])
    goes = said(tides, passage, QUOTES[2])
    first = lesson_on(tides, enrolment, passage, QUOTES[2])
    item = item_on(tides, passage, QUOTES[2], key="1")
    split_concept(tides, name="Surge", share=Share(evidence=[goes.pk]), author=keeper)
    later = lesson_on(tides, enrolment, passage, QUOTES[0], number=1)
    anew = item_on(tides, passage, QUOTES[2], key="1")
    undo(subject, author=keeper)
    numbers = {lesson.pk: (lesson.concept.name, lesson.number) for lesson in Lesson.objects.all()}
    assert numbers == {first.pk: ("tides", 1), later.pk: ("tides", 2)}
    assert PracticeItem.objects.get(pk=anew.pk).concept == tides
    assert PracticeItem.objects.get(pk=item.pk).concept.merged_into == tides


def test_an_answer_that_was_under_way_during_a_merge_counts_where_its_concept_went(
    tides: Concept, surges: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    lesson = lesson_on(surges, enrolment, passage, QUOTES[2])
    merge_concepts(Concept.objects.get(pk=surges.pk), into=tides, author=keeper)
    recorded = explain(lesson, "+")
    assert recorded.event.concept == surges
    assert recorded.after.p > recorded.before.p
    assert enrolment.beliefs.get().concept == tides
    assert_replay_agrees()


def test_a_correction_of_a_mixed_answer_is_read_point_by_point_too(
    subject: Subject, tides: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    from accounts.models import Class

    group = Class.objects.create(name="1a")
    group.educators.add(keeper)
    group.learners.add(enrolment.learner)
    lesson = lesson_on(tides, enrolment, passage, QUOTES[0], QUOTES[2])
    event = explain(lesson, "--").event
    part = split_concept(
        tides, name="Surge", share=Share(points=[lesson.points.get(ordinal=2).pk]), author=keeper
    )
    low = enrolment.beliefs.get(concept=part).p_mastery
    rubric = [dict(point, verdict="shown") for point in event.rubric[1:]]
    correct_event(
        event, score=0.5, rubric=[event.rubric[0], *rubric], author=keeper, reason="it is there", now=NOON
    )
    assert enrolment.beliefs.get(concept=part).p_mastery > 0.5 > low
    assert_replay_agrees()


def test_learners_of_other_concepts_are_left_alone(
    subject: Subject, tides: Concept, surges: Concept, enrolment: Enrolment, passage: Passage, keeper: User
) -> None:
    floods = subject.concepts.get(key="floods")
    explain(lesson_on(floods, enrolment, passage, QUOTES[3]), "+")
    rows = set(enrolment.beliefs.filter(concept=floods).values_list("pk", "p_mastery"))
    merge_concepts(surges, into=floods, author=keeper)
    assert set(enrolment.beliefs.filter(concept=floods).values_list("pk", "p_mastery")) == rows
    assert_replay_agrees()


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["explain", "merge", "split", "undo", "redo"]), st.integers(0, 5), st.integers(0, 15)
    ),
    max_size=12,
)


@given(acts=ACTS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_to_concepts_beliefs_are_what_a_replay_makes_of_the_log(
    subject: Subject, passage: Passage, keeper: User, acts: list[tuple[str, int, int]]
) -> None:
    from concepts.errors import ConceptsError
    from graphs.errors import GraphError

    restore_quietly(subject, keeper)
    learner = User.objects.create_user(f"l{User.objects.count()}")
    enrolment = enrol(learner, subject=subject)
    concepts = list(subject.concepts.published().order_by("key"))
    lessons = [lesson_on(concept, enrolment, passage, *QUOTES) for concept in concepts[:3]]
    for day, (act, which, bits) in enumerate(acts):
        standing = list(subject.concepts.published().order_by("key"))
        first, second = standing[which % len(standing)], standing[bits % len(standing)]
        try:
            if act == "explain":
                lesson = Lesson.objects.get(pk=lessons[which % len(lessons)].pk)
                explain(lesson, "".join("+-"[bits >> place & 1] for place in range(4)), day=day)
            elif act == "merge":
                merge_concepts(first, into=second, author=keeper)
            elif act == "split":
                points = RubricPoint.objects.filter(lesson__concept=first, ordinal__gt=bits % 4)
                share = Share(points=set(points.values_list("pk", flat=True)))
                split_concept(first, name=f"part {day}", share=share, author=keeper)
            else:
                {"undo": undo, "redo": redo}[act](subject, author=keeper)
        except (ConceptsError, GraphError):
            continue
        stored = {row.concept: row.stored for replay in replay_all() for row in replay.differences}
        assert stored == {}
    assert canonical_bytes(fold_log(enrolment).states) is not None


def restore_quietly(subject: Subject, keeper: User) -> None:
    """The graph of the fixture again, whatever the last example left."""
    from concepts.errors import AlreadyAtRevision

    try:
        restore(subject, 0, author=keeper)
    except AlreadyAtRevision:
        return
