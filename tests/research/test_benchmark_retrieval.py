from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from research.retrieval_measures import interval, ndcg, recall, reciprocal_rank, resampled_gains

DOCUMENTS = {
    "d1": "The chain rule differentiates composites.",
    "d2": "Rivers run to the sea.",
    "d3": "Bread is baked.",
}
QUESTIONS = {"q1": "what does the chain rule do", "q2": "where do rivers run", "q3": "nobody judged this"}


def write_set(folder: Path, *, packed: bool = True, judgements: str = "q1\td1\t1\nq2\td2\t2\n") -> None:
    folder.mkdir(parents=True)
    documents = [{"id": id_, "title": "", "text": text} for id_, text in DOCUMENTS.items()]
    questions = [{"id": id_, "text": text} for id_, text in QUESTIONS.items()]
    for name, rows in (("corpus", documents), ("queries", questions)):
        content = "\n".join(json.dumps(row) for row in rows).encode()
        (folder / f"{name}.jsonl{'.gz' if packed else ''}").write_bytes(
            gzip.compress(content) if packed else content
        )
    (folder / "qrels.tsv").write_text("query\tdocument\trelevance\n" + judgements)


def test_the_last_line_gives_the_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_set(tmp_path / "one")
    write_set(tmp_path / "two", packed=False)
    call_command("benchmark_retrieval", data=tmp_path)
    lines = capsys.readouterr().out.splitlines()
    figures = dict(pair.split("=") for pair in lines[-1].split())
    assert list(figures)[:4] == ["ndcg10", "recall10", "keyword", "dense"]
    assert figures["ndcg10"] == figures["recall10"] == "1.0000"
    assert sum("fused  " in line for line in lines) == 2
    assert sum("fused above the best" in line for line in lines) == 2
    assert figures["gain"] == figures["gain_low"] == figures["worst_gain"] == "0.0000"


def test_json_holds_every_set_and_vectors_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(tmp_path / "data" / "one")
    for _ in range(2):
        call_command(
            "benchmark_retrieval", data=tmp_path / "data", cache=tmp_path / "cache", limit=1, json=True
        )
        report = json.loads(capsys.readouterr().out)
        assert [(row["name"], row["questions"]) for row in report["sets"]] == [("one", 1)]
        assert report["ndcg10"] == 1.0
        assert report["sets"][0]["gain"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
        assert set(report["sets"][0]["ndcg10"]) == {"keyword", "bm25", "dense", "fused"}
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize("harm", ["empty folder", "no judgement", "no queries", "broken line", "no column"])
def test_unusable_data_ends_with_code_two(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "one"
    if harm != "empty folder":
        write_set(folder, packed=False, judgements="q9\td1\t1\n" if harm == "no judgement" else "q1\td1\t1\n")
    if harm == "no queries":
        (folder / "queries.jsonl").unlink()
    if harm == "broken line":
        (folder / "corpus.jsonl").write_text('{"id": "d1", ')
    if harm == "no column":
        (folder / "qrels.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(CommandError) as error:
        call_command("benchmark_retrieval", data=tmp_path)
    assert error.value.returncode == 2


def test_ndcg_follows_the_textbook() -> None:
    relevance = {"a": 3.0, "b": 2.0, "c": 1.0}
    assert ndcg(["a", "b", "c"], relevance=relevance) == 1
    expected = (1 + 3 / 1.584962500721156 + 2 / 2) / (3 + 2 / 1.584962500721156 + 1 / 2)
    assert ndcg(["c", "a", "b"], relevance=relevance) == pytest.approx(expected)
    assert ndcg(["x"], relevance={}) == 0


def test_only_the_first_places_count() -> None:
    ranking = [f"x{place}" for place in range(10)] + ["a"]
    assert ndcg(ranking, relevance={"a": 1}) == 0
    assert recall(ranking, relevance={"a": 1}) == 0
    assert recall(ranking, relevance={"a": 1}, depth=11) == 1
    assert reciprocal_rank(ranking, relevance={"a": 1}) == pytest.approx(1 / 11)
    assert reciprocal_rank(["x"], relevance={"a": 1}) == 0


def test_a_gain_that_every_question_shows_is_certain() -> None:
    fused, keyword, dense = [0.75] * 40, [0.5] * 40, [0.25] * 40
    resampled = resampled_gains(fused, [keyword, dense], rng=np.random.default_rng(1))
    gain = interval(0.25, resampled)
    assert (gain.low, gain.high) == (0.25, 0.25)


def test_a_gain_on_few_questions_is_uncertain_and_repeatable() -> None:
    fused, keyword = [1.0] * 4 + [0.0] * 16, [0.0] * 18 + [1.0] * 2
    first, second = (resampled_gains(fused, [keyword], rng=np.random.default_rng(seed)) for seed in (3, 3))
    assert first.tolist() == second.tolist()
    gain = interval(0.1, first)
    assert gain.low < 0 < gain.mean < gain.high


def test_the_better_of_the_others_is_chosen_anew_in_each_sample() -> None:
    # Two that are equally good on the whole: in most samples one of them is better than that.
    keyword, dense, fused = [1.0, 0.0] * 20, [0.0, 1.0] * 20, [0.5] * 40
    resampled = resampled_gains(fused, [keyword, dense], rng=np.random.default_rng(5))
    assert resampled.max() <= 0
    assert resampled.mean() < -0.02
