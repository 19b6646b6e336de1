"""``kill -9`` while a model judges concepts and prerequisites: the next worker asks only the rest."""

from __future__ import annotations

from typing import Any

import pytest

from llm.ports import ChatRequest, Message
from tests.concepts.extraction.models import RuleChat, honest_concept, honest_pair
from tests.fakes.misbehaviours import slow
from tests.fakes.ollama_server import OllamaServer
from tests.service.processes import ROOT, Service, wait_for

pytestmark = pytest.mark.service

COURSE = sorted((ROOT / "curriculum/courses/sound-and-music").glob("*.md"))[:6]
JOB = "apps.get_model('jobs.Job').objects.get()"
ENQUEUE = (
    "(lambda subject: str(__import__('concepts.services.extracting', fromlist=['x'])"
    ".request_extraction(subject, requested_by=None, engine='ollama').kind))("
    "apps.get_model('concepts.Subject').objects.create(key='sound', name='Sound', "
    "library=apps.get_model('research.Library').objects.get()))"
)
KEPT = "apps.get_model('concepts.KeptAnswer').objects.count()"


def question(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def test_an_extraction_killed_in_the_middle_goes_on_from_its_last_answer(service: Service) -> None:
    rule = RuleChat(honest_concept, honest_pair)

    def answer(body: dict[str, Any]) -> str:
        messages = tuple(Message(one["role"], one["content"]) for one in body["messages"])
        return rule.chat(ChatRequest(purpose="judge", messages=messages)).text

    service.manage("ingest", "--library", "sound", "--create", *map(str, COURSE))
    service.ask("apps.get_model('jobs.Job').objects.all().delete()[0]")
    with OllamaServer(answer=answer) as model:
        model.will(slow(0.2))
        service.env["OLLAMA_HOST"] = model.url
        service.ask(ENQUEUE)
        worker = service.start_worker()
        wait_for(lambda: len(model.chats) >= 4, within_s=90, what="the fourth question")
        service.kill(worker)
        answered = service.ask(KEPT)
        assert answered >= 3
        service.start_worker()
        wait_for(lambda: service.ask(f"{JOB}.state") == "succeeded", within_s=120, what="the end")
        asked = [question(body) for body in model.chats]
    result = service.ask(f"{JOB}.result")
    assert service.ask(f"{JOB}.attempt") == 2
    # Only the question that was being answered when the worker died is put a second time.
    assert len(asked) - len(set(asked)) <= 1
    assert result["calls"] == len(set(asked)) - answered > 0
    assert result["concepts"] > 0
    assert service.ask(KEPT) == 0
