from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from concepts.errors import NothingToExtract
from concepts.extraction.costing import Cost
from concepts.models import Concept, Subject
from jobs.services import JobRun
from tests.concepts.conftest import found


def run(name: str, *args: Any, **options: Any) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def finds_one_concept(job: JobRun) -> dict[str, Any]:
    job.stage("reading", total=1)
    found(Subject.objects.get(pk=job.params["subject"]), "Found")
    job.advance("Found")
    return {"engine": job.params["engine"]}


def finds_no_sources(job: JobRun) -> dict[str, Any]:
    raise NothingToExtract("Arithmetic")


def test_a_graph_goes_to_a_file_and_comes_back(arithmetic: Subject, sums: object, tmp_path: Path) -> None:
    file = tmp_path / "graph.graphml"
    run("export_graph", "arithmetic", format="graphml", output=file)
    Concept.objects.all().delete()
    told = run("import_graph", "arithmetic", file)
    assert "3 concepts added, 0 changed; 2 prerequisites added" in told


def test_an_export_to_standard_output_is_nothing_but_the_graph(arithmetic: Subject, sums: object) -> None:
    assert json.loads(run("export_graph", "arithmetic"))["graph"]["subject"] == "arithmetic"


def test_a_dry_run_imports_nothing(arithmetic: Subject, tmp_path: Path) -> None:
    file = tmp_path / "graph.csv"
    file.write_text("source,target\nCount,Add\n")
    assert json.loads(run("import_graph", "arithmetic", file, dry_run=True, json=True))["concepts_added"] == 2
    assert not Concept.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("graph.csv", "source,target\na,a\n", "line 2: a → a: “a” cannot be its own prerequisite"),
        ("graph.txt", "", "does not tell its format"),
        ("missing.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_imported_is_an_error_that_says_why(
    arithmetic: Subject, tmp_path: Path, name: str, content: str | None, told: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_text(content)
    with pytest.raises(CommandError, match=told):
        run("import_graph", "arithmetic", file)


def test_an_unknown_subject_lists_the_known_ones(arithmetic: Subject) -> None:
    with pytest.raises(CommandError, match="no subject “algebra”"):
        run("export_graph", "algebra")


def test_extraction_runs_here_and_ends_with_counts(arithmetic: Subject, settings: Any) -> None:
    settings.JOB_HANDLERS = {"extract": f"{__name__}.finds_one_concept"}
    told = run("extract_graph", "arithmetic")
    assert told == "Arithmetic, revision 0: 1 concepts (1 published), 0 prerequisites (0 gate).\n"


def test_the_counts_of_an_extraction_can_be_read_by_a_program(arithmetic: Subject, settings: Any) -> None:
    settings.JOB_HANDLERS = {"extract": f"{__name__}.finds_one_concept"}
    counts = json.loads(run("extract_graph", "arithmetic", engine="embedded", json=True))
    assert counts.pop("extraction") == {"engine": "embedded"}
    assert counts == {"concepts": 1, "published": 1, "prerequisites": 0, "gating": 0}


def test_a_failed_extraction_is_an_error_with_its_reason(arithmetic: Subject, settings: Any) -> None:
    settings.JOB_HANDLERS = {"extract": f"{__name__}.finds_no_sources"}
    with pytest.raises(CommandError, match="failed: “Arithmetic” has no readable source yet"):
        run("extract_graph", "arithmetic")


def test_the_history_is_timed_and_nothing_is_kept(db: None) -> None:
    timings = json.loads(run("benchmark_history", "--concepts", "100", "--times", "3", "--json"))
    assert len(timings) == 10
    assert all(timing["worst_ms"] >= timing["p50_ms"] > 0 for timing in timings)
    assert not Subject.objects.exists()
    with pytest.raises(CommandError, match="at least 100 concepts"):
        run("benchmark_history", "--concepts", "5")


def test_a_bound_of_no_calls_is_refused(arithmetic: Subject) -> None:
    with pytest.raises(CommandError, match="1 or more"):
        run("extract_graph", "arithmetic", most_calls=0)


def costs_nine_calls(job: JobRun) -> dict[str, Any]:
    cost = Cost("ollama:m", 9, 3, 6, 90, 24, 2, 12_000, 3_400, 7.5, "from 40 recorded calls of this model")
    return {"passages": 12, **cost.as_dict()}


def test_a_dry_run_tells_calls_tokens_and_minutes_and_changes_nothing(
    arithmetic: Subject, settings: Any
) -> None:
    settings.JOB_HANDLERS = {"extraction_cost": f"{__name__}.costs_nine_calls"}
    lines = run("extract_graph", "arithmetic", engine="ollama", dry_run=True).splitlines()
    assert "asked 9 questions: 3 about concepts and 6 about 24 of 90 possible" in lines[0]
    assert "About 12,000 tokens to read and 3,400 to write, 7.5 minutes (from 40 recorded" in lines[1]
    assert lines[-1] == "calls=9 tokens=15400 minutes=7.5"
    told = json.loads(run("extract_graph", "arithmetic", engine="ollama", dry_run=True, json=True))
    assert (told["calls"], told["asked_pairs"]) == (9, 24)
