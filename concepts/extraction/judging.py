"""Asks a chat model about candidates and checks every word of its answers against the sources.

An answer can only move the belief in what the text itself proposed. A yes whose quote is not found, a yes
to an edge whose quote is missing or names neither concept, and a yes in both directions are dropped and
counted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from concepts.extraction.excerpts import Excerpt
from concepts.extraction.terms import term_key, tokens
from llm.asking import ask_for_json
from llm.errors import PromptTooLong, ReplyCutOff, ReplyNotInSchema
from llm.ports import ChatModel, ChatRequest, Message
from llm.prompting import Prompt, fence, unfence
from research.spans import Span, locate_quote

_ROOM = Path(__file__).resolve().parent.parent
_TOKENS_PER_JUDGEMENT = 140
_FEWEST_QUOTED_WORDS = 4
# Parts a template into what the model is and what it is to do, before anything is filled in.
_PARTING = "\n=====\n"
# Failures of one question, after which the others are still worth asking.
_OF_THE_QUESTION = (ReplyNotInSchema, ReplyCutOff, PromptTooLong)

NO_QUOTE = "yes without a quote"
NOT_FOUND = "quote not found"

Remember = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """What one judgement is about: one concept or an ordered pair.

    Attributes
    ----------
    names
        The spellings of each concept, its name first.
    shown_in
        For each concept, the number of the excerpt that says what it is.
    """

    id: str
    names: tuple[tuple[str, ...], ...]
    shown_in: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One checked judgement.

    Attributes
    ----------
    span
        The quote at its exact place, where one was given.
    names_all
        Whether the quote names every concept that was asked about.
    """

    id: str
    verdicts: Mapping[str, bool]
    span: Span | None
    names_all: bool = False


@dataclass(slots=True)
class Answers:
    """What came back from all questions.

    Attributes
    ----------
    judgements
        Checked judgements by the id of their subject.
    dropped
        Judgements thrown away, by reason.
    calls
        Questions put to the model; those answered from memory are not among them.
    """

    judgements: dict[str, Judgement] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    calls: int = 0


class Judge:
    """Puts one kind of question to a chat model.

    Parameters
    ----------
    kind
        Name of the prompt and of its schema: ``judge_concepts`` or ``judge_prerequisites``.
    known
        Answers of an earlier, interrupted run by the hash of their question.
    remember
        Called with each new answer, so that a later run need not ask again.
    """

    def __init__(
        self,
        chat_model: ChatModel,
        kind: str,
        *,
        known: Mapping[str, dict[str, Any]] | None = None,
        remember: Remember | None = None,
    ) -> None:
        self._chat_model = chat_model
        self._kind = kind
        self._question = _question(kind)
        self._known = known or {}
        self._remember = remember

    def ask(self, subjects: Sequence[Subject], excerpts: Sequence[Excerpt], *, into: Answers) -> None:
        """Ask about ``subjects`` in one call and put what can be verified ``into`` the answers.

        A question that is too long for the model's window is put in halves instead. A reply that is cut
        off is not asked for again: a model that runs on does so with every half.

        Raises
        ------
        ModelError
            When the server cannot be reached; a refused or broken answer is counted instead.
        """
        request = self.request(subjects, excerpts)
        key = _hash(request)
        answer = self._known.get(key)
        if answer is None:
            try:
                answer = self._asked(request, ids={one.id for one in subjects}, into=into)
            except _OF_THE_QUESTION as exc:
                if isinstance(exc, PromptTooLong) and len(subjects) > 1:
                    for part, shown in _halves(subjects, excerpts):
                        self.ask(part, shown, into=into)
                    return
                into.dropped[f"no usable answer ({exc.outcome})"] += len(subjects)
                return
            if self._remember:
                self._remember(key, answer)
        by_id = {subject.id: subject for subject in subjects}
        for row in answer["judgements"]:
            subject = by_id.get(row["id"])
            if subject is not None:
                self._take(row, subject, excerpts, into)

    def _asked(self, request: ChatRequest, *, ids: set[str], into: Answers) -> dict[str, Any]:
        into.calls += 1
        try:
            return ask_for_json(self._chat_model, request, check=_check(ids))
        except PromptTooLong:
            into.calls -= 1  # refused before it was sent
            raise

    def request(self, subjects: Sequence[Subject], excerpts: Sequence[Excerpt]) -> ChatRequest:
        """Return the question about ``subjects`` as it would be put."""
        passages = [
            {"id": f"P{number + 1}", "fenced": fence(excerpt.text, "source")}
            for number, excerpt in enumerate(excerpts)
        ]
        listed = [self._listed(subject) for subject in subjects]
        text = self._question.user.render(passages=passages, candidates=listed, pairs=listed)
        return ChatRequest(
            purpose=self._kind,
            messages=(Message("system", self._question.system.render()), Message("user", text)),
            schema=self._question.schema_for([subject.id for subject in subjects]),
            num_predict=256 + _TOKENS_PER_JUDGEMENT * len(subjects),
            template_hash=self._question.hash,
        )

    def _listed(self, subject: Subject) -> dict[str, str]:
        # Names come out of sources too: on one line, and without brackets that could close a fence.
        names = [fence(" ".join(spellings[0].split())[:100], "name") for spellings in subject.names]
        plain = [name.removeprefix("<name>\n").removesuffix("\n</name>") for name in names]
        told = [f"{name} (passage P{at + 1})" for name, at in zip(plain, subject.shown_in, strict=True)]
        return {"id": subject.id, "first": told[0], "second": told[-1]}

    def _take(
        self, row: dict[str, Any], subject: Subject, excerpts: Sequence[Excerpt], into: Answers
    ) -> None:
        verdicts = {name: value for name, value in row.items() if isinstance(value, bool)}
        if verdicts.get("a_needed_for_b") and verdicts.get("b_needed_for_a"):
            into.dropped["yes in both directions"] += 1
            return
        is_edge = "is_concept" not in verdicts
        span, problem = verified_quote(row["quote"], excerpts, names=subject.names)
        if problem and any(verdicts.values()):
            if is_edge or problem != NO_QUOTE:
                into.dropped[problem] += 1
            if is_edge or problem == NOT_FOUND:
                return
        names_all = span is not None and all(_is_any_named(span.quote, names) for names in subject.names)
        into.judgements[subject.id] = Judgement(subject.id, verdicts, span, names_all)


def _halves(
    subjects: Sequence[Subject], excerpts: Sequence[Excerpt]
) -> Iterator[tuple[list[Subject], list[Excerpt]]]:
    """Yield each half of the subjects with the excerpts that it needs."""
    middle = len(subjects) // 2
    for part in (subjects[:middle], subjects[middle:]):
        shown = sorted({at for subject in part for at in subject.shown_in})
        yield (
            [replace(subject, shown_in=tuple(map(shown.index, subject.shown_in))) for subject in part],
            [excerpts[number] for number in shown],
        )


def verified_quote(
    quote: str, excerpts: Sequence[Excerpt], *, names: Sequence[Sequence[str]]
) -> tuple[Span | None, str]:
    """Return where a quote stands, or None and what is wrong with it.

    It must be found in one of the excerpts, be a phrase and not a word, and name one of the concepts.

    Examples
    --------
    >>> shown = [Excerpt("p1", 10, "A cairn is a pile of stones.")]
    >>> verified_quote("a cairn is a pile", shown, names=[["cairn"]])
    (Span(passage_id='p1', start=10, end=27, quote='A cairn is a pile'), '')
    >>> verified_quote("a cairn is a bird of prey", shown, names=[["cairn"]])
    (None, 'quote not found')
    """
    if not quote.strip():
        return None, NO_QUOTE
    spellings_of_quote = dict.fromkeys([unfence(quote).strip(), quote.strip()])
    # To look for it letter for letter is quick, and most quotes are exact.
    exact = [one for one in excerpts if any(spelling in one.text for spelling in spellings_of_quote)]
    for excerpt in exact or excerpts:
        places = (locate_quote(excerpt.text, spelling) for spelling in spellings_of_quote)
        found = next((place for place in places if place), None)
        if found is None:
            continue
        start, end = found
        words = excerpt.text[start:end]
        if len(words.split()) < _FEWEST_QUOTED_WORDS:
            return None, "quote too short"
        if not any(_is_any_named(words, spellings) for spellings in names):
            return None, "quote names no concept asked about"
        return Span(excerpt.passage_id, excerpt.start + start, excerpt.start + end, words), ""
    return None, NOT_FOUND


def _is_any_named(words: str, spellings: Sequence[str]) -> bool:
    said = [token.lemma for token in tokens(words)]
    wanted = [term_key(name) for name in spellings]
    return any(
        tuple(said[at : at + len(name)]) == name for name in wanted for at in range(len(said) - len(name) + 1)
    )


def _check(ids: set[str]) -> Callable[[dict[str, Any]], list[str]]:
    def complaints(answer: dict[str, Any]) -> list[str]:
        seen = Counter(str(row["id"]) for row in answer["judgements"])
        unknown = sorted(set(seen) - ids)
        return [
            *(f"There is no id {name!r}; judge only the ids listed." for name in unknown),
            *(f"The id {name!r} is judged {count} times." for name, count in seen.items() if count > 1),
            *(f"The id {name!r} is not judged." for name in sorted(ids - set(seen))),
        ]

    return complaints


def _hash(request: ChatRequest) -> str:
    return hashlib.sha256(f"{request.template_hash}\n{request.messages[-1].content}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Question:
    """A prompt in two messages and the form of its answer; the hash is of both."""

    system: Prompt
    user: Prompt
    schema: str
    hash: str

    def schema_for(self, ids: Sequence[str]) -> dict[str, Any]:
        """Return the schema of an answer that judges each of ``ids`` once and nothing else."""
        schema: dict[str, Any] = json.loads(self.schema)
        rows = schema["properties"]["judgements"]
        rows["minItems"] = rows["maxItems"] = len(ids)
        rows["items"]["properties"]["id"]["enum"] = list(ids)
        return schema


@cache
def _question(kind: str) -> _Question:
    prompt = Prompt.load(_ROOM / "prompts" / f"{kind}.j2")
    schema = (_ROOM / "schemas" / f"{kind}.json").read_text(encoding="utf-8")
    system, user = prompt.source.split(_PARTING)
    wording = hashlib.sha256(f"{prompt.hash}\n{schema}".encode()).hexdigest()
    return _Question(Prompt.of(system, name=f"{kind}.system"), Prompt.of(user, name=kind), schema, wording)
