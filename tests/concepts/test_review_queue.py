"""The order of the queue and why each row stands in it; learners are answered for by a fake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from concepts.models import Concept, Judgement, Subject
from concepts.reviewing import Gate, Judged, Outcome, Reason, Weighing, disagreement, uncertainty
from concepts.services.deciding import decide_question
from concepts.services.merging import merge_concepts
from concepts.services.review_queue import count_waiting, review_queue, with_evidence
from concepts.services.undoing import undo
from research.models import Passage
from tests.concepts.conftest import edge, found, quoted

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
probabilities = st.floats(0, 1)


class FixedSignals:
    """Learners as a test says they are: how many want a concept and lack the one before it."""

    def __init__(self, gated: Mapping[str, int] | None = None, outcomes: Any = None) -> None:
        self._gated, self._outcomes = gated or {}, outcomes or {}

    def learners_gated(
        self, subject_id: object, gates: Mapping[str, Gate], *, now: datetime
    ) -> dict[str, int]:
        return {key: self._gated.get(key, 0) for key in gates}

    def outcomes(self, subject_id: object) -> dict[str, Outcome]:
        return dict(self._outcomes)


def contradicted(*, since: datetime = NOW) -> Outcome:
    return Outcome("contradicted", 0.97, -0.1, -0.2, 0.02, 20, 40, 25, 40, since)


@given(probabilities, probabilities)
def test_uncertainty_is_a_share_and_the_same_from_both_sides(this_way: float, other_way: float) -> None:
    assert 0 <= uncertainty(this_way, other_way) <= 1 + 1e-9
    assert uncertainty(this_way, other_way) == pytest.approx(uncertainty(other_way, this_way))


@given(st.lists(st.builds(Judged, st.just("e"), probabilities, probabilities), max_size=4), probabilities)
def test_another_engine_never_makes_disagreement_less(judged: list[Judged], confidence: float) -> None:
    assert disagreement([*judged, Judged("other", confidence)]) >= disagreement(judged)


def test_the_score_is_doubt_times_learners_and_never_nothing_for_want_of_learners() -> None:
    assert Weighing(uncertainty=0.2, disagreement=0.6, learners=4).score == pytest.approx(3.0)
    assert Weighing(uncertainty=0.2).score > Weighing(uncertainty=0.1).score > 0


def test_the_queue_holds_proposals_and_doubted_rows_and_nothing_that_is_settled(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    proposed = edge(sums["Count"], sums["Multiply"], status="proposed")
    stale = sums["Add"].unlocks.get()
    stale.is_stale = True
    stale.save()
    wrong = sums["Count"].unlocks.get(dependent=sums["Add"])
    square = found(arithmetic, "Square", status="proposed", position=3)
    found(arithmetic, "Nonsense", status="rejected", position=4)
    edge(sums["Multiply"], square, status="rejected")
    queue = review_queue(arithmetic, now=NOW, signals=FixedSignals(outcomes={str(wrong.pk): contradicted()}))
    reasons = {question.row.pk: question.reasons for question in queue}
    assert reasons == {
        wrong.pk: (Reason.CONTRADICTED,),
        stale.pk: (Reason.STALE,),
        proposed.pk: (Reason.PROPOSED,),
        square.pk: (Reason.PROPOSED,),
    }
    assert queue[0].row.pk == wrong.pk
    signals = FixedSignals(outcomes={str(wrong.pk): contradicted()})
    assert count_waiting(arithmetic, signals=signals) == len(queue)
    assert queue[0].weighing.contradiction == pytest.approx(0.97)


def test_more_learners_outweigh_more_doubt(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    clear = edge(sums["Count"], sums["Multiply"], status="proposed", confidence=0.9)
    square = found(arithmetic, "Square", position=3)
    open_ = edge(sums["Multiply"], square, status="proposed", confidence=0.5)
    gated = {str(clear.pk): 30, str(open_.pk): 2}
    by_learners = review_queue(arithmetic, now=NOW, signals=FixedSignals(gated))
    by_doubt = review_queue(arithmetic, now=NOW, signals=FixedSignals())
    assert [question.row.pk for question in by_learners] == [clear.pk, open_.pk]
    assert [question.row.pk for question in by_doubt] == [open_.pk, clear.pk]


def test_two_engines_that_disagree_bring_a_row_up(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    row = edge(sums["Count"], sums["Multiply"], status="proposed", confidence=0.99)
    for engine, confidence in (("embedded", 0.99), ("ollama:m", 0.2)):
        Judgement.objects.create(prerequisite=row, engine=engine, confidence=confidence, judged_at=NOW)
    (question,) = review_queue(arithmetic, now=NOW, signals=FixedSignals())
    assert question.weighing.disagreement == pytest.approx(0.79)
    assert question.weighing.doubt == question.weighing.disagreement
    assert [one.engine for one in question.judgements] == ["embedded", "ollama:m"]


def test_a_concept_gates_whoever_has_one_of_its_dependents_ahead(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    asked: dict[str, Gate] = {}

    class Listening(FixedSignals):
        def learners_gated(
            self, subject_id: object, gates: Mapping[str, Gate], *, now: datetime
        ) -> dict[str, int]:
            asked.update(gates)
            return dict.fromkeys(gates, 0)

    square = found(arithmetic, "Square", status="proposed", position=3)
    edge(square, sums["Multiply"], status="proposed")
    edge(square, sums["Add"], status="rejected")
    review_queue(arithmetic, now=NOW, signals=Listening())
    assert asked[str(square.pk)] == Gate(str(square.pk), frozenset({str(sums["Multiply"].pk)}))


def test_a_contradiction_that_someone_decided_on_comes_back_only_when_it_is_found_anew(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    wrong = sums["Count"].unlocks.get()
    outcomes = {str(wrong.pk): contradicted()}
    decide_question(wrong, choice="accept", author=keeper, shown_at=NOW, now=NOW + timedelta(minutes=1))
    assert review_queue(arithmetic, now=NOW, signals=FixedSignals(outcomes=outcomes)) == []
    again = {str(wrong.pk): contradicted(since=NOW + timedelta(days=1))}
    assert len(review_queue(arithmetic, now=NOW, signals=FixedSignals(outcomes=again))) == 1


def test_a_contradiction_comes_back_when_the_decision_on_it_was_undone(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    wrong = sums["Count"].unlocks.get()
    signals = FixedSignals(outcomes={str(wrong.pk): contradicted()})
    decide_question(wrong, choice="accept", author=keeper, shown_at=NOW, now=NOW + timedelta(minutes=1))
    assert count_waiting(arithmetic, signals=signals) == 0
    undo(arithmetic, author=keeper)
    assert [question.row for question in review_queue(arithmetic, now=NOW, signals=signals)] == [wrong]


def test_a_merged_concept_and_its_edges_are_not_asked_about(
    arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    plus = found(arithmetic, "Plus", status="proposed", position=3)
    own = edge(plus, sums["Multiply"], status="proposed")
    wrong = edge(plus, found(arithmetic, "Square", position=4))
    merge_concepts(plus, into=sums["Add"], author=keeper)
    Concept.objects.filter(pk=plus.pk).update(is_stale=True)
    signals = FixedSignals(outcomes={str(wrong.pk): contradicted()})
    asked = {question.row.pk for question in review_queue(arithmetic, now=NOW, signals=signals)}
    assert asked.isdisjoint({plus.pk, own.pk, wrong.pk})
    assert count_waiting(arithmetic, signals=signals) == len(asked)


def test_evidence_for_both_directions_comes_with_a_question(
    arithmetic: Subject, sums: dict[str, Concept], passage: Passage
) -> None:
    row = edge(sums["Multiply"], sums["Count"], status="proposed")
    opposite = edge(sums["Count"], sums["Multiply"], status="rejected")
    quoted(passage, "Counting comes first.", supports=False, prerequisite=row)
    quoted(passage, "Counting comes first.", prerequisite=opposite)
    (question,) = with_evidence(review_queue(arithmetic, now=NOW, signals=FixedSignals()))
    assert [one.supports for one in question.row.evidence.all()] == [False]
    assert question.reverse is not None
    assert [one.quote for one in question.reverse.evidence.all()] == ["Counting comes first."]


def test_the_queue_reads_the_database_as_often_for_many_rows_as_for_few(
    arithmetic: Subject, sums: dict[str, Concept], django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        edge(sums["Count"], found(arithmetic, f"c{number}", position=9), status="proposed")
    with django_assert_max_num_queries(16):
        assert len(with_evidence(review_queue(arithmetic, now=NOW))) == 30
