"""Say in plain words why a concept comes next."""

from __future__ import annotations

from collections.abc import Sequence

from graphs.paths import unlocked_by
from tutor.decisions import Action, Candidate, Situation, Weights


def reasons(concept: str, *, failed: str | None, steps: int, situation: Situation) -> tuple[str, ...]:
    """Return what speaks for a concept on the fringe, the weightiest first."""
    graph, standing = situation.graph, situation.standing(concept)
    why = []
    if failed:
        times = situation.standing(failed).failures
        why.append(
            f"you missed {situation.name(failed)} {times} times in a row, and it rests on this, "
            "which may be what is missing"
        )
    if situation.goals:
        why.append(_distance_in_words(concept, steps=steps, situation=situation))
    opened = unlocked_by(graph, concept=concept, mastered=situation.mastered)
    waiting = [d for d in graph.succ[concept] if not situation.standing(d).mastered]
    if opened and len(opened) > 1:
        why.append(f"it opens {situation.listing(opened)}")
    elif waiting:
        why.append(
            f"{len(waiting)} locked concepts wait for it"
            if len(waiting) > 1
            else "1 locked concept waits for it"
        )
    if standing.tries:
        why.append(f"you have begun it: belief {standing.p:.0%}")
    return tuple(why) or ("everything it rests on is mastered",)


def _distance_in_words(concept: str, *, steps: int, situation: Situation) -> str:
    if steps == 0:
        return "it is one of your goals"
    nearest = [goal for goal, before in situation.steps_by_goal.items() if before.get(concept) == steps]
    return f"it is {steps} step{'s' if steps > 1 else ''} before your goal {situation.listing(nearest[:1])}"


def farewell(situation: Situation) -> str:
    """Return what is said when everything was reached."""
    if situation.goals:
        reached = situation.listing(situation.open_goals)
        return f"All your goals are mastered: {reached}. Nothing is due for review."
    return "You have mastered every concept of this subject, and nothing is due for review."


def sentence(
    chosen: Candidate, *, frontier: Sequence[Candidate], situation: Situation, weights: Weights
) -> str:
    """Return why the first of the frontier was chosen."""
    said = f"{chosen.name} comes next: {'; '.join(chosen.reasons)}."
    if situation.standing(chosen.concept).tries > weights.rest_after:
        still = "even so it weighs most" if len(frontier) > 1 else "nothing else is open"
        said += f" It was hard so far, but {still}; the next lesson takes another way."
    return said


def runner_up(chosen: Candidate, second: Candidate) -> str:
    """Return how far behind the second is, and what would put it first."""
    if second.action is chosen.action:
        behind = chosen.score - second.score
        gap = "only teaching order decided" if behind == 0 else f"its score is {behind:.2f} lower"
        advice = "" if second.action is Action.REVIEW else " Make it your only goal to study it first."
        return f"{second.name} is the runner-up: {gap}.{advice}"
    return f"{second.name} is the runner-up: a {chosen.action} goes before a {second.action}."
