"""Key ideas out of the lesson's own sentences, and a question that asks for each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from research.spans import Span
from tutor.asking import defines
from tutor.clauses import clause_spans
from tutor.context import leans_back
from tutor.ports import DraftPoint, RubricDraft, RubricTask, Section
from tutor.rubric_floor import names_later
from tutor.support import fold
from vectorstore.ports import Embedder
from vectorstore.words import STOP_WORDS, stem, stems, words

ENGINE = "embedded"
VERSION = "2"
MOST_POINTS = 2
LONGEST_IDEA_WORDS = 30
OFTEN_SAID = 3
SAME_IDEA = 0.72
LEAST_CLOSENESS = 0.3
_CAUSE = re.compile(
    r"\b(?:because|since|so that|therefore|hence|that is why|this is why|the reason|means that)\b", re.I
)
_FIGURE = re.compile(r"\d")
_CASE = re.compile(
    r"\b(?:suppose|imagine|consider|say|turn|ask|think|try|put|take|count|for example|for "
    r"instance|once|you|we|she|he"
    r"|us|our|I|somebody|student|teacher)\b|^(?:if|when|why|how|what|whether|there)\b",
    re.I,
)
_BEFORE_NOUNS = frozenset(
    "a an the of in on at by for with from into between its their this these each every no".split()
)
_EMPTY_TOPICS = frozenset(
    stem(word)
    for word in "way thing kind sort part number case time word name example use make come go become give "
    "take "
    "find call know say see mean want need get put lot bit little much many several same other different "
    "good "
    "well new old first second two three four half often always never usually simple simply exactly "
    "nearly people "
    "somebody anybody everybody anything something nothing everything person one every each back "
    "forth line end start side top".split()
)


@dataclass(frozen=True, slots=True)
class _Idea:
    text: str
    span: Span
    section: Section
    is_definition: bool


class EmbeddedRubricWriter:
    """Takes the definition and the ideas of the lesson that are near to the concept and unlike each other."""

    engine = ENGINE
    prompt_hash = ""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.version = f"rubrics {VERSION}, {embedder.name}"[:80]

    def write(self, task: RubricTask) -> RubricDraft:
        """Return up to 2 points, each with what asks for it in the question; the definition first."""
        ideas = self._chosen(task)
        facets = _facets(ideas, task)
        return RubricDraft(
            tuple(
                DraftPoint(idea.text, idea.span, asked=facet.asked, hint=facet.hint)
                for idea, facet in zip(ideas, facets, strict=True)
                if facet.asked
            )
        )

    def _chosen(self, task: RubricTask) -> list[_Idea]:
        ideas = _ideas(task)
        if not ideas:
            return []
        aim = f"{task.concept}. {task.definition.quote if task.definition else ''}"
        vectors = self._embedder.embed([aim, *(idea.text for idea in ideas)])
        near = vectors[1:] @ vectors[0]
        first = _first(ideas, task, near)
        chosen = [first]
        for at in sorted(range(len(ideas)), key=lambda at: (-_worth(ideas[at], task, float(near[at])), at)):
            unlike = all(float(vectors[at + 1] @ vectors[one + 1]) < SAME_IDEA for one in chosen)
            near_enough = near[at] >= LEAST_CLOSENESS and _names(ideas[at].text, task)
            # One idea can be asked for by any word of it; more than that only by concepts the learner knows.
            can_ask = len(chosen) == 1 or _related(ideas[at].text, task)
            if len(chosen) < MOST_POINTS and unlike and near_enough and can_ask and _worth_asking(ideas[at]):
                chosen.append(at)
        return [ideas[at] for at in chosen]


def _first(ideas: Sequence[_Idea], task: RubricTask, near: Any) -> int:
    """The source's definition; else the nearest sentence that defines; else the nearest of all."""
    quoted = [at for at, idea in enumerate(ideas) if idea.is_definition]
    defining = [at for at, idea in enumerate(ideas) if defines(idea.text, names=task.names)]
    # "Such a file is called a module" defines nothing by itself, where another sentence does.
    alone = [at for at in defining if not leans_back(ideas[at].text)]
    if quoted and not (leans_back(ideas[quoted[0]].text) and alone):
        return quoted[0]
    defining = alone or defining
    return max(defining or range(len(ideas)), key=lambda at: (float(near[at]), -at))


@dataclass(frozen=True, slots=True)
class _Facet:
    """How the question asks for a point, and the nudge when it is missing."""

    asked: str
    hint: str


def _ideas(task: RubricTask) -> list[_Idea]:
    """Every statement of the lesson's explanation and reasons that is one idea, or its main clause."""
    found = []
    defining = fold(task.definition.quote) if task.definition else ""
    for sentence in task.sentences:
        taught = sentence.section in (Section.EXPLANATION, Section.WHY, Section.PITFALL)
        if sentence.is_connective or sentence.is_code or not sentence.spans or not taught:
            continue
        text = fold(sentence.text)
        is_definition = bool(defining) and (defining in text or text in defining)
        if sentence.section == Section.PITFALL and not is_definition:
            continue
        if not is_definition and (leans_back(sentence.text) or names_later(sentence.text, task)):
            continue
        idea = _one_idea(sentence.text, sentence.spans[0])
        if idea is not None:
            found.append(_Idea(*idea, sentence.section, is_definition))
    return found


def _one_idea(text: str, span: Span) -> tuple[str, Span] | None:
    """The statement itself if it is short; else its first clauses, as an exact part of the span."""
    if len(words(text)) <= LONGEST_IDEA_WORDS:
        return text, span
    end = 0
    for _, stop in clause_spans(span.quote):
        if len(words(span.quote[:stop])) > LONGEST_IDEA_WORDS:
            break
        end = stop
    quote = span.quote[:end].rstrip(" ,;:")
    if len(words(quote)) < 5:
        return None
    return " ".join(quote.split()), Span(span.passage_id, span.start, span.start + len(quote), quote)


def _worth(idea: _Idea, task: RubricTask, near: float) -> float:
    related = _related(idea.text, task)
    home = any(passage.is_home and passage.id == idea.span.passage_id for passage in task.passages)
    return near + 0.25 * related + 0.1 * (idea.section == Section.WHY) + 0.15 * home


def _related(text: str, task: RubricTask) -> bool:
    own = set(stems(task.concept))
    return any(_speaks_of(text, name) and not set(stems(name)) <= own for name in _open_to_ask(task))


def _speaks_of(text: str, name: str) -> bool:
    """Whether ``text`` names another concept; a name with a small word in it ("for loop") as it stands."""
    if any(word in STOP_WORDS for word in words(name)):
        return name.casefold() in text.casefold()
    key = set(stems(name))
    return bool(key) and key <= set(stems(text))


def _open_to_ask(task: RubricTask) -> list[str]:
    """The other concepts that a question may name: what comes later is not asked about yet."""
    later = set(task.later_concepts)
    return [name for name in task.other_concepts if name not in later]


def _names(text: str, task: RubricTask) -> bool:
    said = set(stems(text))
    return any(set(stems(name)) <= said for name in task.names if stems(name))


def _worth_asking(idea: _Idea) -> bool:
    """A figure, an anecdote or an instruction is no key idea: an idea holds for more than one case."""
    if len(_FIGURE.findall(idea.text)) or _CASE.search(idea.text):
        return False
    return len(set(stems(idea.text))) >= 4


def _facets(ideas: Sequence[_Idea], task: RubricTask) -> list[_Facet]:
    used = set(stems(task.concept))
    defined = set(stems(ideas[0].text)) if ideas else set()
    name = _lower_first(task.concept)
    facets = []
    for at, idea in enumerate(ideas):
        if at == 0 and (idea.is_definition or defines(idea.text, names=task.names)):
            hint = f"What exactly is meant by “{name}”? What makes it so, and not just similar?"
            facets.append(_Facet(f"what “{name}” means", hint))
            continue
        least = OFTEN_SAID if at > 0 else 1
        topic = (at > 0 and _topic(idea, task, used | defined, least=least)) or _topic(
            idea, task, used, least=least
        )
        used |= set(stems(topic))
        facets.append(_facet(idea, topic, name, is_first=at == 0))
    return facets


def _facet(idea: _Idea, topic: str, concept: str, *, is_first: bool) -> _Facet:
    """Without a topic nothing leads to the idea, so it is not asked for."""
    if not topic:
        return _Facet("", "")
    subject = f"“{concept}”" if is_first else "it"
    if _CAUSE.search(idea.text):
        # "Which part friction plays" in a question that has named the concept before.
        about = f" in “{concept}”" if is_first else ""
        return _Facet(
            f"which part {topic} plays{about}, and why", f"Think about why: what part does {topic} play?"
        )
    return _Facet(f"what {subject} has to do with {topic}", f"What links {concept} and {topic}?")


def _topic(idea: _Idea, task: RubricTask, used: set[str], *, least: int) -> str:
    """What a point is about besides the concept: another concept that it names, else a word of the lesson.

    A word in fewer than ``least`` of its sentences is no topic: "what it has to do with position" could be
    answered by anything.
    """
    concept = set(stems(task.concept))
    named = [
        name
        for name in _open_to_ask(task)
        if _speaks_of(idea.text, name) and not set(stems(name)) <= (used | concept)
    ]
    if named:
        return max(named, key=len).lower()
    lesson = [key for sentence in task.sentences for key in set(stems(sentence.text))]
    nouns = [
        word
        for word in _nouns(idea.text)
        if stem(word) not in (used | concept | _EMPTY_TOPICS) and lesson.count(stem(word)) >= least
    ]
    return max(nouns, key=lambda word: lesson.count(stem(word)), default="")


def _nouns(text: str) -> list[str]:
    """The words that close a run after an article or preposition: "of the greatest distance" -> distance."""
    found, run, is_open = [], [""], False
    for word in [*words(text), "that"]:
        if word in STOP_WORDS:
            if is_open and run[-1] and not run[-1][0].isdigit() and len(run[-1]) > 3:
                found.append(run[-1])
            run, is_open = [""], word in _BEFORE_NOUNS
        elif not word.endswith("ly"):
            run.append(word)
    return list(dict.fromkeys(found))


def _lower_first(name: str) -> str:
    """Names stay as they are; a capital that only begins a heading goes."""
    return name[0].lower() + name[1:] if name[1:2].islower() and " " not in name else name
