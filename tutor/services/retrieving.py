"""Collects what a lesson may be made of: retrieved passages, the concept's evidence, what it rests on."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import networkx as nx

from concepts.models import Concept, Evidence
from concepts.services.graphs_of import display_graph, gating_graph
from mastery.models import Enrolment
from mastery.services.believing import Standing, standings, unknown
from research.models import Document, Passage
from research.parsing.structure import Block, from_json
from research.services.searching import search
from research.spans import Span
from tutor.errors import NotEnoughToTeach
from tutor.models import Attempt, Lesson, LessonSentence
from tutor.ports import ANGLES, LessonPassage, LessonTask, Level, PrerequisiteNote
from tutor.repeating import may_repeat
from tutor.services.judging import background_of

RETRIEVED = 6
MOST_PASSAGES = 8
MOST_OTHER_CONCEPTS = 400
# Of the last explanations so few, or so many, passed.
MOST_LATELY, FEWEST_LATELY = 6, 3
LOW_SHARE, HIGH_SHARE = 0.34, 0.8


@dataclass(frozen=True, slots=True)
class Material:
    """A lesson's task, the text of every passage that it may cite, and what answers are held against."""

    task: LessonTask
    texts: dict[str, str]
    background: tuple[str, ...] = ()


def gather_material(
    enrolment: Enrolment, *, concept: Concept, now: datetime, must_differ: bool = False
) -> Material:
    """Retrieve what a lesson on ``concept`` for this learner may be made of.

    With ``must_differ`` it is one that the learner asked to be told differently.
    Raises ``NotEnoughToTeach`` where neither search nor the concept's evidence leads to a passage.
    """
    definition = definition_of(concept)
    passages = passages_on(concept, definition=definition)
    if not passages:
        raise NotEnoughToTeach(concept.name, missing="no passage speaks of it")
    standing = standings(enrolment, now=now)
    notes = _prerequisites(enrolment, concept=concept, standing=standing)
    earlier = Lesson.objects.filter(enrolment=enrolment, concept=concept)
    number = earlier.count() + 1
    last = earlier.order_by("-number").first()
    task = LessonTask(
        concept=concept.name,
        aliases=tuple(concept.aliases),
        passages=tuple(passages),
        definition=definition,
        prerequisites=tuple(notes),
        angle=ANGLES[(number - 1) % len(ANGLES)],
        seen=_seen(earlier),
        may_repeat=may_repeat(len(_seen([last]))) if last else 0,
        last_angle=last.angle if last else "",
        must_differ=must_differ,
        number=number,
        level=level_of(
            standing.get(str(concept.pk), unknown(enrolment.subject_id)), lately=_lately(enrolment)
        ),
        other_concepts=_other_names(concept),
        later_concepts=_later_names(enrolment, concept=concept, standing=standing),
    )
    texts = {one.id: one.text for one in passages} | _texts_of(notes)
    return Material(task, texts, background_of(concept))


def definition_of(concept: Concept) -> Span | None:
    """The source's own definition of a concept, where a current passage holds one."""
    return next(iter(definitions_of([concept.pk]).values()), None)


def definitions_of(concepts: Iterable[uuid.UUID]) -> dict[uuid.UUID, Span]:
    """Concept id -> its definition, for those of which a current passage holds one."""
    rows = Evidence.objects.filter(
        concept__in=list(concepts),
        kind=Evidence.Kind.DEFINITION,
        supports=True,
        passage__document__is_current=True,
    ).select_related("concept")
    found: dict[uuid.UUID, Span] = {}
    for row in rows.order_by("passage__document__source__position", "passage__ordinal", "start", "id"):
        assert row.concept is not None
        is_summary = row.quote == row.concept.summary
        if row.concept.pk not in found or is_summary:
            found[row.concept.pk] = Span(str(row.passage_id), row.start, row.end, row.quote)
    return found


def passages_on(concept: Concept, *, definition: Span | None) -> list[LessonPassage]:
    """The passages that define the concept, then what search finds, then where else it is evident."""
    query = f"{concept.name}. {definition.quote}" if definition else concept.name
    hits = search(concept.subject.library, query, limit=RETRIEVED)
    evident = Evidence.objects.filter(
        concept=concept, supports=True, passage__document__is_current=True
    ).values_list("passage_id", "kind")
    home = [pk for pk, kind in evident if kind == Evidence.Kind.DEFINITION]
    others = [pk for pk, kind in evident if kind != Evidence.Kind.DEFINITION]
    scores = {hit.passage.pk: hit.score for hit in hits}
    if definition:
        home.insert(0, uuid.UUID(definition.passage_id))
    order = list(dict.fromkeys([*home, *scores, *others]))[:MOST_PASSAGES]
    rows = Passage.objects.select_related("document").defer("document__text").in_bulk(order)
    blocks = _blocks_of({row.document_id for row in rows.values()})
    return [
        LessonPassage(
            id=str(pk),
            text=rows[pk].text,
            title=rows[pk].document.title,
            heading_path=tuple(rows[pk].heading_path),
            blocks=tuple(_inside(blocks[rows[pk].document_id], rows[pk])),
            is_home=pk in home,
            score=scores.get(pk, 0.0),
        )
        for pk in order
        if pk in rows
    ]


def _blocks_of(documents: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[Block, ...]]:
    rows = Document.objects.filter(pk__in=list(documents))
    return {row.pk: from_json(row.structure, text=row.text).blocks if row.structure else () for row in rows}


def _inside(blocks: Iterable[Block], passage: Passage) -> Iterable[Block]:
    """The blocks of a document that meet a passage, cut to it and moved to its own offsets."""
    for block in blocks:
        start, end = max(block.start, passage.start), min(block.end, passage.end)
        if start < end:
            yield replace(block, start=start - passage.start, end=end - passage.start)


def _prerequisites(
    enrolment: Enrolment, *, concept: Concept, standing: dict[str, Standing]
) -> list[PrerequisiteNote]:
    graph = gating_graph(enrolment.subject)
    key = str(concept.pk)
    before = sorted(graph.pred[key]) if key in graph else []
    definitions = definitions_of(uuid.UUID(one) for one in before)
    return [
        PrerequisiteNote(
            name=graph.nodes[one]["name"],
            is_mastered=one in standing and standing[one].is_mastered,
            definition=definitions.get(uuid.UUID(one)),
        )
        for one in before
    ]


def _texts_of(notes: Iterable[PrerequisiteNote]) -> dict[str, str]:
    cited = [note.definition.passage_id for note in notes if note.definition]
    return {str(pk): text for pk, text in Passage.objects.filter(pk__in=cited).values_list("pk", "text")}


def _seen(earlier: Iterable[Lesson]) -> tuple[str, ...]:
    rows = LessonSentence.objects.filter(lesson__in=earlier)
    return tuple(rows.exclude(support=LessonSentence.Support.CONNECTIVE).values_list("text", flat=True))


def level_of(standing: Standing, *, lately: Sequence[bool]) -> Level:
    """Low after repeated failures here or lately anywhere, high where the learner is nearly there.

    ``lately`` tells of the last explanations in this subject, whether each passed.
    """
    share = sum(lately) / len(lately) if len(lately) >= FEWEST_LATELY else 0.5
    if standing.state.failures >= 2 or share < LOW_SHARE:
        return Level.LOW
    return Level.HIGH if standing.estimate.p >= 0.6 or share > HIGH_SHARE else Level.MEDIUM


def _lately(enrolment: Enrolment) -> list[bool]:
    decided = (Attempt.Verdict.PASSED, Attempt.Verdict.NOT_YET)
    rows = Attempt.objects.filter(lesson__enrolment=enrolment, verdict__in=decided, refusal="")
    verdicts = rows.order_by("-created_at").values_list("verdict", flat=True)[:MOST_LATELY]
    return [verdict == Attempt.Verdict.PASSED for verdict in verdicts]


def _other_names(concept: Concept) -> tuple[str, ...]:
    others = Concept.objects.published().filter(subject=concept.subject_id).exclude(pk=concept.pk)
    return tuple(others.values_list("name", flat=True)[:MOST_OTHER_CONCEPTS])


def _later_names(enrolment: Enrolment, *, concept: Concept, standing: dict[str, Standing]) -> tuple[str, ...]:
    """What comes after a concept: all that rests on it, and what is taught later and not mastered yet."""
    graph = display_graph(enrolment.subject)
    key = str(concept.pk)
    if key not in graph:
        return ()
    resting, beneath = nx.descendants(graph, key), nx.ancestors(graph, key)
    return tuple(
        data["name"]
        for one, data in graph.nodes(data=True)
        if one in resting
        or (
            data["position"] > concept.position
            and one not in beneath
            and not (one in standing and standing[one].is_mastered)
        )
    )
