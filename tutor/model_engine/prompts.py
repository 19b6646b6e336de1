"""The prompts of this engine: a template in two parts, and the schema of the same name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from llm.ports import ChatModel, ChatRequest, Message
from llm.prompting import Prompt

_ROOM = Path(__file__).resolve().parent.parent
# Parts a template into what the model is and what it is to do. Source text cannot reach this line:
# the template is parted before anything is filled in.
_PARTING = "\n=====\n"


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt of two messages and the form of its answer.

    Attributes
    ----------
    hash
        Of the wording and of the schema: both change what is answered.
    """

    purpose: str
    system: Prompt
    user: Prompt
    schema: dict[str, Any]
    num_predict: int
    hash: str

    def messages(self, **values: object) -> tuple[Message, ...]:
        """Return the two messages with their gaps filled."""
        return (
            Message("system", self.system.render()),
            Message("user", self.user.render(**values)),
        )

    def request(
        self,
        values: Mapping[str, object],
        *,
        ids: Sequence[str],
        items: str,
        key: str,
        num_predict: int | None = None,
    ) -> ChatRequest:
        """Return the request whose answers may name only `ids`, as `key` of each of `items`."""
        schema = json.loads(json.dumps(self.schema))
        named = schema["properties"][items]["items"]["properties"][key]
        named.get("items", named)["enum"] = list(ids)
        return ChatRequest(
            purpose=self.purpose,
            messages=self.messages(**values),
            schema=schema,
            num_predict=num_predict or self.num_predict,
            template_hash=self.hash,
        )


@cache
def load_question(name: str, *, num_predict: int) -> Question:
    """Return the question whose files are ``prompts/<name>.j2`` and ``schemas/<name>.json``."""
    prompt = Prompt.load(_ROOM / "prompts" / f"{name}.j2")
    schema_text = (_ROOM / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    system, user = prompt.source.split(_PARTING)
    return Question(
        purpose=name,
        system=Prompt.of(system, name=f"{name}.system"),
        user=Prompt.of(user, name=name),
        schema=json.loads(schema_text),
        num_predict=num_predict,
        hash=hashlib.sha256(f"{prompt.hash}\n{schema_text}".encode()).hexdigest(),
    )


class ModelTask:
    """What the tasks of this engine share: a model, the one question that they ask it, and who they are.

    Parameters
    ----------
    chat_model : ChatModel
    question : Question
    """

    engine = "ollama"

    def __init__(self, chat_model: ChatModel, *, question: Question) -> None:
        self._chat_model = chat_model
        self._question = question

    @property
    def version(self) -> str:
        """The model and the digest of its weights."""
        return self._chat_model.version[:80]

    @property
    def prompt_hash(self) -> str:
        """Hash of the prompt and its schema."""
        return self._question.hash
