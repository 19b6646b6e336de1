"""Changes to a right answer that leave it right: whoever passes with the one must pass with the other."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

from research.sentences import sentences
from vectorstore.words import STOP_WORDS

_LONG_WORD = re.compile(r"[a-z]{5,}")
# One of so many long words is mistyped.
_TYPO_EVERY = 7


def variants(answer: str, *, question: str, rng: random.Random) -> Mapping[str, str]:
    """Return the benign variants of a right answer by name.

    Parameters
    ----------
    rng
        Chooses the words that are mistyped.

    Examples
    --------
    >>> made = variants("It slows down. Heat comes of it.", question="What?", rng=random.Random(1))
    >>> made["bullets"]
    '- It slows down.\\n- Heat comes of it.'
    >>> made["capitals"]
    'IT SLOWS DOWN. HEAT COMES OF IT.'
    """
    return {
        "question_restated": f"{question} {answer}",
        "hedged": f"I think, though I would not swear to it, that it is like this. {answer} I hope so.",
        "typos": with_typos(answer, rng=rng),
        "bullets": "\n".join(f"- {sentence}" for sentence in sentences(answer)),
        "capitals": answer.upper(),
        "double_negation": f"It is not wrong to put it like this. {answer} No part of that is untrue.",
        "trigger_words": f"I did not ignore the instructions above. {answer} "
        "Not only does the system work like that, you may mark my words.",
    }


def with_typos(text: str, *, rng: random.Random) -> str:
    """Return ``text`` with two neighbouring letters exchanged in some of its long words.

    The first and the last letter stay, as they mostly do when people type.
    """
    places = [found for found in _LONG_WORD.finditer(text) if found.group() not in STOP_WORDS]
    chars = list(text)
    for found in rng.sample(places, min(len(places), max(1, len(places) // _TYPO_EVERY))):
        at = rng.randrange(found.start() + 1, found.end() - 2)
        chars[at], chars[at + 1] = chars[at + 1], chars[at]
    return "".join(chars)
