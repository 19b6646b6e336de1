"""Decide what a learner does next, and be able to say why.

The order of precedence was found on simulated learners (120 concepts, hidden mastery, forgetting, guess and
slip): the outer fringe alone leaves one learner in five short of the goal, because one prerequisite that is
believed mastered and is not wastes most of what follows. So:

1. *Remediation.* Where repeated failures have cast doubt on what a concept rests on, that comes first.
2. *Confirming* a prerequisite of what would be taught next, where it has become too unsure to build on: it
   has faded, or failures above make it likelier that it is missing.
3. *Review* of what is due and has faded much; at most a few in a row.
4. *Teaching* on the outer fringe of what the goals still need, by a weighted sum (`Weights`).
5. *Review* of what else is due among the things the goals rest on.
6. *Confirming* the goals, before all is said to be done.

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
from tutor.wording import farewell, reasons, runner_up, sentence, why_confirm

DIGITS = 4
HORIZON = 1000
SMALLEST = 1e-6

Needed = Mapping[int, Sequence[int]]
"""Numbers of the concepts that the goals still need, each with its missing prerequisites."""


class Scored(NamedTuple):
    """One thing that could come next, by number, before it is put into words.

    `failed` is for a remediation the repeatedly failed concept that casts doubt on it, for the re-check of a
    prerequisite the concept that would be built on it.
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
    fringe = sorted(_fringe(situation, wanted=wanted, weights=weights), key=_order)
    reviews = sorted(_reviews(situation), key=_order)
    remedies = [one for one in fringe if one.action is Action.REMEDIATE]
    new = fringe[len(remedies) :]
    if not fringe and not reviews:
        return _goals_to_confirm(situation, weights=weights)
    shaky = {one.number: one for one in _shaky(situation, below=new[:1], weights=weights)}
    due = {one.number for one in reviews}
    confirmed = [] if remedies else [one for one in shaky.values() if one.number not in due]
    if _in_a_row(situation, Action.REVIEW, weights.reviews_in_a_row):
        return [*remedies, *confirmed, *new, *reviews]
    urgent: list[Scored] = []
    other: list[Scored] = []
    for one in reviews:
        is_urgent = one.number in shaky or one.score > 1 - weights.review_below
        (urgent if is_urgent else other).append(one)
    return [*remedies, *confirmed, *urgent, *new, *other]


def _order(one: Scored) -> tuple[bool, float, int]:
    return one.action is not Action.REMEDIATE, -one.score, one.number


def _in_a_row(situation: Situation, action: Action, times: int) -> bool:
    tail = situation.recent[-times:]
    return len(tail) == times and all(one is action for one in tail)


def _shaky(situation: Situation, *, below: Sequence[Scored], weights: Weights) -> list[Scored]:
    """Return the prerequisites that are believed mastered, but too little to build on them now.

    A prerequisite of belief p is missing with odds (1 - p) / p; each failure on what rests on it multiplies
    them by `suspicion`. One that was checked since the last try is not asked about again: so every re-check
    is paid for by a try, and no row of answers makes a loop.
    """
    found = []
    for one in below:
        above = situation.standing_at(one.number)
        for number in situation.compiled.prerequisites[one.number]:
            standing = situation.standing_at(number)
            if above.seen_at and standing.seen_at and standing.seen_at > above.seen_at:
                continue
            odds = (1 - standing.p) / max(standing.p, SMALLEST) * weights.suspicion**above.failures
            missing = round(odds / (1 + odds), DIGITS)
            if missing >= weights.shaky_from:
                found.append(Scored(number, Action.CONFIRM, missing, {"missing": missing}, one.number))
    return sorted(found, key=_order)


def _goals_to_confirm(situation: Situation, *, weights: Weights) -> list[Scored]:
    """Return the goals that are checked once more before all is said to be done, the least sure first.

    Once it was said it stays said, until something is due or no longer mastered.
    """
    if Action.DONE in situation.recent[-1:] or _in_a_row(
        situation, Action.CONFIRM, weights.confirms_in_a_row
    ):
        return []
    found = []
    for number in dict.fromkeys(situation.goal_numbers):
        p = situation.standing_at(number).p
        if p < weights.confirm_below:
            doubt = round(1 - p, DIGITS)
            found.append(Scored(number, Action.CONFIRM, doubt, {"doubt": doubt}))
    return sorted(found, key=_order)


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
    elif scored.action is Action.CONFIRM:
        why = why_confirm(scored.failed, situation=situation)
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
    if chosen.action not in (Action.REVIEW, Action.CONFIRM):
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
