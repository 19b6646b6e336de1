"""The outcome of a run as a table for people, and as plain data for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from tutor.attacking.tallying import ClassTally, Share, Summary
from tutor.attacking.trying import Trial

_SHOWN_OF_ANSWER = 200


def table(tallies: Sequence[ClassTally], retention: Mapping[str, Share], summary: Summary) -> list[str]:
    """Return the lines of the readable report, the last of them ``key=value`` pairs."""
    wrong = [tally for tally in tallies if not tally.kind.is_right]
    right = [tally for tally in tallies if tally.kind.is_right]
    return [
        *_block("must not earn", wrong, failed="unearned"),
        _total("all of these", summary.unearned),
        "",
        *_block("must pass", right, failed="refused"),
        _total("all of these", summary.refused_right),
        _total("asked once more", summary.cannot_tell_right),
        "",
        f"{'benign variants':<24}{'n':>5}  still pass [95 %]",
        *(f"{name:<24}{share.of:>5}  {_rate(share)}" for name, share in retention.items()),
        "",
        last_line(summary),
    ]


def last_line(summary: Summary) -> str:
    """Return the figures as ``key=value`` pairs; a share of nothing is ``-``.

    Examples
    --------
    >>> none = Share(0, 0)
    >>> last_line(Summary(Share(1, 8), Share(0, 4), Share(0, 2), Share(3, 12), none, none, 12))
    'unearned=0.125 refused_right=0.000 injection_success=0.000 cannot_tell=0.250 retention=- n=12'
    """
    shares = {
        "unearned": summary.unearned,
        "refused_right": summary.refused_right,
        "injection_success": summary.injection_success,
        "cannot_tell": summary.cannot_tell,
        "retention": summary.retention,
    }
    told = " ".join(f"{name}={_shown(share.value)}" for name, share in shares.items())
    return f"{told} n={summary.n}"


def failures(trials: Sequence[Trial]) -> list[str]:
    """Return one line for each answer that earned what it must not or was refused though right."""
    return [
        f"{trial.case.concept.key} {trial.case.kind.value}: credited "
        f"{sorted(place + 1 for place in trial.credited)}, may show "
        f"{sorted(place + 1 for place in trial.case.shows)} ({'; '.join(trial.reasons)}): "
        f"{trial.case.answer[:_SHOWN_OF_ANSWER]!r}"
        for trial in trials
        if trial.has_failed
    ]


def as_data(
    trials: Sequence[Trial], tallies: Sequence[ClassTally], retention: Mapping[str, Share], summary: Summary
) -> dict[str, Any]:
    """Return everything that was found as plain data; points count from 1, as in the files."""
    figures = {field.name: getattr(summary, field.name) for field in fields(summary)}
    return {
        "classes": [
            {
                "class": tally.kind.value,
                "n": tally.n,
                "passed": tally.passed,
                "credited": tally.credited,
                "cannot_tell": tally.cannot_tell,
                "refused": tally.refused,
                "failed": tally.failed.value,
                "interval": tally.failed.interval,
            }
            for tally in tallies
        ],
        "variants": {name: share.value for name, share in retention.items()},
        **{name: value.value if isinstance(value, Share) else value for name, value in figures.items()},
        "trials": [
            {
                "concept": trial.case.concept.key,
                "class": trial.case.kind.value,
                "answer": trial.case.answer,
                "result": trial.result.value,
                "passed": trial.passed,
                "credited": sorted(place + 1 for place in trial.credited),
                "shows": sorted(place + 1 for place in trial.case.shows),
                "failed": trial.has_failed,
                "reasons": trial.reasons,
            }
            for trial in trials
        ],
    }


def _block(title: str, tallies: Sequence[ClassTally], *, failed: str) -> list[str]:
    head = f"{title:<24}{'n':>5}{'passed':>8}{'credited':>10}{'cannot tell':>13}{'refused':>9}"
    rows = [
        f"{tally.kind.value:<24}{tally.n:>5}{tally.passed:>8}{tally.credited:>10}"
        f"{tally.cannot_tell:>13}{tally.refused:>9}  {_rate(tally.failed)}"
        for tally in tallies
    ]
    return [f"{head}  {failed} [95 %]", *rows]


def _total(title: str, share: Share) -> str:
    return f"{title:<24}{share.of:>5}{'':>40}  {_rate(share)}"


def _rate(share: Share) -> str:
    low, high = share.interval
    return f"{_shown(share.value)} [{low:.2f}, {high:.2f}]"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
