"""Decide what a learner does next, and be able to say why.

The order of precedence was found on simulated learners (120 concepts, hidden mastery, forgetting, guess and
slip): the outer fringe alone leaves one learner in five short of the goal, because one prerequisite that is
believed mastered and is not wastes most of what follows. So:

1. *Remediation.* Where repeated failures have cast doubt on what a concept rests on, that comes first.
2. *Review* of what is due among the things the goals rest on, before it is forgotten; at most a few in a row.
3. *Teaching* on the outer fringe of what the goals still need, by a weighted sum (`Weights`).

No loops, no starvation: a concept that was tried more than `rest_after` times without being mastered loses
precedence and its score falls as 1 / (1 + further tries), so that anything else on the fringe overtakes it
in the end; yet it stays eligible, and where nothing else is open it is chosen again and said to be so.
Equal scores are settled by teaching order, then by id: the same situation always gives the same decision.

What it costs: as much as it finds. The search goes down from the goals and stops at what is mastered; what
the goals rest on, whoever the learner is, is reckoned once and kept with the graph. Where more than `HORIZON`
concepts are still needed, only the first of them in the order of learning are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphs.compiled import NOWHERE
from graphs.knowledge_state import unlocking_values
from tutor.decisions import DEFAULT_WEIGHTS, Action, Candidate, Decision, Locked, Situation, Weights
from tutor.wording import farewell, reasons, runner_up, sentence

DIGITS = 4
HORIZON = 1000

Needed = Mapping[int, Sequence[int]]
"""Numbers of the concepts that the goals still need, each with its missing prerequisites."""


class Scored(NamedTuple):
    """One thing that could come next, by number, before it is put into words.

    `failed` is the repeatedly failed concept that casts doubt on it, for a remediation.
    """

    number: int
    action: Action
    score: float
    parts: dict[str, float]
    failed: int | None = None


def choose_next(situation: Situation, *, weights: Weights = DEFAULT_WEIGHTS) -> Decision:
    """Choose what comes next for a learner.

    Parameters
    ----------
    situation : Situation
    weights : Weights, optional

    Returns
    -------
    Decision

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> from tutor.decisions import Standing
    >>> graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    >>> decision = choose_next(Situation(graph, {"a": Standing(0.97, mastered=True)}, goals=("c",)))
    >>> decision.concept, decision.action.value
    ('b', 'teach')
    >>> decision.reason
    'b comes next: it is 1 step before your goal c; 1 locked concept waits for it.'
    """
    ended = _nothing_to_choose_from(situation)
    if ended:
        return ended
    wanted = _needed(situation)
    scored = _ranked(situation, wanted=_near(situation, wanted), weights=weights)
    frontier = [_in_words(one, situation=situation) for one in scored]
    locked = _locked(situation, wanted=_near(situation, wanted))
    left_out = _left_out(situation, wanted=wanted)
    if not frontier:
        return Decision(
            Action.DONE, None, farewell(situation), locked=locked, left_out=left_out, weights=weights
        )
    chosen = frontier[0]
    return Decision(
        action=chosen.action,
        concept=chosen.concept,
        reason=sentence(chosen, frontier=frontier, situation=situation, weights=weights),
        frontier=tuple(frontier),
        locked=locked,
        changes=_changes(frontier, situation=situation, wanted=wanted, weights=weights),
        left_out=left_out,
        weights=weights,
    )


def rank(situation: Situation, *, weights: Weights = DEFAULT_WEIGHTS) -> list[Candidate]:
    """Return everything that could come next, best first."""
    return [_in_words(one, situation=situation) for one in _scored(situation, weights=weights)]


def outline(situation: Situation, *, weights: Weights = DEFAULT_WEIGHTS) -> tuple[Action, list[str]]:
    """Return what `choose_next` chooses and its frontier, best first, without a word of why.

    Parameters
    ----------
    situation : Situation
    weights : Weights, optional

    Returns
    -------
    Action
    list of str
        The concepts that could come next; the first is chosen. Empty where nothing is left or offered.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b")])
    >>> action, frontier = outline(Situation(graph))
    >>> action.value, frontier
    ('teach', ['a', 'c'])
    """
    ended = _nothing_to_choose_from(situation)
    if ended:
        return ended.action, []
    scored = _scored(situation, weights=weights)
    frontier = situation.compiled.named(one.number for one in scored)
    return (scored[0].action if scored else Action.DONE), frontier


def _scored(situation: Situation, *, weights: Weights) -> list[Scored]:
    return _ranked(situation, wanted=_near(situation, _needed(situation)), weights=weights)


def _nothing_to_choose_from(situation: Situation) -> Decision | None:
    if not len(situation.compiled):
        return Decision(
            Action.NOTHING,
            None,
            "There is nothing to teach because this subject has no published concepts yet.",
        )
    if situation.goals and not situation.goal_numbers:
        return Decision(
            Action.NOTHING,
            None,
            "There is nothing to teach because your goals are no longer part of this subject; choose others.",
        )
    return None


def _needed(situation: Situation) -> Needed:
    """Return what the goals still need; of the whole subject only as much as is looked at."""
    if situation.goals:
        return situation.state.needed(situation.goal_numbers)
    return situation.state.first_needed(HORIZON)


def _near(situation: Situation, wanted: Needed) -> Needed:
    """Return the needed concepts that come first in the order of learning, where they are too many."""
    if len(wanted) <= HORIZON:
        return wanted
    in_order = sorted(wanted, key=situation.compiled.places.__getitem__)
    return {number: wanted[number] for number in in_order[:HORIZON]}


def _ranked(situation: Situation, *, wanted: Needed, weights: Weights) -> list[Scored]:
    candidates = [*_reviews(situation), *_fringe(situation, wanted=wanted, weights=weights)]
    tail = situation.recent[-weights.reviews_in_a_row :]
    had_enough = len(tail) == weights.reviews_in_a_row and all(action is Action.REVIEW for action in tail)
    precedence = [Action.REMEDIATE, Action.REVIEW, Action.TEACH]
    if had_enough:
        precedence = [Action.REMEDIATE, Action.TEACH, Action.REVIEW]
    place = {action: number for number, action in enumerate(precedence)}
    return sorted(candidates, key=lambda one: (place[one.action], -one.score, one.number))


def _reviews(situation: Situation) -> list[Scored]:
    """Return what is due among the goals and everything they rest on."""
    found = []
    for number in situation.due:
        if situation.serves(number):
            faded = round(1 - situation.standing_at(number).p, DIGITS)
            found.append(Scored(number, Action.REVIEW, faded, {"faded": faded}))
    return found


def _fringe(situation: Situation, *, wanted: Needed, weights: Weights) -> list[Scored]:
    """Return the outer fringe of what the goals still need."""
    ready = [number for number, missing in wanted.items() if not missing]
    value = unlocking_values(situation.compiled, needed=wanted, of=ready)
    most = max(value.values(), default=0) or 1
    count = len(situation.compiled)
    doubted = _in_doubt(situation, wanted=wanted, weights=weights)
    found = []
    for number in ready:
        standing = situation.standing_at(number)
        parts = {
            "closeness": round(weights.closeness / (1 + situation.steps(number)), DIGITS),
            "unlocking": round(weights.unlocking * value[number] / most, DIGITS),
            "earliness": round(weights.earliness * (1 - number / count), DIGITS),
            "progress": round(weights.progress * standing.p, DIGITS),
        }
        patience = 1 / (1 + max(0, standing.tries - weights.rest_after))
        failed = doubted.get(number) if standing.tries < weights.rest_after else None
        found.append(
            Scored(
                number=number,
                action=Action.TEACH if failed is None else Action.REMEDIATE,
                score=round(sum(parts.values()) * patience, DIGITS),
                parts=parts | {"patience": round(patience, DIGITS)},
                failed=failed,
            )
        )
    return found


def _in_words(scored: Scored, *, situation: Situation) -> Candidate:
    number = scored.number
    if scored.action is Action.REVIEW:
        why = _why_review(number, situation=situation)
    else:
        why = reasons(number, failed=scored.failed, situation=situation)
    concept, name = situation.compiled.concepts[number], situation.name_at(number)
    return Candidate(concept, name, scored.action, scored.score, scored.parts, why)


def _why_review(number: int, *, situation: Situation) -> tuple[str, ...]:
    why = ["it is due for review, before you forget it"]
    rests = [above for above in situation.compiled.dependents[number] if situation.serves(above)]
    if rests:
        why.append(f"{situation.list_numbers(rests)} {'rest' if len(rests) > 1 else 'rests'} on it")
    return tuple(why)


def _in_doubt(situation: Situation, *, wanted: Needed, weights: Weights) -> dict[int, int]:
    """Return for each unmastered concept below a repeatedly failed one which that is."""
    numbers = situation.compiled.numbers
    found: dict[int, int] = {}
    for concept in situation.failing:
        failed = numbers.get(concept, NOWHERE)
        if failed not in wanted or situation.standing(concept).failures < weights.remediate_after:
            continue
        for number in situation.state.needed(wanted[failed]):
            found.setdefault(number, failed)
    return found


def _locked(situation: Situation, *, wanted: Needed) -> tuple[Locked, ...]:
    concepts = situation.compiled.concepts
    found = []
    for number in sorted(wanted):
        missing = wanted[number]
        if missing:
            name = situation.name_at(number)
            waits_for = tuple(sorted([concepts[below] for below in missing]))
            reason = f"{name} waits for {situation.list_numbers(missing)}."
            found.append(Locked(concepts[number], name, waits_for, reason))
    return tuple(found)


def _left_out(situation: Situation, *, wanted: Needed) -> tuple[str, ...]:
    """Return the names of what is ready though no goal needs it."""
    if not situation.goals:
        return ()
    others = [number for number in situation.state.outer_fringe() if number not in wanted]
    return tuple(situation.name_at(number) for number in others[:HORIZON])


def _changes(
    frontier: Sequence[Candidate], *, situation: Situation, wanted: Needed, weights: Weights
) -> tuple[str, ...]:
    """Return what would change the choice; what is said of mastering it was reckoned, not guessed."""
    chosen = frontier[0]
    said = []
    if chosen.action is not Action.REVIEW:
        said.append(_after_mastering(chosen, situation=situation, wanted=wanted, weights=weights))
        below = situation.compiled.prerequisites[situation.compiled.numbers[chosen.concept]]
        if below:
            said.append(
                f"If you miss {chosen.name} {weights.remediate_after} times in a row, what it rests on "
                f"({situation.list_numbers(below)}) comes into doubt and may come first."
            )
    if len(frontier) > 1:
        said.append(runner_up(chosen, frontier[1]))
    return tuple(said)


def _after_mastering(chosen: Candidate, *, situation: Situation, wanted: Needed, weights: Weights) -> str:
    after = situation.after_mastering(chosen.concept)
    left = _without(situation.compiled.numbers[chosen.concept], wanted) if situation.goals else _needed(after)
    following = _ranked(after, wanted=_near(after, left), weights=weights)
    then = f"{after.name_at(following[0].number)} comes next" if following else _ALL_MASTERED
    return f"Once {chosen.name} is mastered, {then}."


def _without(ready: int, wanted: Needed) -> Needed:
    """Return what is needed once something ready is mastered: nothing else was needed only for it."""
    return {
        number: [below for below in missing if below != ready] if ready in missing else missing
        for number, missing in wanted.items()
        if number != ready
    }


_ALL_MASTERED = "everything you set out for is mastered"
