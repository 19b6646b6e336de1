"""Cutting a text into the windows that an embedding model can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def cut_windows(
    text: str,
    *,
    tokens: Sequence[tuple[int, int]],
    budget: int,
    overlap: int,
    count_tokens: Callable[[str], int],
) -> list[tuple[int, int]]:
    """Return spans of about equal size that each fit the budget and together cover the text.

    Parameters
    ----------
    text : str
    tokens : sequence of (int, int)
        Character offsets of the model's tokens in `text`, in order.
    budget : int
        The most tokens that one window may hold.
    overlap : int
        How many tokens a window shares with the one before it, so that a sentence on the seam is
        whole in one of them. Must be smaller than `budget`.
    count_tokens : callable
        Counts the tokens of a part of the text. A word that is cut can have other tokens than it had
        in the text, so every window is counted again and shortened until it fits.

    Returns
    -------
    list of (int, int)
        Spans in order. The first begins at 0, the last ends at ``len(text)``, each begins at or
        before the end of the one before. An empty text has none.

    Examples
    --------
    >>> text = "one two three four five"
    >>> tokens = [(0, 3), (4, 7), (8, 13), (14, 18), (19, 23)]
    >>> def count(part):
    ...     return len(part.split())
    >>> spans = cut_windows(text, tokens=tokens, budget=3, overlap=1, count_tokens=count)
    >>> [text[start:end] for start, end in spans]
    ['one two three ', 'three four five']
    """
    if not text:
        return []
    if len(tokens) <= budget:
        return [(0, len(text))]
    windows: list[tuple[int, int]] = []
    size = _even_size(len(tokens), budget=budget, overlap=overlap)
    first = 0
    while True:
        start = tokens[first][0] if first else 0
        last = min(first + size, len(tokens))
        last = _word_end(tokens, first=first, last=last, overlap=overlap)
        while last > first + 1 and count_tokens(text[start : _end(text, tokens, last)]) > budget:
            last -= 1
        windows.append((start, _end(text, tokens, last)))
        if last >= len(tokens):
            return windows
        first = _next_first(tokens, first=first, last=last, overlap=overlap)


def _even_size(count: int, *, budget: int, overlap: int) -> int:
    """The smallest window with which as many windows suffice as with full ones."""
    windows = max(1, -(-(count - overlap) // (budget - overlap)))
    return min(budget, -(-(count - overlap) // windows) + overlap)


def _end(text: str, tokens: Sequence[tuple[int, int]], last: int) -> int:
    """Where a window of the tokens before `last` ends: white space belongs to the window before it."""
    return len(text) if last >= len(tokens) else max(tokens[last][0], tokens[last - 1][1])


def _starts_word(tokens: Sequence[tuple[int, int]], at: int) -> bool:
    return at == 0 or at >= len(tokens) or tokens[at][0] > tokens[at - 1][1]


def _word_end(tokens: Sequence[tuple[int, int]], *, first: int, last: int, overlap: int) -> int:
    """The nearest end of a word at or before `last`, unless that would give up half the window."""
    for at in range(last, first + max(overlap, (last - first) // 2), -1):
        if _starts_word(tokens, at):
            return at
    return last


def _next_first(tokens: Sequence[tuple[int, int]], *, first: int, last: int, overlap: int) -> int:
    """Where the next window begins: `overlap` tokens back, at a word if there is one, always further on."""
    back = max(first + 1, last - overlap)
    for at in range(back, last):
        if _starts_word(tokens, at):
            return at
    return back if back < last else last
