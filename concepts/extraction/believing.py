"""How far a judge's answers about a pair move what the text alone made probable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from concepts.extraction.judging import Judgement
from concepts.extraction.scoring import ScoredPair

# What a 7B to 14B model is taken for until its own figures are known: see docs/benchmarks.md.
ACCURACY = 0.85
REPEATED = 0.5
ORDERS = ("a_needed_for_b", "b_needed_for_a")
# A judge that contradicts itself about a pair makes the pair less likely, whatever else speaks for it.
DOUBT = 0.5


@dataclass(frozen=True, slots=True)
class Trust:
    """Natural logarithms of the factors by which answers multiply the odds of an edge.

    Attributes
    ----------
    once
        Of one yes where only one answer could be used; a no divides by as much.
    twice
        Of the same answer to both orders of a pair.
    doubt
        How much a yes to one order and a no to the other take away.
    """

    once: float
    twice: float
    doubt: float = DOUBT

    @classmethod
    def of_judge(cls, *, accuracy: float, repeated: float = REPEATED, doubt: float = DOUBT) -> Trust:
        """Return the trust that a judge of stated accuracy deserves: its likelihood ratios.

        Parameters
        ----------
        accuracy
            Share of single answers that are right, the same for edges and for none; above 0.5.
        repeated
            Share of its errors that it makes again when the pair is put the other way round.

        Raises
        ------
        ValueError
            If a judge of this accuracy tells nothing, or a share is none.

        Examples
        --------
        >>> trust = Trust.of_judge(accuracy=0.85, repeated=0.5)
        >>> round(trust.once, 2), round(trust.twice, 2)
        (1.73, 2.27)
        """
        if not 0.5 < accuracy < 1.0 or not 0.0 < repeated <= 1.0:
            raise ValueError(f"No trust can be had in accuracy {accuracy} and repeated errors {repeated}.")
        error = 1.0 - accuracy
        stubborn = error * repeated
        chance = (error - stubborn) / (1.0 - stubborn)
        both_right = (1.0 - stubborn) * (1.0 - chance) ** 2
        both_wrong = stubborn + (1.0 - stubborn) * chance**2
        return cls(math.log(accuracy / error), math.log(both_right / both_wrong), doubt)

    def weight(self, votes: Sequence[bool]) -> float:
        """Return what to add to the log odds of an edge after these answers about it.

        Examples
        --------
        >>> trust = Trust(once=1.5, twice=2.0, doubt=0.5)
        >>> trust.weight([True, True]), trust.weight([False]), trust.weight([True, False]), trust.weight([])
        (2.0, -1.5, -0.5, 0.0)
        """
        if not votes:
            return 0.0
        if len(set(votes)) > 1:
            return -self.doubt
        size = self.twice if len(votes) > 1 else self.once
        return size if votes[0] else -size


DEFAULT_TRUST = Trust.of_judge(accuracy=ACCURACY)


def pair_id(first: int, second: int) -> str:
    """Return the id of the question in which ``first`` is A and ``second`` is B."""
    return f"e{first}-{second}"


def answers_about(
    first: int, second: int, judgements: Mapping[str, Judgement]
) -> list[tuple[bool, Judgement]]:
    """Return what each judgement of a pair, in either order, says of "``second`` requires ``first``"."""
    found = []
    ids = (pair_id(first, second), pair_id(second, first))
    for name, verdict in zip(ids, ORDERS, strict=True):
        if name in judgements:
            found.append((judgements[name].verdicts[verdict], judgements[name]))
    return found


def is_confirmed(told: Sequence[tuple[bool, Judgement]]) -> bool:
    """Say whether both orders were answered with a yes and a quote: half a judgement is left to a person."""
    return len(told) == len(ORDERS) and all(says and one.span is not None for says, one in told)


def votes_for(first: int, second: int, judgements: Mapping[str, Judgement]) -> list[bool]:
    """Return the yes and no to "``second`` requires ``first``"."""
    return [says for says, _ in answers_about(first, second, judgements)]


def rescored(
    pair: ScoredPair, judgements: Mapping[str, Judgement], *, trust: Trust = DEFAULT_TRUST
) -> ScoredPair:
    """Return the pair as believed after its judgements, turned round where that is likelier now."""
    ends = (pair.prerequisite, pair.dependent)
    forward = believed(pair.confidence, trust.weight(votes_for(*ends, judgements)))
    back = believed(pair.reverse_confidence, trust.weight(votes_for(*ends[::-1], judgements)))
    if forward >= back:
        return ScoredPair(*ends, forward, back)
    return ScoredPair(pair.dependent, pair.prerequisite, back, forward)


def believed(probability: float, weight: float) -> float:
    """Return the probability whose odds are ``exp(weight)`` times as great.

    Examples
    --------
    >>> round(believed(0.5, math.log(3)), 2)
    0.75
    >>> believed(0.2, 0.0)
    0.2
    """
    if not weight:
        return probability
    held = min(0.999, max(0.001, probability))
    odds = held / (1.0 - held) * math.exp(weight)
    return odds / (1.0 + odds)
