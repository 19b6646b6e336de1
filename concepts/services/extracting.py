"""The job that draws a subject's concept graph from its library's current documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from accounts.models import User
from concepts.errors import NothingToExtract, SourcesChanged, UnknownEngine, UnknownScope
from concepts.extraction.embedded import EmbeddedExtractor
from concepts.extraction.findings import ConceptExtractor, Extraction
from concepts.extraction.judged import ModelExtractor
from concepts.extraction.material import Material, MaterialDocument, MaterialPassage
from concepts.models import Subject
from concepts.services.adopting import adopt
from concepts.services.judgements import remember_judgements
from concepts.services.revising import revise
from concepts.services.scoping import SCOPES, note_drawn, scope_of
from concepts.services.staleness import mark_stale_after_ingest
from config import wiring
from jobs.models import Job
from jobs.services import JobRun, enqueue
from llm.ports import ChatModel
from research.models import Document
from research.parsing.structure import ParsedDocument, from_json
from research.spans import verify
from vectorstore.ports import Embedder

ENGINES = ("auto", "embedded", "ollama")


def request_extraction(
    subject: Subject,
    *,
    requested_by: User | None,
    engine: str = "auto",
    scope: str = "auto",
    idempotency_key: str = "",
) -> Job:
    """Queue the extraction of a subject's graph; ``scope`` all looks at everything anew, whatever changed."""
    if engine not in ENGINES:
        raise UnknownEngine(engine)
    if scope not in SCOPES:
        raise UnknownScope(scope)
    params = {"subject": str(subject.pk), "engine": engine, **({"scope": scope} if scope != "auto" else {})}
    return enqueue("extract", params=params, created_by=requested_by, idempotency_key=idempotency_key)


def run_extract(run: JobRun) -> dict[str, Any]:
    """Draw the graph of the subject that the job names, with the engine it names."""
    return draw_graph(run, extractor=build_extractor(run.params.get("engine", "auto"), run=run))


def draw_graph(run: JobRun, *, extractor: ConceptExtractor) -> dict[str, Any]:
    """Extract outside any transaction, then merge the findings as one revision within the job's fence."""
    subject = Subject.objects.select_related("library").get(pk=run.params["subject"])
    run.stage("reading sources")
    material = load_material(subject)
    if not material.documents:
        raise NothingToExtract(subject.name)
    extraction = extractor.extract(material, progress=_progress_of(run))
    run.stage("merging", total=1)
    result = merge(extraction, subject=subject, material=material, run=run)
    run.advance("merged")
    return result


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
    """Return the model engine; its answers are kept in the job, so a lost worker's are not asked again."""
    answers: dict[str, dict[str, Any]] = dict(run.checkpoint.get("answers", {}))

    def remember(question: str, answer: dict[str, Any]) -> None:
        answers[question] = answer
        run.save_checkpoint({**run.checkpoint, "answers": answers})

    return ModelExtractor(embedder, chat_model, known=dict(answers), remember=remember)


def merge(extraction: Extraction, *, subject: Subject, material: Material, run: JobRun) -> dict[str, Any]:
    """Write the findings as one revision; nothing is written where the sources changed meanwhile.

    Raises ``QuoteNotFound`` where an engine says that a passage holds words which it does not.
    """
    _check_quotes(extraction, material)
    author = User.objects.filter(pk=run.created_by_id).first() if run.created_by_id else None
    reason = f"Extracted by {extraction.engine} from {len(material.documents)} documents"
    with run.transaction():
        _check_sources(subject, material)
        _settle_versions(subject)
        scope = scope_of(subject, engine=extraction.engine, asked=run.params.get("scope", "auto"))
        with revise(subject, author=author, reason=reason) as draft:
            adoption = adopt(extraction, draft=draft, scope=scope)
            remember_judgements(
                extraction,
                subject=draft.subject,
                concepts=adoption.concepts,
                touched=adoption.touched,
                now=run.now(),
            )
        note_drawn(subject, documents=[one.id for one in material.documents], engine=extraction.engine)
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
    texts = {
        passage.id: document.text[passage.start : passage.end]
        for document in material.documents
        for passage in document.passages
    }
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
