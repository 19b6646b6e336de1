"""Why a point was judged as it was, in plain words that do not give the idea away."""

from __future__ import annotations

import re

from tutor.ports import PointVerdict

# What graders and floor write down as codes; the model engine writes sentences, which may tell the idea.
PLAIN = {
    "said": "These words say it.",
    "partly": "These words come near it, but could also mean something else.",
    "not found": "No words were found that say it.",
    "nothing said": "The answer says nothing about it.",
    "not judged": "It was not judged, so it counts as unclear.",
    "not_a_sentence": "The words are there, but in an order that says nothing yet.",
    "off_the_point": "These words are about something else.",
    "conflict": "Something in these words goes against the source.",
    "negation": "Here a “not” stands where the source has none, or is missing where it has one.",
    "antonym": "Here stands the opposite of a word of the source.",
    "number": "A number or unit is another one than in the source.",
    "direction": "What does something and what it is done to have changed places.",
    "roles_exchanged": "These words may have changed places: say once more what does it, and to what.",
    "credits_anything": "Whatever looked at it would have credited anything, so it counts as unclear.",
    "two_looks_disagree": "It was looked at twice, and the two looks did not agree.",
    "quote_not_in_answer": "The words that were given for it do not stand in the answer.",
    "no_span": "No words of the answer were given for it.",
    "span_not_found": "The words that were given for it do not stand in the answer.",
    "span_says_nothing": "The words that were given for it say nothing by themselves.",
    "copied": "These words are the lesson's or the question's; only your own count.",
    "question_words": "These words are mostly the question's.",
    "speaks_to_grader": "These words speak to whoever grades, not about the subject.",
}
_OF_VERDICT = {
    PointVerdict.SHOWN: "Your words say it.",
    PointVerdict.MISSING: "No words were found that say it.",
    PointVerdict.CONTRADICTED: "These words say the opposite of the source.",
    PointVerdict.UNSURE: "These words come near it, but it is not clear that they say it.",
}
_CODE = re.compile(r"[a-z]+(?:[ _][a-z]+){0,3}")


def plain_reason(verdict: str, reason: str, *, may_tell: bool = False) -> str:
    """Return why a point was judged so, as a sentence for the learner.

    Parameters
    ----------
    reason
        What the grader wrote down: a code, or a sentence of its own.
    may_tell
        Whether a grader's own sentence may be passed on: it could give the idea away.

    Examples
    --------
    >>> plain_reason("missing", "nothing said")
    'The answer says nothing about it.'
    >>> plain_reason("missing", "It never says that energy is lost.")
    'No words were found that say it.'
    """
    if reason in PLAIN:
        return PLAIN[reason]
    if may_tell and reason and not _CODE.fullmatch(reason):
        return reason
    return _OF_VERDICT[PointVerdict(verdict)]
