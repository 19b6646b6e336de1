"""Words that say how much, how often and how surely something holds."""

from __future__ import annotations

import re


def any_of(phrases: str) -> re.Pattern[str]:
    """Return a pattern for whole phrases that are parted by bars.

    Examples
    --------
    >>> any_of("all|at once").findall("All at once, allegedly.")
    ['All', 'at once']
    """
    return re.compile(rf"\b(?:{'|'.join(part.strip() for part in phrases.split('|'))})\b", re.I)


# Each is a class of its own: "only" in the source is no ground for "all".
UNIVERSALS = (
    any_of("all|every|everything|everyone|everybody|everywhere|each|any|always|constantly|whenever|whatever"),
    any_of("only|just|solely|exclusively|nothing but|alone"),
    any_of("must|has to|have to|needs?|needed|necessary|requires?|required"),
    any_of("exactly|precisely|completely|entirely|totally|perfectly|fully|wholly"),
    any_of("never|none|nothing|nobody|no"),
    any_of("immediately|at once|instantly"),
)
HEDGE = re.compile(
    r"\b(?:may|might|could|perhaps|possibly|probably|likely|(?<!how )often|usually|sometimes|some|somewhat"
    r"|many|lots? of|mostly|most|mainly|largely|generally|typically|normally|commonly|nearly|almost|roughly"
    r"|(?:about|around)(?= (?:\d|half|twice|one|two|three|four|five|six|seven|eight|nine|ten|a (?:quarter"
    r"|third|half|hundred|thousand|dozen|second|minute)|the (?:same|length|size|width|height)))"
    r"|approximately|practically|tends? to|seems? to|appears? to|partly|in part|seldom|rarely|few|hardly"
    r"|in many cases|more or less)\b",
    re.I,
)
CAN = re.compile(r"(?<!you )(?<!we )(?<!one )\bcan\b(?! be (?:seen|said|written|thought|used))", re.I)
ABLE = re.compile(
    r"\b(?:can|may|might|could|able|possible|possibly|allows?|lets?|permits?|capable)\b|\w+[ai]ble\b", re.I
)
DOUBTS = any_of("may|might|perhaps|possibly|probably|supposedly|allegedly")
