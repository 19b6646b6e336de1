"""``kill -9`` while documents are read: the next worker goes on, and the library is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.service.processes import ROOT, Service, wait_for

pytestmark = pytest.mark.service

COURSE = sorted((ROOT / "curriculum/courses/sound-and-music").glob("*.md"))[:8]
JOB = "apps.get_model('jobs.Job').objects.get()"
STAGES = ("reading", "embedding", "indexing")

ENQUEUE = """[
    (lambda library, add: add.add_sources(
        library, added_by=None,
        uploads=[add.Upload(name=path, data=open(path, 'rb').read()) for path in {paths}]
    ).kind)(
        apps.get_model('research.Library').objects.create(key='sound', name='Sound'),
        __import__('research.services.sources', fromlist=['x']),
    )
]"""

COUNTS = """{
    'documents': apps.get_model('research.Document').objects.filter(is_current=True).count(),
    'all documents': apps.get_model('research.Document').objects.count(),
    'passages': sorted(apps.get_model('research.Passage').objects.values_list('text_hash', flat=True)),
    'windows': apps.get_model('research.PassageWindow').objects.count(),
    'embeddings': sorted(apps.get_model('research.Embedding').objects.values_list('text_hash', flat=True)),
    'outcomes': list(apps.get_model('research.Source').objects.values_list('outcome', flat=True)),
}"""


def ingested(service: Service, *, kill_in: str | None) -> dict[str, Any]:
    service.env["EMBEDDER"] = "tests.service.slow_embedder.SlowEmbedder"
    service.ask(ENQUEUE.format(paths=[str(path) for path in COURSE]).replace("\n", " "))
    worker = service.start_worker()
    if kill_in:
        wait_for(lambda: service.stage() == kill_in, within_s=60, what=f"stage {kill_in}")
        service.kill(worker)
        service.start_worker()
    wait_for(lambda: service.ask(f"{JOB}.state") == "succeeded", within_s=90, what="the end of the job")
    counts: dict[str, Any] = service.ask(COUNTS.replace("\n", " "))
    return counts


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    service = Service(home=tmp_path_factory.mktemp("undisturbed"))
    service.manage("migrate", "-v0")
    try:
        return ingested(service, kill_in=None)
    finally:
        service.stop()


@pytest.mark.parametrize("stage", STAGES)
def test_a_library_read_through_a_kill_is_the_same_library(
    service: Service, undisturbed: dict[str, Any], stage: str
) -> None:
    assert ingested(service, kill_in=stage) == undisturbed
    assert undisturbed["documents"] == undisturbed["all documents"] == len(COURSE)


def test_a_deleted_index_is_told_by_readyz_and_restored_from_the_database(service: Service) -> None:
    import shutil

    import httpx

    ingested(service, kill_in=None)
    service.start_web()
    assert httpx.get(f"{service.url}/readyz").status_code == 200
    shutil.rmtree(Path(service.home) / "index")
    failing = httpx.get(f"{service.url}/readyz")
    assert failing.status_code == 503
    assert "manage.py rebuild_index" in failing.json()["parts"]["index"]["detail"]
    service.manage("rebuild_index")
    assert httpx.get(f"{service.url}/readyz").status_code == 200
