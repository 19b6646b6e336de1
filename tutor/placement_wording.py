"""Puts into words why a placement asked what it asked, and what it is not sure of."""

from __future__ import annotations

from collections.abc import Sequence

AS_LIKELY_AS_NOT = (0.4, 0.6)


def why_asked(name: str, *, p: float, others: Sequence[str]) -> str:
    """Return one sentence on why a question on a concept was the one to ask.

    Parameters
    ----------
    name : str
    p : float
        The belief before the answer.
    others : sequence of str
        The concepts that the answer tells most of, beside this one.

    Examples
    --------
    >>> why_asked("tides", p=0.52, others=["moon", "surges"])
    'It was as likely as not (52%) that you know tides, and the answer also tells about moon and surges.'
    >>> why_asked("tides", p=0.2, others=[])
    'It was 20% likely that you know tides, and nothing else that was asked could have told.'
    """
    low, high = AS_LIKELY_AS_NOT
    chance = f"as likely as not ({p:.0%})" if low <= p <= high else f"{p:.0%} likely"
    tells = f"the answer also tells about {listed(others)}" if others else _ONLY_BY_ASKING
    return f"It was {chance} that you know {name}, and {tells}."


def region_name(names: Sequence[str]) -> str:
    """Return what to call concepts that hang together, in teaching order.

    Examples
    --------
    >>> [region_name(part) for part in (["moon"], ["moon", "tides"], ["moon", "tides", "surges", "dykes"])]
    ['moon', 'moon and tides', 'moon to dykes (4 concepts)']
    """
    return listed(names) if len(names) <= 2 else f"{names[0]} to {names[-1]} ({len(names)} concepts)"


def listed(names: Sequence[str]) -> str:
    """Return names as one says them.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


_ONLY_BY_ASKING = "nothing else that was asked could have told"
