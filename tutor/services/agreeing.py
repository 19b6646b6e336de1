"""Compares automatic grades with educators' decisions, and switches automatic grading off and on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import User
from concepts.models import Concept
from mastery.errors import OverrideNeedsReason
from tutor.agreement import Agreement, Finding, Rule, agreement, find, tally
from tutor.models import GradingSwitch, RuledPoint, Ruling
from tutor.ports import PointVerdict

RULE = Rule()


@dataclass(frozen=True, slots=True)
class Standing:
    """How automatic grading stands for one concept: agreement since it was last switched."""

    concept: Concept
    switch: GradingSwitch | None
    agreement: Agreement

    @property
    def is_automatic(self) -> bool:
        """Whether explanations of this concept are graded without a person."""
        return self.switch is None or self.switch.is_on

    @property
    def finding(self) -> Finding:
        """What the agreement says by the rule."""
        return find(self.agreement, rule=RULE)


def switched_off(concept: Concept) -> GradingSwitch | None:
    """What says that a concept's explanations are read by a person; None where they are graded as usual."""
    switch = GradingSwitch.objects.filter(concept=concept).first()
    return None if switch is None or switch.is_on else switch


def standing_of(concept: Concept) -> Standing:
    """Count the decisions since the last switch; one that was taken again counts once, as it stands.

    What the grading left open is no grade, so it is not counted.
    """
    switch = GradingSwitch.objects.filter(concept=concept).first()
    newest = Ruling.objects.filter(attempt=OuterRef("ruling__attempt")).order_by("-created_at", "-id")
    gold = RuledPoint.objects.filter(
        ruling__attempt__lesson__concept=concept, ruling=Subquery(newest.values("pk")[:1])
    ).exclude(automatic__in=("", PointVerdict.UNSURE.value))
    if switch:
        gold = gold.filter(ruling__created_at__gt=switch.created_at)
    rows = list(gold.values_list("automatic", "verdict", "ruling"))
    shown = PointVerdict.SHOWN.value
    table = tally((automatic == shown, verdict == shown) for automatic, verdict, _ in rows)
    return Standing(concept, switch, agreement(table, answers=len({ruling for *_, ruling in rows})))


def standings_of(concepts: QuerySet[Concept]) -> list[Standing]:
    """Those of the concepts on which an educator has decided something, in teaching order."""
    decided = Ruling.objects.values("attempt__lesson__concept")
    switched = GradingSwitch.objects.values("concept")
    known = concepts.filter(pk__in=decided) | concepts.filter(pk__in=switched)
    return [standing_of(concept) for concept in known.select_related("subject").distinct()]


@transaction.atomic
def review_switch(concept: Concept) -> GradingSwitch | None:
    """Switch by the rule where agreement has fallen below the floor, or is surely above it again."""
    Concept.objects.select_for_update().get(pk=concept.pk)
    standing = standing_of(concept)
    wanted = {Finding.BELOW: False, Finding.ABOVE: True}.get(standing.finding)
    if wanted is None or wanted == standing.is_automatic:
        return None
    if wanted and standing.switch and not standing.switch.is_by_rule:
        return None  # an educator wants to read them; only a person takes that back
    return GradingSwitch.objects.create(
        concept=concept, is_on=wanted, is_by_rule=True, reason=in_words(standing.agreement)
    )


@transaction.atomic
def switch_grading(concept: Concept, *, is_on: bool, author: User, reason: str) -> GradingSwitch:
    """Switch automatic grading of a concept by an educator's word; the count of agreement begins anew."""
    if not reason.strip():
        raise OverrideNeedsReason
    return GradingSwitch.objects.create(concept=concept, is_on=is_on, author=author, reason=reason.strip())


def in_words(known: Agreement) -> str:
    """The figures that decided, as a sentence."""
    kappa, share = known.kappa, known.share
    return (
        f"Automatic grades and teachers' decisions agree on {share.value or 0:.0%} of {known.table.points} "
        f"points in {known.answers} answers; kappa lies between {kappa.low:.2f} and {kappa.high:.2f}."
    )
