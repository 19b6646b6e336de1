"""The job that draws a subject's concept graph from its library's current documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import mean
from typing import Any

from django.conf import settings

from accounts.models import User
from concepts.errors import NothingToExtract, SourcesChanged, UnknownEngine, UnknownScope
from concepts.extraction.costing import Cost, Recorded
from concepts.extraction.embedded import EmbeddedExtractor
from concepts.extraction.findings import ConceptExtractor, Extraction
from concepts.extraction.judged import MOST_CALLS, ModelExtractor
from concepts.extraction.material import Material, MaterialDocument, MaterialPassage
from concepts.models import KeptAnswer, Subject
from concepts.services.adopting import adopt
from concepts.services.judgements import remember_judgements
from concepts.services.revising import revise
from concepts.services.scoping import SCOPES, note_drawn, scope_of
from concepts.services.staleness import mark_stale_after_ingest
from config import wiring
from jobs.models import Job, ModelCall
from jobs.services import JobRun, enqueue
from llm.ports import ANSWERED, ChatModel
from research.models import Document
from research.parsing.structure import ParsedDocument, from_json
from research.spans import verify
from vectorstore.ports import Embedder

ENGINES = ("auto", "embedded", "ollama")
LATEST_CALLS = 200


def request_extraction(
    subject: Subject,
    *,
    requested_by: User | None,
    engine: str = "auto",
    scope: str = "auto",
    dry_run: bool = False,
    most_calls: int | None = None,
    idempotency_key: str = "",
) -> Job:
    """Queue the extraction of a subject's graph; ``dry_run``: only the reckoning of what it would cost.

    ``scope`` all looks at everything anew, whatever changed. ``most_calls`` bounds the questions to a model;
    what is left out keeps the text's own score.
    """
    if engine not in ENGINES:
        raise UnknownEngine(engine)
    if scope not in SCOPES:
        raise UnknownScope(scope)
    params: dict[str, Any] = {"subject": str(subject.pk), "engine": engine}
    if scope != "auto":
        params["scope"] = scope
    if most_calls is not None:
        params["most_calls"] = most_calls
    kind = "extraction_cost" if dry_run else "extract"
    return enqueue(kind, params=params, created_by=requested_by, idempotency_key=idempotency_key)


def run_extract(run: JobRun) -> dict[str, Any]:
    """Draw the graph of the subject that the job names, with the engine it names."""
    forget_old_answers(now=run.now())
    return draw_graph(run, extractor=build_extractor(run.params.get("engine", "auto"), run=run))


def run_extraction_cost(run: JobRun) -> dict[str, Any]:
    """Tell what the extraction that the job names would cost; asks no model and writes no graph."""
    subject = Subject.objects.select_related("library").get(pk=run.params["subject"])
    run.stage("reading sources")
    material = _material_to_read(subject)
    extractor = build_extractor(run.params.get("engine", "auto"), run=run)
    size = {"passages": sum(len(document.passages) for document in material.documents)}
    if isinstance(extractor, EmbeddedExtractor):
        return size | Cost(engine=extractor.name).as_dict()
    assert isinstance(extractor, ModelExtractor)
    recorded = recorded_calls(wiring.chat_model().name)
    return size | extractor.cost(material, recorded=recorded, progress=_progress_of(run)).as_dict()


def recorded_calls(model: str) -> dict[str, Recorded]:
    """What the latest answered calls of this model took, by purpose."""
    return {
        purpose: recorded
        for purpose in ("judge_concepts", "judge_prerequisites")
        if (recorded := _recorded(model, purpose)) is not None
    }


def _recorded(model: str, purpose: str) -> Recorded | None:
    calls = ModelCall.objects.filter(model=model, purpose=purpose, outcome=ANSWERED, duration_s__gt=0)
    latest = list(calls.values_list("duration_s", "output_tokens")[:LATEST_CALLS])
    if not latest:
        return None
    tokens = [count for _, count in latest if count]
    return Recorded(len(latest), mean(seconds for seconds, _ in latest), mean(tokens) if tokens else None)


def draw_graph(run: JobRun, *, extractor: ConceptExtractor) -> dict[str, Any]:
    """Extract outside any transaction, then merge the findings as one revision within the job's fence."""
    subject = Subject.objects.select_related("library").get(pk=run.params["subject"])
    run.stage("reading sources")
    material = _material_to_read(subject)
    extraction = extractor.extract(material, progress=_progress_of(run))
    run.stage("merging", total=1)
    result = merge(extraction, subject=subject, material=material, run=run)
    run.advance("merged")
    return result


def _material_to_read(subject: Subject) -> Material:
    material = load_material(subject)
    if not material.documents:
        raise NothingToExtract(subject.name)
    return material


def load_material(subject: Subject) -> Material:
    """Return the subject's current documents in teaching order, with their passages."""
    documents = (
        Document.objects.current()
        .filter(source__library=subject.library_id)
        .select_related("source")
        .prefetch_related("passages")
        .order_by("source__position", "source__created_at", "source__pk")
    )
    return Material(tuple(_material_document(document) for document in documents))


def build_extractor(engine: str, *, run: JobRun) -> ConceptExtractor:
    """Return the extractor for an engine's name."""
    if engine not in ENGINES:
        raise UnknownEngine(engine)
    chosen = wiring.engine() if engine == "auto" else engine
    if chosen == "embedded":
        return EmbeddedExtractor(wiring.embedder())
    return resumable_extractor(run, embedder=wiring.embedder(), chat_model=wiring.chat_model())


def resumable_extractor(run: JobRun, *, embedder: Embedder, chat_model: ChatModel) -> ModelExtractor:
    """Return the model engine; its answers are kept with the job, so a lost worker's are not asked again."""
    known = dict(KeptAnswer.objects.filter(job=run.job_id).values_list("question", "answer"))

    def remember(question: str, answer: dict[str, Any]) -> None:
        with run.transaction():
            KeptAnswer.objects.get_or_create(
                job_id=run.job_id, question=question, defaults={"answer": answer}
            )

    most_calls = run.params.get("most_calls", MOST_CALLS)
    return ModelExtractor(embedder, chat_model, most_calls=most_calls, known=known, remember=remember)


def forget_old_answers(*, now: datetime) -> int:
    """Delete the answers kept for jobs that ended without success and were not retried in time."""
    limit = now - timedelta(days=settings.MODEL_TEXT_RETENTION_DAYS)
    return KeptAnswer.objects.filter(job__state__in=Job.ENDED, at__lt=limit).delete()[0]


def merge(extraction: Extraction, *, subject: Subject, material: Material, run: JobRun) -> dict[str, Any]:
    """Write the findings as one revision; nothing is written where the sources changed meanwhile.

    Raises ``QuoteNotFound`` where an engine says that a passage holds words which it does not.
    """
    _check_quotes(extraction, material)
    author = User.objects.filter(pk=run.created_by_id).first() if run.created_by_id else None
    reason = f"Extracted by {extraction.engine} from {len(material.documents)} documents"
    with run.transaction():
        _check_sources(subject, material)
        with revise(subject, author=author, reason=reason) as journal:
            _settle_versions(journal.subject)
            asked = run.params.get("scope", "auto")
            scope = scope_of(journal.subject, engine=extraction.engine, asked=asked)
            adoption = adopt(extraction, journal=journal, scope=scope)
            remember_judgements(
                extraction,
                journal=journal,
                concepts=adoption.concepts,
                touched=adoption.touched,
                now=run.now(),
            )
        note_drawn(subject, documents=[one.id for one in material.documents], engine=extraction.engine)
        # A model's replies must not outlive their use.
        KeptAnswer.objects.filter(job=run.job_id).delete()
    return {
        "engine": extraction.engine,
        "scope": "changes" if scope else "all",
        "kept": adoption.kept,
        "concepts": len(extraction.concepts),
        "prerequisites": sum(1 for edge in extraction.edges if not edge.reason),
        "rejected": sum(1 for edge in extraction.edges if edge.reason),
        "created": adoption.created,
        "changed": adoption.changed,
        "stale": adoption.stale,
        "dropped": extraction.dropped,
        "calls": extraction.calls,
        "revision": subject.revision,
    }


def _settle_versions(subject: Subject) -> None:
    """Mark what rests on versions that were replaced since the graph was drawn, if that was missed."""
    replaced = subject.drawn_from.filter(is_current=False)
    mark_stale_after_ingest(subject.library_id, list(replaced.values_list("pk", flat=True)))


def _check_quotes(extraction: Extraction, material: Material) -> None:
    """Refuse findings whose evidence is not found, whichever engine says so."""
    texts = material.passage_texts()
    definitions = [found.definition for found in extraction.concepts if found.definition]
    items = [item for found in extraction.concepts for item in found.mentions]
    items += [item for found in extraction.edges for item in found.evidence]
    for span in (*definitions, *(item.span for item in items)):
        verify(span, texts.get(span.passage_id, ""))


def _check_sources(subject: Subject, material: Material) -> None:
    """Refuse findings about documents that are no longer the current ones."""
    current = Document.objects.current().filter(source__library=subject.library_id)
    if {str(pk) for pk in current.values_list("pk", flat=True)} != {one.id for one in material.documents}:
        raise SourcesChanged(subject.name)


def _material_document(document: Document) -> MaterialDocument:
    parsed = _structure(document)
    return MaterialDocument(
        id=str(document.pk),
        title=document.title,
        text=document.text,
        passages=tuple(
            MaterialPassage(str(passage.pk), passage.start, passage.end)
            for passage in document.passages.all()
        ),
        blocks=parsed.blocks if parsed else (),
        marks=parsed.marks if parsed else (),
        url=document.source.url or document.source.origin,
    )


def _structure(document: Document) -> ParsedDocument | None:
    return from_json(document.structure, text=document.text) if document.structure else None


def _progress_of(run: JobRun) -> Callable[[str, int, int], None]:
    """Return what turns an extractor's counts into the job's stages."""
    at: dict[str, int] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage not in at:
            at.clear()
            run.stage(stage, total=total)
            at[stage] = 0
        run.advance(by=max(0, done - at[stage]))
        at[stage] = max(done, at[stage])

    return progress
