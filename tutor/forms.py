"""Forms: an educator's decision on a grade, point by point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from tutor.ports import PointVerdict
from tutor.services.ruling import PointDecision
from tutor.sheets import SheetRow

DECISIONS = [("shown", "Shown"), ("missing", "Not there"), ("contradicted", "Says otherwise")]


class DisputeForm(forms.Form):
    reason = forms.CharField(max_length=2000, label="Why is it wrong?")


class RulingForm(forms.Form):
    """One choice and one line of the learner's words for each point, and a reason for the whole.

    Parameters
    ----------
    is_blind
        Offer no answer beforehand: whoever decides shall not be led by what the automatic grading said.
    """

    reason = forms.CharField(
        max_length=500,
        label="Why do you decide so?",
        help_text="The learner reads it.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, rows: Sequence[SheetRow], is_blind: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            number, standing = row.point.ordinal, row.standing
            self.fields[f"verdict-{number}"] = forms.ChoiceField(
                choices=DECISIONS,
                label=f"Point {number}",
                widget=forms.RadioSelect,
                initial=None if is_blind else standing.verdict,
            )
            self.fields[f"quote-{number}"] = forms.CharField(
                required=False,
                max_length=4000,
                label="The learner's words for it (empty: the whole answer)",
                initial="" if is_blind else standing.quote,
            )

    def sheet(self) -> Iterator[tuple[SheetRow, forms.BoundField, forms.BoundField]]:
        """Each point with its two fields."""
        for row in self.rows:
            number = row.point.ordinal
            yield row, self[f"verdict-{number}"], self[f"quote-{number}"]

    def decisions(self) -> list[PointDecision]:
        """What was chosen for every point."""
        given = self.cleaned_data
        return [
            PointDecision(
                row.point.ordinal,
                PointVerdict(given[f"verdict-{row.point.ordinal}"]),
                given[f"quote-{row.point.ordinal}"],
            )
            for row in self.rows
        ]
