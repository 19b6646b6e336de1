from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import wiring
from jobs import services as jobs
from jobs.models import Job
from research.errors import IndexUnavailable
from research.models import Library, Passage, Source
from research.services.embedding import embed_passages
from research.services.indexing import indexed_passages, rebuild_index
from research.services.searching import Filters, search
from tests.research.shelves import (
    CALCULUS,
    RIVERS,
    add_document,
    add_indexed_library,
    add_library,
    add_version,
)
from vectorstore.hash_embedder import HashEmbedder

pytestmark = pytest.mark.django_db


def texts(library: Library, query: str, **options: Any) -> list[str]:
    return [hit.passage.text for hit in search(library, query, **options)]


def test_the_passage_that_answers_comes_first_with_its_parts() -> None:
    hit = search(add_indexed_library(), "What does the chain rule differentiate?")[0]
    assert hit.passage.text == CALCULUS[1]
    assert hit.passage.heading_path == ["Calculus", "Change"]
    assert (hit.start, hit.end) == (0, len(CALCULUS[1]))
    assert hit.score > hit.dense > 0.5
    assert hit.keyword > 0


def test_a_long_passage_points_at_its_best_window() -> None:
    library = add_library()
    filler = "Nothing of note happens in this sentence about gardens. " * 40
    add_document(library, [filler + "The volcano erupts at dawn.", *RIVERS])
    rebuild_index(library, embedder=wiring.embedder())
    hits = search(library, "volcano erupts")
    assert [hit.passage.ordinal for hit in hits].count(0) == 1
    assert "volcano" in hits[0].passage.text[hits[0].start : hits[0].end]
    assert hits[0].start > 0


def test_a_limit_and_an_empty_question() -> None:
    library = add_indexed_library()
    assert len(search(library, "river function", limit=2)) == 2
    assert search(library, "  ") == []


def test_a_library_without_an_index_finds_nothing() -> None:
    assert search(add_library(), "river") == []


def test_filters_narrow_the_search() -> None:
    library = add_indexed_library()
    rivers = Source.objects.get(title="Geography")
    document = Passage.objects.filter(text=CALCULUS[0]).get().document_id
    assert set(texts(library, "function", filters=Filters(sources=[rivers.pk]))) == set(RIVERS)
    assert set(texts(library, "river", filters=Filters(documents=[document]))) == set(CALCULUS)
    assert set(texts(library, "function", filters=Filters(kinds=["transcript"]))) == set(RIVERS)
    assert set(texts(library, "river", filters=Filters(heading="chan"))) == set(CALCULUS)
    assert texts(library, "river", filters=Filters(heading="chan", sources=[rivers.pk])) == []


def test_another_librarys_passages_are_never_found() -> None:
    add_indexed_library("other")
    library = add_library()
    add_document(library, ["A lonely text about bread."])
    rebuild_index(library, embedder=wiring.embedder())
    assert texts(library, "river chain rule") == ["A lonely text about bread."]


def test_a_new_generation_is_seen_without_a_restart() -> None:
    library = add_indexed_library()
    assert "volcano" not in texts(library, "volcano")[0]
    add_document(library, ["A volcano erupts."])
    rebuild_index(library, embedder=wiring.embedder())
    assert texts(library, "volcano")[0] == "A volcano erupts."


def test_a_generation_is_opened_once(settings: Any) -> None:
    library = add_indexed_library()
    search(library, "river")
    vectors = Path(settings.INDEX_DIR) / str(library.pk) / "00000001" / "vectors.faiss"
    vectors.unlink()  # opening it again would fail
    assert texts(library, "river")


def test_what_a_newer_version_replaced_is_not_found_even_before_the_next_build() -> None:
    library = add_indexed_library()
    add_version(Source.objects.get(title="Geography"), ["Nothing but bread."])
    assert set(texts(library, "river sea delta")) == set(CALCULUS)


def test_a_deleted_source_is_not_found_even_before_the_next_build() -> None:
    library = add_indexed_library()
    Source.objects.get(title="Geography").delete()
    assert set(texts(library, "river sea delta")) == set(CALCULUS)


def test_passages_that_came_after_the_build_do_no_harm() -> None:
    library = add_indexed_library()
    add_document(library, ["A volcano erupts."])
    embed_passages(indexed_passages(library), embedder=wiring.embedder())
    assert len(texts(library, "volcano river function")) == 5


@pytest.mark.parametrize("damage", ["deleted", "corrupt", "another model"])
def test_a_broken_index_is_named_and_heals_itself(settings: Any, damage: str) -> None:
    library = add_indexed_library()
    if damage == "deleted":
        shutil.rmtree(settings.INDEX_DIR)
    elif damage == "corrupt":
        keywords = Path(settings.INDEX_DIR) / str(library.pk) / "00000001" / "keywords" / "ids.npy"
        keywords.write_bytes(b"scribble")
    else:
        settings.EMBEDDER = "tests.research.test_searching.OtherEmbedder"
        wiring.forget_adapters()
    for _ in range(3):
        with pytest.raises(IndexUnavailable, match=r"manage\.py rebuild_index --library calculus") as raised:
            search(library, "river")
        assert str(settings.INDEX_DIR) not in str(raised.value)
    job = Job.objects.get(kind="rebuild_index")
    assert jobs.run_inline(job).state == Job.State.SUCCEEDED
    assert texts(library, "river sea water")[0] == RIVERS[0]


class OtherEmbedder(HashEmbedder):
    def __init__(self) -> None:
        super().__init__(48)


def test_an_index_deleted_while_it_is_open_heals_too(settings: Any) -> None:
    library = add_indexed_library()
    search(library, "river")
    shutil.rmtree(settings.INDEX_DIR)
    with pytest.raises(IndexUnavailable):
        search(library, "river")
    assert Job.objects.filter(kind="rebuild_index").count() == 1


def test_a_rebuild_that_failed_is_queued_again_by_the_next_search(settings: Any) -> None:
    library = add_indexed_library()
    shutil.rmtree(settings.INDEX_DIR)
    with pytest.raises(IndexUnavailable):
        search(library, "river")
    Job.objects.filter(kind="rebuild_index").update(state=Job.State.FAILED)
    with pytest.raises(IndexUnavailable):
        search(library, "river")
    assert jobs.run_inline(Job.objects.get(kind="rebuild_index")).state == Job.State.SUCCEEDED
    assert texts(library, "river sea water")[0] == RIVERS[0]


def test_a_search_asks_the_database_little() -> None:
    library = add_indexed_library()
    search(library, "river")
    with CaptureQueriesContext(connection) as queries:
        search(library, "river")
    assert len(queries) == 4
