"""The explain-back question: put together from its points, so that it asks for what is graded and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tutor.ports import DraftPoint, DraftSentence
from vectorstore.ports import Embedder
from vectorstore.words import stems

# The answer to one part of a question is looked for in this many sentences.
SENTENCES_PER_PART = 2
# A part of a question may ask for an idea in other words: this near the two then lie.
NEAR_IN_MEANING = 0.45
_MEANING = re.compile(r"^what\b.*\b(?:means?|is|are|called|stands? for)\b", re.I)
# What a question word can be answered by.
_KINDS = (
    (
        re.compile(r"\bwhy\b|\bwhat (?:causes|makes)\b", re.I),
        re.compile(r"\b(?:because|since|so that|therefore|hence|causes?|due to|reason)\b|\bwhy\b", re.I),
    ),
    (
        re.compile(r"\bwhen\b", re.I),
        re.compile(r"\b(?:when|whenever|while|once|if|until|after|before)\b", re.I),
    ),
    (re.compile(r"\bhow (?:many|much|often|long|far|fast)\b", re.I), re.compile(r"\d|\bnumber\b", re.I)),
)
_COPULA = r"(?:is|are|was|were|means?|refers? to|stands? for|denotes?|describes?)"


def compose_question(points: Sequence[DraftPoint], *, concept: str) -> str:
    """Return the question that asks for these points and for nothing else.

    Examples
    --------
    >>> from research.spans import Span
    >>> span = Span("p", 0, 1, "x")
    >>> parts = ("what “damping” means", "what it has to do with energy")
    >>> compose_question([DraftPoint("", span, asked=part) for part in parts], concept="damping")
    'Explain in your own words what “damping” means. Say also what it has to do with energy.'
    >>> compose_question([DraftPoint("", span, asked=parts[1])], concept="damping")
    'This is about “damping”. Explain in your own words what it has to do with energy.'
    """
    parts = list(dict.fromkeys(point.asked for point in points if point.asked))
    if not parts:
        return ""
    first, rest = parts[0], parts[1:]
    said = f"Explain in your own words {first}."
    if not set(stems(concept)) <= set(stems(first)):
        said = f"This is about “{concept}”. {said}"
    if not rest:
        return said
    listed = rest[0] if len(rest) == 1 else f"{', '.join(rest[:-1])}, and {rest[-1]}"
    return f"{said} Say also {listed}."


def asks_for_meaning(part: str) -> bool:
    """Say whether a part of a question asks what something is.

    Examples
    --------
    >>> asks_for_meaning("what “damping” means"), asks_for_meaning("what it has to do with energy")
    (True, False)
    """
    return bool(_MEANING.match(part))


def defines(text: str, *, names: Sequence[str]) -> bool:
    """Say whether a sentence tells what one of ``names`` is.

    Examples
    --------
    >>> defines("A weak vibration is a small one.", names=["vibration"])
    True
    >>> defines("Such a motion is called a vibration.", names=["vibration"])
    True
    >>> defines("Guitar strings show a vibration.", names=["vibration"])
    False
    """
    folded = " ".join(text.casefold().split())
    for name in names:
        named = rf"[“\"*`]?{re.escape(name.casefold())}(?:s|es)?[”\"*`]?(?: \([^)]*\))?"
        subject = rf"^(?:\w+,? ){{0,4}}{named},?(?: \w+){{0,2}} {_COPULA}\b"
        called = (
            rf"\b(?:called|known as|named|call (?:this|it|them|these|such)|term)\b(?: \w+){{0,5}} {named}\b"
        )
        if re.search(subject, folded) or re.search(called, folded):
            return True
    return False


def asks_for(part: str, idea: str, *, names: Sequence[str], is_definition: bool, embedder: Embedder) -> bool:
    """Say whether one part of the question leads to ``idea`` and not just to anything about the concept.

    Parameters
    ----------
    names
        What the concept is called: these words lead to everything in its lesson, so they do not count.
    is_definition
        The idea is the source's own definition of the concept.
    """
    if not part.strip():
        return False
    if asks_for_meaning(part):
        return is_definition or defines(idea, names=names) or _shares_words(part, idea, names=names)
    if any(asked.search(part) and told.search(idea) for asked, told in _KINDS):
        return True
    if _shares_words(part, idea, names=names):
        return True
    one, other = embedder.embed([part, idea])
    return float(one @ other) >= NEAR_IN_MEANING


def sentences_asked_for(
    points: Sequence[DraftPoint],
    *,
    names: Sequence[str],
    definition: str,
    sentences: Sequence[DraftSentence],
    embedder: Embedder,
) -> list[DraftSentence]:
    """Return the lesson's sentences to which the parts of the question lead, in the lesson's order.

    Whoever answers the question and nothing else says these: they are found from the question alone.
    """
    told = [one for one in sentences if not one.is_connective and not one.is_code]
    if not told or not points:
        return []
    vectors = embedder.embed(
        [*(f"{names[0]}: {point.asked}" for point in points), *(one.text for one in told)]
    )
    near = vectors[: len(points)] @ vectors[len(points) :].T
    found: set[int] = set()
    for row, point in zip(near, points, strict=True):
        scores = [
            float(cosine) + _lead(point.asked, one.text, names=names, definition=definition)
            for cosine, one in zip(row, told, strict=True)
        ]
        best = sorted(range(len(told)), key=lambda at: (-scores[at], at))
        found.update(best[:SENTENCES_PER_PART])
    return [told[at] for at in sorted(found)]


def _lead(part: str, text: str, *, names: Sequence[str], definition: str) -> float:
    """How plainly a part of the question points to a sentence, beside being near in meaning."""
    if asks_for_meaning(part):
        is_definition = bool(definition) and (definition in text or text in definition)
        return 2.0 * is_definition or 1.0 * defines(text, names=names)
    return 1.0 * _shares_words(part, text, names=names)


def _shares_words(part: str, text: str, *, names: Sequence[str]) -> bool:
    own = {key for name in names for key in stems(name)} | _FRAME
    asked = set(stems(part)) - own
    return bool(asked) and len(asked & set(stems(text))) >= (len(asked) + 1) // 2


# Of the question's frame, so in every question: "which part ... plays", "what it means".
_FRAME = frozenset(stems("mean means part plays word words explain say example work works happen happens"))
