"""How many tokens a text may take, without the model's own tokenizer.

Two bounds instead of one guess: the upper one refuses a prompt before the call, because a server
cuts what does not fit and answers all the same; the lower one finds out afterwards that it did.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from llm.errors import PromptTooLong
from llm.ports import Message

# What a chat template may put around the messages: begin, end and role markers.
TOKENS_AROUND_CHAT = 16
TOKENS_AROUND_MESSAGE = 8

_PIECE = re.compile(r"(?P<word>[A-Za-z]+)|(?P<blank>[ ]+)|(?P<other>.)", re.DOTALL)
_LONGEST_PLAIN_WORD = 14


def most_tokens(text: str) -> int:
    """Return a number of tokens that `text` will hardly exceed under any usual tokenizer.

    Plain words count one token for every four letters begun (very long ones, which are seldom
    words, one for every two), digits and signs one each, any other character as many as its bytes:
    byte-level tokenizers fall back to those.

    Examples
    --------
    >>> most_tokens("A cairn marks a path.")
    8
    >>> most_tokens("2026"), most_tokens("路")
    (4, 3)
    """
    return sum(_most_in(match) for match in _PIECE.finditer(text))


def _most_in(match: re.Match[str]) -> int:
    piece = match.group()
    if match.lastgroup == "word":
        return -(-len(piece) // (4 if len(piece) <= _LONGEST_PLAIN_WORD else 2))
    if match.lastgroup == "blank":
        return 0 if len(piece) == 1 else -(-len(piece) // 4)
    return len(piece.encode("utf-8", "surrogatepass"))


def fewest_tokens(text: str) -> int:
    """Return a number of tokens that `text` must take: no token spans two words.

    Of very short words a server's own rough count (characters by four) may find fewer; the bound
    stays below that too, so that it accuses nobody wrongly.

    Examples
    --------
    >>> fewest_tokens("A cairn marks a path.")
    4
    """
    return min(len(text.split()), len(text) // 5)


def most_in_prompt(messages: Sequence[Message]) -> int:
    """Return the upper bound for a whole chat, with what a template puts around it."""
    inside = sum(most_tokens(message.content) + TOKENS_AROUND_MESSAGE for message in messages)
    return TOKENS_AROUND_CHAT + inside


def fewest_in_prompt(messages: Sequence[Message]) -> int:
    """Return the lower bound for a whole chat."""
    return sum(fewest_tokens(message.content) for message in messages)


def check_budget(messages: Sequence[Message], *, num_predict: int, num_ctx: int) -> None:
    """Refuse a chat that may not fit its window together with its reply.

    Raises
    ------
    PromptTooLong
        If the upper bound and `num_predict` exceed `num_ctx`.
    """
    needed = most_in_prompt(messages) + num_predict
    if needed > num_ctx:
        raise PromptTooLong(needed=needed, num_ctx=num_ctx)
