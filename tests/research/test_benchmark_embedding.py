from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from research.embedding_benchmark import summary, table, windows_in
from research.retrieval_benchmark import DataUnusable
from vectorstore.hash_embedder import HashEmbedder
from vectorstore.measuring import EmbeddingSpeed, IndexSpeed, Ratio

SPEED = EmbeddingSpeed(
    texts=9,
    per_second=40,
    speedups={"batches": Ratio(3.5, 3.25, 4), "singly": Ratio(2.5, 2, 3)},
    cosine_least=0.9991,
    cosine_mean=0.9998,
)
INDEX = IndexSpeed(vectors=1000, search_ms=0.5, slowest_ms=0.75, ratio=Ratio(1.1, 1, 2), open_ms=0.25)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "rivers.md").write_text("# Rivers\n\nRivers flow to the sea.")
    (tmp_path / "long.txt").write_text(" ".join(f"Sentence {n} is about bread." for n in range(400)))
    (tmp_path / "course.toml").write_text("title = 'not a document'")
    return tmp_path


def test_every_document_below_a_folder_is_cut_into_windows(folder: Path) -> None:
    embedder = HashEmbedder()
    texts = windows_in(folder, embedder=embedder)
    assert "Rivers flow to the sea." in texts[0]
    assert len(texts) > 3
    assert all(embedder.count_tokens(text) <= embedder.window_tokens for text in texts)
    assert not any("not a document" in text for text in texts)


def test_a_folder_without_documents_or_with_a_broken_one_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(DataUnusable, match="no document"):
        windows_in(tmp_path, embedder=HashEmbedder())
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    with pytest.raises(DataUnusable, match=r"broken\.pdf"):
        windows_in(tmp_path, embedder=HashEmbedder())


def test_the_table_shows_each_way_and_its_spread() -> None:
    shown = "\n".join(table(SPEED, INDEX, has_bfloat16=True))
    assert "bfloat16: yes" in shown
    assert "3.50 times (3.25 to 4.00)" in shown
    assert "2.50 times (2.00 to 3.00)" in shown
    assert "p50 0.5 ms" in shown
    assert "index" not in "\n".join(table(SPEED, None, has_bfloat16=False))


def test_the_summary_speaks_of_texts_as_they_come() -> None:
    figures = summary(SPEED, INDEX, has_bfloat16=True)
    assert (figures["speedup"], figures["speedup_least"], figures["bfloat16"]) == (3.5, 3.25, 1)
    assert (figures["index_ms"], figures["index_ratio"]) == (0.5, 1.1)
    assert "index_ms" not in summary(SPEED, None, has_bfloat16=False)


def test_another_kind_of_embedder_ends_with_code_two(folder: Path, settings: Any) -> None:
    settings.EMBEDDER = "vectorstore.hash_embedder.HashEmbedder"
    with pytest.raises(CommandError) as error:
        call_command("benchmark_embedding", data=folder)
    assert error.value.returncode == 2


@pytest.mark.weights
def test_the_command_measures_the_real_model(
    folder: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMBEDDER, settings.EMBEDDING_MODEL = "vectorstore.minilm.MiniLmEmbedder", ""
    (folder / "long.txt").unlink()
    call_command("benchmark_embedding", data=folder, turns=1, vectors=20)
    figures = dict(pair.split("=") for pair in capsys.readouterr().out.splitlines()[-1].split())
    assert float(figures["cosine_least"]) > 0.999
    assert float(figures["index_ms"]) > 0
    call_command("benchmark_embedding", data=folder, turns=1, vectors=0, json=True)
    report = json.loads(capsys.readouterr().out)
    assert report["index"] is None
    assert set(report["embedding"]["speedups"]) == {"batches", "singly", "at once"}
    with pytest.raises(CommandError) as error:
        call_command("benchmark_embedding", data=folder / "nowhere")
    assert error.value.returncode == 2
