"""Assembles the ports: which embedder, which chat model, which engine; nothing of the domain.

Adapters are named in settings by dotted path and built once per process, at first use, so that
starting Django loads no model library and a forked process never inherits one.
"""

from __future__ import annotations

import time
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from llm.ollama_chat import OllamaChat
    from llm.ports import CallRecorder, ChatModel
    from vectorstore.ports import Embedder, Parser, Reader

Engine = Literal["embedded", "ollama"]

PROBE_LASTS_S = 15.0


def embedder() -> Embedder:
    """The embedding model that every passage and query of this service goes through."""
    return _embedder(settings.EMBEDDER, settings.EMBEDDING_MODEL)


@cache
def _embedder(dotted_path: str, model: str) -> Embedder:
    adapter = import_string(dotted_path)
    return cast("Embedder", adapter(model) if model else adapter())


def reader(adapters: Path) -> Reader:
    """The model that reads explanations word by word; ``adapters`` turn it into a judge of pairs."""
    return _reader(settings.READER, adapters)


@cache
def _reader(dotted_path: str, adapters: Path) -> Reader:
    adapter = import_string(dotted_path)
    return cast("Reader", adapter(adapters))


def parser() -> Parser | None:
    """What tells who does what to whom in a sentence; None where settings name nothing."""
    return _parser(settings.PARSER) if settings.PARSER else None


@cache
def _parser(dotted_path: str) -> Parser:
    return cast("Parser", import_string(dotted_path)())


def index_directory() -> Path:
    """Where the generations of the vector and keyword indexes live on this machine."""
    return Path(settings.INDEX_DIR)


def recorder() -> CallRecorder:
    """Where every model call is written down."""
    record: Any = import_string(settings.MODEL_CALL_RECORDER)
    return cast("CallRecorder", record())


def graph_followers() -> list[Any]:
    """What goes along when concepts are merged or split, in every room that keeps something about them."""
    return [import_string(dotted_path)() for dotted_path in settings.GRAPH_FOLLOWERS]


def learner_followers() -> list[Any]:
    """What forgets along when a learner is forgotten, in every room above the record of what they know."""
    return [import_string(dotted_path)() for dotted_path in settings.LEARNER_FOLLOWERS]


def review_signals() -> Any:
    """What learners tell about a graph; a `concepts.reviewing.ReviewSignals`, which is above this module."""
    return import_string(settings.REVIEW_SIGNALS)()


def chat_model() -> ChatModel:
    """The chat model of the model engine."""
    return _ollama(tuple(settings.OLLAMA_HOSTS), settings.OLLAMA_MODEL)


@cache
def _ollama(hosts: tuple[str, ...], model: str) -> OllamaChat:
    from llm.ollama_chat import OllamaChat

    return OllamaChat(
        hosts=hosts,
        model=model,
        num_ctx=settings.OLLAMA_NUM_CTX,
        timeout_s=settings.OLLAMA_TIMEOUT_S,
        concurrency=settings.OLLAMA_CONCURRENCY,
        recorder=recorder(),
    )


def engine() -> Engine:
    """Which engine does the tutor's work now; ``auto`` takes Ollama when it answers and has the model."""
    if settings.TUTOR_ENGINE == "auto":
        return "ollama" if _answered_lately(int(time.monotonic() / PROBE_LASTS_S)) else "embedded"
    return cast("Engine", settings.TUTOR_ENGINE)


def model_answers() -> bool:
    """Whether a model server answers now and has the model."""
    return bool(_ollama(tuple(settings.OLLAMA_HOSTS), settings.OLLAMA_MODEL).available())


@lru_cache(maxsize=1)
def _answered_lately(period: int) -> bool:
    """One probe per period and process: the argument is only the key of the cache."""
    return model_answers()


def forget_adapters() -> None:
    """Drop what this process has built, so that changed settings count."""
    _embedder.cache_clear()
    _reader.cache_clear()
    _parser.cache_clear()
    _ollama.cache_clear()
    _answered_lately.cache_clear()
