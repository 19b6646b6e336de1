"""The extraction job: findings become a graph, and what people decided survives every run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import Any

import networkx as nx
import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from concepts.errors import SourcesChanged, UnknownEngine, UnknownScope
from concepts.extraction.embedded import EmbeddedExtractor
from concepts.extraction.findings import EdgeStatus, Extraction, Progress, no_progress
from concepts.extraction.material import Material
from concepts.models import Concept, Evidence, Judgement, KeptAnswer, Origin, Prerequisite, Subject
from concepts.services.comparing import diff
from concepts.services.extracting import (
    draw_graph,
    forget_old_answers,
    load_material,
    request_extraction,
    resumable_extractor,
)
from concepts.services.graphs_of import display_graph, gating_graph
from concepts.services.merging import merge_concepts
from concepts.services.staleness import mark_stale_after_ingest
from concepts.services.telling import tell_revision
from concepts.services.undoing import redo, restore, undo
from config import wiring
from graphs.fringe import outer_fringe
from jobs.errors import JobLost
from jobs.models import Job, ModelCall
from jobs.services import JobRun, claim, run_inline
from llm.ports import ChatModel, ChatReply, ChatRequest, Message
from research.errors import QuoteNotFound
from research.models import Document, Library, Passage, Source
from research.parsing.structure import ParsedDocument, to_json
from research.services.embedding import text_hash
from research.spans import Span, verify
from tests.concepts.extraction.courses import GARDEN, document
from tests.concepts.extraction.models import RuleChat, honest_concept, honest_pair
from tests.concepts.rows import dump
from tests.fakes.ollama_server import OllamaServer
from vectorstore.hash_embedder import HashEmbedder

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    return User.objects.create_user("teacher", role=User.Role.EDUCATOR)


@pytest.fixture
def subject() -> Subject:
    library = Library.objects.create(key="garden", name="Garden")
    made = Subject.objects.create(key="garden", name="Garden", library=library)
    for position, markup in enumerate(GARDEN):
        add_document(made, f"{position}.md", markup, position=position)
    return made


def add_document(subject: Subject, origin: str, markup: str, *, position: int, version: int = 1) -> Document:
    read = document(markup)
    source, _ = Source.objects.get_or_create(
        library=subject.library, origin=origin, defaults={"kind": Source.Kind.MARKDOWN, "position": position}
    )
    source.documents.update(is_current=False)
    made = Document.objects.create(
        source=source,
        version=version,
        content_hash=f"{origin}{version}",
        title=read.title,
        text=read.text,
        structure=to_json(ParsedDocument(read.title, read.text, read.blocks, read.marks)),
    )
    for ordinal, passage in enumerate(read.passages):
        Passage.objects.create(
            document=made,
            ordinal=ordinal,
            start=passage.start,
            end=passage.end,
            text=read.text[passage.start : passage.end],
            text_hash=text_hash(read.text[passage.start : passage.end]),
        )
    return made


def extract(subject: Subject, *, engine: str = "embedded", by: User | None = None) -> Job:
    job = run_inline(request_extraction(subject, requested_by=by, engine=engine))
    subject.refresh_from_db()
    return job


def edge(subject: Subject, first: str, last: str) -> Prerequisite:
    return subject.prerequisites.get(prerequisite__key=first, dependent__key=last)


def snapshot(subject: Subject) -> tuple[Any, ...]:
    return (
        list(subject.concepts.order_by("key").values()),
        list(subject.prerequisites.order_by("prerequisite__key", "dependent__key").values()),
        sorted(Evidence.objects.values_list("passage", "start", "end", "quote", "kind", "supports")),
        subject.revision,
    )


def assert_sound(subject: Subject) -> None:
    for evidence in Evidence.objects.select_related("passage"):
        span = Span(str(evidence.passage_id), evidence.start, evidence.end, evidence.quote)
        verify(span, evidence.passage.text)
    standing = Prerequisite.objects.standing().filter(subject=subject)
    graph: nx.DiGraph[Any] = nx.DiGraph(list(standing.values_list("prerequisite", "dependent")))
    assert nx.is_directed_acyclic_graph(graph)


def test_the_job_makes_one_revision_with_concepts_edges_and_evidence(subject: Subject, teacher: User) -> None:
    job = extract(subject, by=teacher)
    assert job.state == Job.State.SUCCEEDED, job.error
    assert subject.revision == 1
    revision = subject.revisions.get()
    assert revision.author == teacher
    assert "embedded" in revision.reason
    nutrient = subject.concepts.get(key="nutrient")
    assert nutrient.status == Concept.Status.PUBLISHED
    assert nutrient.summary.startswith("A nutrient is a substance")
    assert nutrient.evidence.filter(kind=Evidence.Kind.DEFINITION).count() == 1
    assert edge(subject, "soil", "nutrient").status == Prerequisite.Status.ACCEPTED
    assert edge(subject, "soil", "nutrient").evidence.exists()
    assert job.result["concepts"] == subject.concepts.count()
    assert_sound(subject)


def test_a_second_run_on_the_same_sources_changes_nothing(subject: Subject) -> None:
    extract(subject)
    before = snapshot(subject)
    job = extract(subject)
    assert job.result["created"] == job.result["changed"] == 0
    assert snapshot(subject) == before


def test_what_an_educator_decided_survives(subject: Subject, teacher: User) -> None:
    extract(subject)
    rejected = edge(subject, "soil", "nutrient")
    Prerequisite.objects.filter(pk=rejected.pk).update(status="rejected", decided_by=teacher, reason="no")
    renamed = subject.concepts.get(key="fertilizer")
    Concept.objects.filter(pk=renamed.pk).update(name="Plant food", summary="My words.", decided_by=teacher)
    Concept.objects.filter(subject=subject, key="humus").update(status="rejected", decided_by=teacher)
    own = Prerequisite.objects.create(
        subject=subject,
        prerequisite=subject.concepts.get(key="crop-rotation"),
        dependent=subject.concepts.get(key="soil"),
        status="accepted",
        origin=Origin.EDUCATOR,
    )
    add_document(subject, "9.md", "# Mulch\n\nMulch is a layer of straw that covers the soil.", position=9)
    job = extract(subject)
    assert job.state == Job.State.SUCCEEDED, job.error
    rejected.refresh_from_db()
    renamed.refresh_from_db()
    own.refresh_from_db()
    assert (rejected.status, rejected.reason) == ("rejected", "no")
    assert (renamed.name, renamed.summary) == ("Plant food", "My words.")
    assert subject.concepts.get(key="humus").status == "rejected"
    assert own.status == "accepted"
    assert subject.concepts.filter(key="mulch").exists()
    turned_down = subject.prerequisites.filter(status="rejected", reason__contains="circle")
    assert turned_down.exists()
    assert_sound(subject)


def test_a_new_version_moves_the_evidence_and_what_lost_it_all_is_stale(subject: Subject) -> None:
    extract(subject)
    add_document(
        subject, "2.md", "# Watering\n\nWatering is the work of giving soil water.", position=2, version=2
    )
    extract(subject)
    gone = subject.concepts.get(key="crop-rotation")
    assert gone.is_stale
    assert not subject.concepts.get(key="soil").is_stale
    assert edge(subject, "soil", "crop-rotation").is_stale
    current = Evidence.objects.filter(concept__key="watering")
    assert current.exists()
    assert all(row.passage.document.is_current for row in current)
    before = snapshot(subject)
    extract(subject)
    assert snapshot(subject) == before


def test_only_current_documents_are_read_in_teaching_order(subject: Subject) -> None:
    add_document(subject, "0.md", "# Other\n\nSomething else.", position=0, version=2)
    material = load_material(subject)
    assert [one.title for one in material.documents] == ["Other", "Fertilizers", "Crop rotation"]


def test_an_edge_the_same_sources_no_longer_show_is_withdrawn(subject: Subject) -> None:
    extract(subject)
    first, last = subject.concepts.get(key="crop-rotation"), subject.concepts.get(key="humus")
    row = Prerequisite.objects.create(subject=subject, prerequisite=first, dependent=last, status="accepted")
    shown = Evidence.objects.filter(concept=first).first()
    assert shown is not None
    Evidence.objects.create(
        prerequisite=row,
        passage=shown.passage,
        start=shown.start,
        end=shown.end,
        quote=shown.quote,
        kind="mention",
    )
    extract(subject)
    row.refresh_from_db()
    assert row.status == "rejected"
    assert_sound(subject)


def test_a_subject_without_sources_says_so(teacher: User) -> None:
    library = Library.objects.create(key="empty", name="Empty")
    empty = Subject.objects.create(key="empty", name="Empty", library=library)
    job = extract(empty)
    assert job.state == Job.State.FAILED
    assert "no readable source" in job.error


class ChangingExtractor(EmbeddedExtractor):
    """Lets a source change while it reads."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(HashEmbedder())
        self._subject = subject

    def extract(self, material: Material, *, progress: Progress = no_progress) -> Extraction:
        add_document(self._subject, "0.md", "# Other\n\nSomething else.", position=0, version=2)
        return super().extract(material, progress=progress)


def claimed(subject: Subject) -> JobRun:
    job = request_extraction(subject, requested_by=None, engine="ollama")
    assert claim(job, owner="test", now=timezone.now())
    return JobRun(Job.objects.get(pk=job.pk))


@pytest.fixture
def chat_server(settings: Any) -> Iterator[OllamaServer]:
    """A model server that answers by rule where the service looks for one."""
    rule = RuleChat(honest_concept, honest_pair)

    def answer(body: dict[str, Any]) -> str:
        messages = tuple(Message(one["role"], one["content"]) for one in body["messages"])
        return rule.chat(ChatRequest(purpose="judge", messages=messages)).text

    with OllamaServer(answer=answer) as running:
        settings.OLLAMA_HOSTS = [running.url]
        settings.OLLAMA_MODEL = "mistral"
        wiring.forget_adapters()
        yield running
    wiring.forget_adapters()


def draw_with(run: JobRun, chat: ChatModel) -> dict[str, Any]:
    return draw_graph(run, extractor=resumable_extractor(run, embedder=HashEmbedder(), chat_model=chat))


def test_sources_that_change_meanwhile_leave_the_graph_alone(subject: Subject) -> None:
    with pytest.raises(SourcesChanged, match="run it again"):
        draw_graph(claimed(subject), extractor=ChangingExtractor(subject))
    assert not subject.concepts.exists()


def test_the_model_engine_runs_in_the_job_and_its_evidence_says_so(subject: Subject) -> None:
    chat = RuleChat(honest_concept, honest_pair)
    result = draw_with(claimed(subject), chat)
    assert result["calls"] == len(chat.requests)
    assert Evidence.objects.filter(engine="ollama:rule", kind=Evidence.Kind.MODEL).exists()
    assert_sound(subject)


class DiesAfter:
    """A chat model in whose call the process ends without a word, after so many good answers."""

    name = version = "rule"

    def __init__(self, answers: int) -> None:
        self._rule = RuleChat(honest_concept, honest_pair)
        self._answers = answers

    def chat(self, request: ChatRequest) -> ChatReply:
        if len(self._rule.requests) == self._answers:
            raise KeyboardInterrupt
        return self._rule.chat(request)


def test_a_job_that_lost_its_worker_asks_only_what_was_not_answered(subject: Subject) -> None:
    run = claimed(subject)
    with pytest.raises(KeyboardInterrupt):
        draw_with(run, DiesAfter(2))
    assert KeptAnswer.objects.filter(job=run.job_id).count() == 2
    rest = RuleChat(honest_concept, honest_pair)
    result = draw_with(run, rest)
    whole = RuleChat(honest_concept, honest_pair)
    extractor = resumable_extractor(claimed(subject), embedder=HashEmbedder(), chat_model=whole)
    extractor.extract(load_material(subject))
    assert result["calls"] == len(rest.requests) == len(whole.requests) - 2 > 0
    assert not KeptAnswer.objects.filter(job=run.job_id).exists()


def test_answers_of_a_job_that_failed_are_kept_no_longer_than_other_replies(
    subject: Subject, settings: Any
) -> None:
    settings.MODEL_TEXT_RETENTION_DAYS = 7
    now = timezone.now()
    old, running = claimed(subject), claimed(subject)
    for run in (old, running):
        KeptAnswer.objects.create(job_id=run.job_id, question="q", answer={})
    Job.objects.filter(pk=old.job_id).update(state=Job.State.FAILED)
    assert forget_old_answers(now=now + timedelta(days=6)) == 0
    assert forget_old_answers(now=now + timedelta(days=8)) == 1
    assert KeptAnswer.objects.get().job_id == running.job_id


def test_the_cost_told_before_is_what_the_run_then_takes(subject: Subject, chat_server: OllamaServer) -> None:
    job = run_inline(request_extraction(subject, requested_by=None, engine="ollama", dry_run=True))
    assert job.state == Job.State.SUCCEEDED, job.error
    cost = job.result
    assert not subject.concepts.exists()
    assert not chat_server.chats
    result = extract(subject, engine="ollama").result
    assert cost["calls"] == result["calls"] == len(chat_server.chats) > 0
    written = sum(len(one["content"]) for chat in chat_server.chats for one in chat["messages"])
    assert cost["prompt_tokens"] == round(written / 4)
    assert "assumed" in cost["basis"]


def test_minutes_are_told_from_recorded_calls_where_there_are_any(
    subject: Subject, chat_server: OllamaServer
) -> None:
    for purpose in ("judge_concepts", "judge_prerequisites"):
        ModelCall.objects.create(
            purpose=purpose, model="mistral", outcome="answered", duration_s=90, output_tokens=400
        )
        ModelCall.objects.create(purpose=purpose, model="other", outcome="answered", duration_s=1)
        ModelCall.objects.create(purpose=purpose, model="mistral", outcome="timeout", duration_s=600)
    job = run_inline(request_extraction(subject, requested_by=None, engine="ollama", dry_run=True))
    cost = job.result
    assert cost["minutes"] == round(cost["calls"] * 1.5, 1)
    assert cost["output_tokens"] == cost["calls"] * 400
    assert cost["basis"] == "from 2 recorded calls of this model"


def test_a_bound_on_the_calls_holds_for_the_reckoning_and_for_the_run(
    subject: Subject, chat_server: OllamaServer
) -> None:
    cost = run_inline(
        request_extraction(subject, requested_by=None, engine="ollama", dry_run=True, most_calls=2)
    ).result
    job = run_inline(request_extraction(subject, requested_by=None, engine="ollama", most_calls=2))
    assert 0 < cost["calls"] == job.result["calls"] == len(chat_server.chats) <= 2


def test_the_embedded_engine_costs_no_call(subject: Subject) -> None:
    job = run_inline(request_extraction(subject, requested_by=None, engine="embedded", dry_run=True))
    assert (job.result["calls"], job.result["minutes"]) == (0, 0)
    assert job.result["passages"] > 0
    assert not subject.concepts.exists()


def test_a_worker_that_was_taken_over_writes_nothing(subject: Subject) -> None:
    run = claimed(subject)
    Job.objects.filter(pk=run.job_id).update(owner="another")
    with pytest.raises(JobLost):
        draw_with(run, RuleChat(honest_concept, honest_pair))
    assert not subject.concepts.exists()


def test_an_unknown_engine_is_refused_with_the_choices() -> None:
    with pytest.raises(UnknownEngine, match=re.escape("auto, embedded or ollama")):
        request_extraction(Subject(name="x"), requested_by=None, engine="gpt")


class Believing(EmbeddedExtractor):
    """Accepts every edge, each as firmly as a list says in turn."""

    def __init__(self, confidences: Sequence[float]) -> None:
        super().__init__(HashEmbedder())
        self._confidences = confidences

    def extract(self, material: Material, *, progress: Progress = no_progress) -> Extraction:
        found = super().extract(material, progress=progress)
        standing = [edge for edge in found.edges if not edge.reason]
        edges = [
            replace(edge, confidence=confidence, status=EdgeStatus.ACCEPTED)
            for edge, confidence in zip(standing, cycle(self._confidences))
        ]
        return replace(found, edges=tuple(edges))


@pytest.mark.parametrize("gate", [0.0, 0.3, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("confidences", [(0.1, 0.6, 0.99), (0.29999, 0.3), (1.0, 0.0), (0.49,)])
def test_a_weak_edge_orders_but_never_gates_however_it_was_accepted(
    subject: Subject, gate: float, confidences: tuple[float, ...]
) -> None:
    Subject.objects.filter(pk=subject.pk).update(gate_confidence=gate)
    draw_graph(claimed(subject), extractor=Believing(confidences))
    subject.refresh_from_db()
    gating, shown = gating_graph(subject), display_graph(subject)
    rows = subject.prerequisites.accepted().between_published()
    weak = {(str(row.prerequisite_id), str(row.dependent_id)) for row in rows if row.confidence < gate}
    assert rows
    assert set(gating.edges) == set(shown.edges) - weak
    # What is weak is still shown, so it orders: each end stands where the whole graph puts it.
    assert weak <= set(shown.edges)
    # And nothing that only a weak edge leads to is locked.
    only_weak = {last for _, last in weak} - {last for _, last in gating.edges}
    assert only_weak <= set(outer_fringe(gating, mastered=()))
    assert all(row.gates == (row.confidence >= gate) for row in rows.select_related("subject"))


class Inventor:
    """An engine that puts words into a source's mouth."""

    name = "inventor"

    def __init__(self, found: Extraction) -> None:
        self._found = found

    def extract(self, material: Material, *, progress: Progress = no_progress) -> Extraction:
        first, *others = self._found.concepts
        assert first.definition is not None
        invented = replace(first, definition=replace(first.definition, quote="Soil is made of cheese."))
        return replace(self._found, concepts=(invented, *others))


def test_words_that_are_in_no_passage_are_never_written(subject: Subject) -> None:
    found = EmbeddedExtractor(HashEmbedder()).extract(load_material(subject))
    defined = sorted(found.concepts, key=lambda one: one.definition is None)
    with pytest.raises(QuoteNotFound):
        draw_graph(claimed(subject), extractor=Inventor(replace(found, concepts=tuple(defined))))
    assert not subject.concepts.exists()


def test_extractions_are_taken_back_and_brought_again_to_the_byte(subject: Subject, teacher: User) -> None:
    states = [dump(subject)]
    extract(subject, by=teacher)
    states.append(dump(subject))
    add_document(subject, "0.md", GARDEN[0].replace("nutrient", "mineral"), position=0, version=2)
    extract(subject, by=teacher)
    states.append(dump(subject))
    assert len(set(states)) == 3
    for state in reversed(states[:2]):
        undo(subject, author=teacher)
        assert dump(subject) == state
    for state in states[1:]:
        redo(subject, author=teacher)
        assert dump(subject) == state
    restore(subject, 0, author=teacher)
    assert dump(subject) == states[0]
    assert diff(subject, 0, 7).is_empty
    assert diff(subject, 0, 2).concepts == diff(subject, 4, 6).concepts


def test_what_an_undone_extraction_found_in_new_words_is_found_again(subject: Subject, teacher: User) -> None:
    extract(subject)
    change_third_document(subject, WATERING)
    extract(subject)
    drawn = set(subject.concepts.values_list("key", flat=True))
    judged = set(Judgement.objects.values_list("pk", flat=True))
    undo(subject, author=teacher)
    assert not subject.concepts.filter(key="watering").exists()
    redo(subject, author=teacher)
    assert set(Judgement.objects.values_list("pk", flat=True)) == judged
    undo(subject, author=teacher)
    assert extract(subject).result["scope"] == "all"
    assert set(subject.concepts.values_list("key", flat=True)) == drawn
    assert_sound(subject)


def test_a_change_of_mind_about_decided_rows_alone_is_a_revision_of_its_own(
    subject: Subject, teacher: User
) -> None:
    extract(subject)
    Judgement.objects.update(confidence=0.1)
    extract(subject)
    assert [one["operation"] for one in subject.revisions.get(number=2).operations] == ["judge"]
    assert "judged" in tell_revision(subject.revisions.get(number=2))
    undo(subject, author=teacher)
    assert set(Judgement.objects.values_list("confidence", "earlier_confidence")) == {(0.1, None)}


def test_a_rejected_row_whose_words_are_gone_does_not_keep_the_rest_from_being_looked_at(
    subject: Subject,
) -> None:
    extract(subject)
    subject.concepts.filter(key="humus").update(is_stale=True, status=Concept.Status.REJECTED)
    assert extract(subject).result["scope"] == "all"


def test_what_was_merged_is_found_again_as_one(subject: Subject, teacher: User) -> None:
    extract(subject, by=teacher)
    names = {row.key: row for row in subject.concepts.all()}
    first, second = names["humus"], names["soil"]
    places = set(Evidence.objects.filter(concept__in=[first, second]).values_list("passage", "start", "kind"))
    merge_concepts(first, into=second, author=teacher)
    extract(subject)
    extract(subject)
    assert set(subject.concepts.values_list("key", flat=True)) == set(names)
    assert set(second.evidence.values_list("passage", "start", "kind")) == places
    first.refresh_from_db()
    assert (first.status, first.merged_into) == (Concept.Status.REJECTED, second)
    assert_sound(subject)


def test_each_engine_leaves_one_judgement_per_row_and_a_change_of_mind_is_kept(subject: Subject) -> None:
    extract(subject)
    extract(subject)
    row = edge(subject, "soil", "nutrient")
    judged = row.judgements.get()
    assert (judged.engine, judged.confidence, judged.earlier_confidence) == (
        "embedded",
        row.confidence,
        None,
    )
    assert subject.concepts.get(key="soil").judgements.count() == 1
    judged.confidence = 0.1
    judged.save()
    extract(subject)
    judged = row.judgements.get()
    assert (judged.confidence, judged.earlier_confidence) == (row.confidence, 0.1)


def rows_of(subject: Subject, *, but: set[Any]) -> dict[str, Any]:
    """Concepts, edges and their evidence as they stand, without those named."""
    evidence = Evidence.objects.exclude(concept__in=but).exclude(prerequisite__in=but).order_by("pk")
    return {
        "concepts": list(subject.concepts.exclude(pk__in=but).order_by("pk").values()),
        "edges": list(subject.prerequisites.exclude(pk__in=but).order_by("pk").values()),
        "evidence": list(
            evidence.filter(Q(concept__subject=subject) | Q(prerequisite__subject=subject)).values()
        ),
    }


def change_third_document(subject: Subject, markup: str) -> None:
    """A new version as ingestion leaves it: upper rooms told."""
    replaced = Document.objects.get(source__origin="2.md", is_current=True)
    add_document(subject, "2.md", markup, position=2, version=replaced.version + 1)
    mark_stale_after_ingest(subject.library_id, [replaced.pk])


WATERING = "# Watering\n\nWatering is the work of giving water to soil. Watering keeps soil moist."


def test_extracting_after_a_change_touches_what_rests_on_it_and_keeps_the_rest_byte_for_byte(
    subject: Subject,
) -> None:
    extract(subject)
    change_third_document(subject, WATERING)
    stale = {
        row.pk for rows in (subject.concepts, subject.prerequisites) for row in rows.filter(is_stale=True)
    }
    assert stale
    before = rows_of(subject, but=stale)
    job = extract(subject)
    assert job.state == Job.State.SUCCEEDED, job.error
    assert job.result["scope"] == "changes"
    new = set(subject.concepts.filter(key="watering").values_list("pk", flat=True))
    assert new
    news = new | set(
        subject.prerequisites.filter(Q(prerequisite__in=new) | Q(dependent__in=new)).values_list(
            "pk", flat=True
        )
    )
    after = rows_of(subject, but=stale | news)
    assert after == before
    assert job.result["kept"] == len(before["concepts"]) + len(before["edges"])
    assert_sound(subject)
    settled = snapshot(subject)
    extract(subject)
    assert snapshot(subject) == settled


def test_what_is_found_again_elsewhere_is_no_longer_stale(subject: Subject) -> None:
    extract(subject)
    soil = subject.concepts.get(key="soil")
    Concept.objects.filter(pk=soil.pk).update(is_stale=True, confidence=0.11)
    job = extract(subject)
    soil.refresh_from_db()
    assert job.result["scope"] == "changes"
    assert not soil.is_stale
    assert soil.confidence > 0.11
    assert job.result["kept"] == subject.concepts.count() + subject.prerequisites.count() - 1


def test_another_engine_or_a_wish_for_all_looks_at_everything(subject: Subject) -> None:
    extract(subject)
    change_third_document(subject, WATERING)
    job = run_inline(request_extraction(subject, requested_by=None, engine="embedded", scope="all"))
    assert (job.result["scope"], job.result["kept"]) == ("all", 0)
    change_third_document(subject, WATERING + " Too much water drowns roots.")
    Subject.objects.update(drawn_by="ollama:other")
    assert extract(subject).result["scope"] == "all"
    with pytest.raises(UnknownScope, match="auto"):
        request_extraction(subject, requested_by=None, scope="some")


def test_a_version_that_only_says_more_leaves_every_row_that_was_there(subject: Subject) -> None:
    extract(subject)
    before = rows_of(subject, but=set())
    add_document(subject, "9.md", WATERING, position=9)
    job = extract(subject)
    assert job.result["scope"] == "changes"
    known = [row["id"] for row in before["concepts"]]
    assert list(subject.concepts.filter(pk__in=known).order_by("pk").values()) == before["concepts"]
    assert subject.concepts.filter(key="watering").exists()
