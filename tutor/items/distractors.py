"""Whether a wrong option is wrong: not also true of the concept by the sources, not the right one again."""

from __future__ import annotations

from enum import StrEnum

from research.sentences import sentences
from tutor.items.ports import GAP, Distractor, PracticeDraft, PracticeTask
from tutor.items.wordings import content, find_name, says_is_a
from vectorstore.ports import Embedder

# Shared content words, as a share of the shorter text, and cosine from which two texts say the same.
SAME_WORDS = 0.6
SAME_MEANING = 0.75
# A sentence on the concept that holds this share of a distractor's content supports it.
SUPPORTED = 0.7


class DistractorRefusal(StrEnum):
    """Why a wrong option may not be offered."""

    NEAR = "near"
    NAMES_CONCEPT = "names_concept"
    BROADER_OR_NARROWER = "broader_or_narrower"
    SUPPORTED = "supported"


def distractor_refusal(
    distractor: Distractor, *, draft: PracticeDraft, task: PracticeTask, embedder: Embedder
) -> DistractorRefusal | None:
    """Return why ``distractor`` may be right or look like it, or None where no source speaks for that."""
    if _says_the_same(distractor.text, draft.answer, embedder):
        return DistractorRefusal.NEAR
    if find_name(distractor.text, task.names):
        return DistractorRefusal.NAMES_CONCEPT
    if _is_kind_of(distractor, draft, task):
        return DistractorRefusal.BROADER_OR_NARROWER
    if _is_supported(distractor.text, draft, task, embedder):
        return DistractorRefusal.SUPPORTED
    return None


def _says_the_same(one: str, other: str, embedder: Embedder) -> bool:
    mine, theirs = content(one), content(other)
    if not mine or not theirs or len(mine & theirs) >= SAME_WORDS * min(len(mine), len(theirs)):
        return True
    first, second = embedder.embed([one, other])
    return float(first @ second) >= SAME_MEANING


def _is_kind_of(distractor: Distractor, draft: PracticeDraft, task: PracticeTask) -> bool:
    """Whether the concept is a kind of the distractor's, or the other way about: what holds of one may hold
    of the other ("a wave" and "a sound wave"), and the names or definitions say so."""
    if not distractor.concept:
        return False
    other = next((one for one in task.neighbours if one.name == distractor.concept), None)
    their_names = (distractor.concept, *(other.aliases if other else ()))
    own, theirs = content(task.concept), content(distractor.concept)
    if own <= theirs or theirs <= own:
        return True
    if find_name(draft.span.quote, their_names):
        return True
    said = (one for passage in task.passages for one in sentences(passage.text))
    if any(says_is_a(one, task.names, their_names) for one in said):
        return True
    return bool(other and other.definition and find_name(other.definition, task.names))


def _is_supported(text: str, draft: PracticeDraft, task: PracticeTask, embedder: Embedder) -> bool:
    """Whether a sentence of the passages that speaks of the concept says what the distractor says."""
    is_name = GAP in draft.stem
    wanted = content(draft.stem.replace(GAP, " ")) if is_name else content(text)
    names = [text] if is_name else task.names
    said = [one for passage in task.passages for one in sentences(passage.text) if find_name(one, names)]
    if any(len(wanted & content(one)) >= SUPPORTED * len(wanted) for one in said):
        return True
    if is_name or not said:
        return False
    vectors = embedder.embed([text, *said])
    return bool((vectors[1:] @ vectors[0]).max() >= SAME_MEANING)
