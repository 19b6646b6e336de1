"""The whole Python tutorial, which nobody here wrote: read by URL, drawn as a graph, learned by API."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from tests.service.api_client import ApiClient, add_user
from tests.service.processes import Service

pytestmark = [pytest.mark.service, pytest.mark.weights]

# What someone who understood the chapter might write; none of it copies the tutorial.
EXPLANATIONS = {
    "list comprehension": (
        "It is a compact way of building a list. Inside square brackets you write an expression and "
        "behind it a for clause, possibly followed by more for or if clauses, and the list gets the value "
        "of the expression for each round of the loop."
    ),
    "module": (
        "A module is simply a file with Python definitions and statements in it. You can import it into a "
        "script or into other modules, so that what you defined once need not be typed in again."
    ),
    "exception": (
        "An exception is an error that turns up while the program is being executed, although the "
        "statement was written correctly. If nobody handles it the program ends with an error message."
    ),
}

TUTORIAL = Path("/usr/share/doc/python3-doc/html/tutorial")
CHAPTERS = (
    "appetite interpreter introduction controlflow datastructures modules inputoutput errors classes "
    "stdlib stdlib2 venv whatnow interactive floatingpoint appendix"
).split()


@pytest.fixture
def taught(tmp_path: Path, served_directory: str) -> Iterator[Service]:
    """An installation with the real embedding model that may fetch from the served directory."""
    if not TUTORIAL.exists():
        assert not os.environ.get("REQUIRE_ALL"), "install Debian's python3-doc"
        pytest.skip("Debian's python3-doc is not installed")
    service = Service(home=tmp_path)
    service.env["EMBEDDER"] = "vectorstore.minilm.MiniLmEmbedder"
    service.env["FETCH_ALLOWED_PRIVATE_HOSTS"] = served_directory
    service.env["JOB_LEASE_S"] = "30"
    service.manage("migrate", "-v0")
    add_user(service, "ed", role="educator")
    add_user(service, "lea", role="learner")
    service.start_web()
    service.start_worker()
    yield service
    service.stop()


def read_and_draw(ed: ApiClient, host: str) -> dict[str, Any]:
    subject: dict[str, Any] = ed.post("/subjects", {"name": "Python", "key": "python", "is_open": True})
    urls = [f"http://{host}/{chapter}.html" for chapter in CHAPTERS]
    job = ed.run("/sources", {"library": "python", "urls": urls})
    assert (job["result"]["read"], job["result"]["failed"]) == (len(CHAPTERS), 0), job["result"]["outcomes"]
    ed.run(f"/subjects/{subject['id']}/extraction")
    return subject


def check_evidence(ed: ApiClient, subject: dict[str, Any]) -> None:
    """Every gating edge shows a quote, and every quote stands where its offsets say."""
    accepted = ed.rows("/prerequisites", subject=subject["id"], status="accepted")
    assert len(accepted) >= 30
    passages: dict[str, str] = {}
    for edge in accepted:
        shown = ed.get(f"/prerequisites/{edge['id']}")
        assert shown["evidence_for"], edge
        for span in shown["evidence_for"] + shown["evidence_against"]:
            text = passages.setdefault(span["passage"], ed.get(f"/passages/{span['passage']}")["text"])
            assert text[span["start"] : span["end"]] == span["quote"]


def learn(lea: ApiClient, subject: dict[str, Any], concept: str) -> dict[str, Any]:
    """One lesson and its check; every link from source to belief is followed on the way."""
    enrolments = lea.rows("/enrolments", subject=subject["id"])
    enrolment = (
        enrolments[0]["id"] if enrolments else lea.post("/enrolments", {"subject": subject["id"]})["id"]
    )
    assert lea.get(f"/enrolments/{enrolment}/next")["concept"]
    node = next(row for row in lea.rows("/concepts", subject=subject["id"]) if row["name"] == concept)
    job = lea.run("/lessons", {"enrolment": enrolment, "concept": node["id"]})
    lesson = lea.get(f"/lessons/{job['result']['lesson']}")
    for sentence in lesson["sentences"]:
        assert sentence["citations"] or sentence["support"] == "connective"
        for cited in sentence["citations"]:
            text = lea.get(f"/passages/{cited['passage']}")["text"]
            assert text[cited["start"] : cited["end"]] == cited["quote"]
    graded = lea.run("/attempts", {"lesson": lesson["id"], "answer": EXPLANATIONS[concept]})
    attempt: dict[str, Any] = lea.get(f"/attempts/{graded['result']['attempt']}")
    shown = [point for point in attempt["points"] if point["verdict"] == "shown"]
    for point in shown:
        assert attempt["answer"][point["start"] : point["end"]] == point["quote"] != ""
    if attempt["verdict"] == "pass":
        assert shown
        assert attempt["belief_after"] > attempt["belief_before"]
    return attempt


@pytest.mark.parametrize("served_directory", [TUTORIAL], indirect=True)
def test_the_python_tutorial_is_read_drawn_and_learned(taught: Service, served_directory: str) -> None:
    ed = ApiClient(taught, username="ed")
    subject = read_and_draw(ed, served_directory)
    graph = ed.get(f"/subjects/{subject['id']}/graph")
    drawn = nx.DiGraph([(edge["source"], edge["target"]) for edge in graph["edges"]])
    assert nx.is_directed_acyclic_graph(drawn)
    assert len(graph["nodes"]) >= 40
    check_evidence(ed, subject)
    found = ed.get("/search", library="python", q="how do I loop over a sequence and its index?", limit=3)
    assert any("enumerate" in hit["text"] for hit in found["results"])
    lea = ApiClient(taught, username="lea")
    verdicts = {concept: learn(lea, subject, concept)["verdict"] for concept in EXPLANATIONS}
    assert list(verdicts.values()).count("pass") >= 2, verdicts
    assert "not_yet" not in verdicts.values(), verdicts
    taught.manage("replay_mastery")
