from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from config import wiring
from jobs import services as jobs
from jobs.models import Job
from research.errors import IndexOutpaced
from research.models import Library, PassageWindow
from research.services import indexing
from research.services.embedding import embed_passages
from tests.research.shelves import RIVERS, add_document, add_indexed_library, add_library, add_version
from vectorstore.hash_embedder import HashEmbedder

pytestmark = pytest.mark.django_db

EMBEDDER = HashEmbedder()


def opened_ids(library: Library) -> set[int]:
    generation = indexing.generations_of(library.pk).open(library.index_generation, embedder=EMBEDDER)
    query = EMBEDDER.embed(["river"])[0]
    return {hit.id for hit in generation.vectors.search(query, limit=1000)}


def test_a_generation_holds_every_window_of_the_current_documents() -> None:
    library = add_indexed_library()
    assert library.index_generation == Library.objects.get().index_generation == 1
    assert opened_ids(library) == set(PassageWindow.objects.values_list("pk", flat=True))


def test_a_replaced_version_leaves_the_index() -> None:
    library = add_library()
    old = add_document(library)
    indexing.rebuild_index(library, embedder=EMBEDDER)
    new = add_version(old.source, RIVERS)
    assert indexing.rebuild_index(library, embedder=EMBEDDER) == 2
    assert opened_ids(library) == set(
        PassageWindow.objects.filter(passage__document=new).values_list("pk", flat=True)
    )


def test_other_libraries_stay_out() -> None:
    add_indexed_library("other")
    library = add_library()
    indexing.rebuild_index(library, embedder=EMBEDDER)
    assert opened_ids(library) == set()


def test_headings_and_titles_are_searched_as_words() -> None:
    library = add_indexed_library()
    generation = indexing.generations_of(library.pk).open(1, embedder=EMBEDDER)
    found = generation.keywords.search("geography", limit=5)
    assert {hit.id for hit in found} == set(
        PassageWindow.objects.filter(passage__text__in=RIVERS).values_list("pk", flat=True)
    )


class Killed(Exception):
    """Stands for the death of the process between the files and the database."""


def test_a_crash_before_the_number_is_raised_leaves_the_old_generation_in_force() -> None:
    library = add_indexed_library()
    before = opened_ids(library)
    add_document(library, ["Something new about volcanoes."], title="Volcanoes")
    embed_passages(indexing.indexed_passages(library), embedder=EMBEDDER)

    def killed() -> Any:
        raise Killed

    with pytest.raises(Killed):
        indexing.build_generation(library, embedder=EMBEDDER, fence=killed)
    library.refresh_from_db()
    assert library.index_generation == 1
    assert opened_ids(library) == before
    assert indexing.build_generation(library, embedder=EMBEDDER) == 2
    assert len(opened_ids(library)) == len(before) + 1


def test_a_builder_that_another_machine_outpaced_says_so() -> None:
    library = add_indexed_library()

    def outpacing() -> Any:
        Library.objects.update(index_generation=7)
        return transaction.atomic()

    with pytest.raises(IndexOutpaced, match="rebuild_index"):
        indexing.build_generation(library, embedder=EMBEDDER, fence=outpacing)
    assert Library.objects.get().index_generation == 7


def test_a_lost_or_damaged_index_is_named_until_it_is_rebuilt(settings: Any) -> None:
    library = add_indexed_library()
    add_library("never-indexed")
    assert indexing.libraries_without_readable_index() == []
    shutil.rmtree(settings.INDEX_DIR)
    assert indexing.libraries_without_readable_index() == ["calculus"]
    indexing.rebuild_index(library, embedder=EMBEDDER)
    assert indexing.libraries_without_readable_index() == []
    manifest = Path(settings.INDEX_DIR) / str(library.pk) / "00000002" / "manifest.json"
    manifest.write_text("{")
    assert indexing.libraries_without_readable_index() == ["calculus"]


def test_the_job_embeds_what_is_missing_and_builds() -> None:
    library = add_library()
    add_document(library)
    job = jobs.run_inline(jobs.enqueue("rebuild_index", params={"library": str(library.pk)}))
    assert (job.state, job.error) == (Job.State.SUCCEEDED, "")
    assert job.result == {"library": "calculus", "generation": 1}
    library.refresh_from_db()
    assert len(opened_ids(library)) == 3


def test_a_changed_model_is_embedded_anew_by_the_job(settings: Any) -> None:
    library = add_indexed_library()
    settings.EMBEDDER = "tests.research.test_indexing.OtherEmbedder"
    wiring.forget_adapters()
    jobs.run_inline(jobs.enqueue("rebuild_index", params={"library": str(library.pk)}))
    library.refresh_from_db()
    generation = indexing.generations_of(library.pk).open(
        library.index_generation, embedder=wiring.embedder()
    )
    assert (generation.manifest.model, len(generation.vectors)) == ("hash-48", 5)


class OtherEmbedder(HashEmbedder):
    def __init__(self) -> None:
        super().__init__(48)
