"""The figures of the speed benchmark as lines that a person reads, and those that a target names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tutor.speed.choices import KEPT, OURS, REBUILT, RECKONING, ChoiceSpeed
from tutor.speed.edges import FULL, KINDS, EdgeSpeed
from tutor.speed.serving import ApiSpeed
from tutor.speed.turns import Ratio, Timed


def edge_table(speed: EdgeSpeed) -> Iterator[str]:
    """Adding an edge, by what it does to the order."""
    yield f"{speed.concepts} concepts, {speed.edges} edges; adding one that"
    for kind, timed in speed.ours.items():
        yield f"  {kind:<22} {_shown(timed)}"
    yield from (f"  {name:<22} {_shown(timed)}" for name, timed in speed.theirs.items())
    yield "times as long:"
    yield from (f"  {name:<46} {_times(times)}" for name, times in speed.speedups.items())
    yield _memory(speed.memory_mib)


def edge_figures(speed: EdgeSpeed) -> dict[str, float]:
    """The slowest kind of edge counts."""
    against = [speed.speedups[f"{kind}; {FULL}"].median for kind in KINDS]
    slowest = max(timed.ms for timed in speed.ours.values())
    return {"edge_speedup": min(against), "edge_ms": slowest, "full_check_ms": speed.theirs[FULL].ms}


def choice_table(speeds: Sequence[ChoiceSpeed]) -> Iterator[str]:
    """Deciding what comes next, by size."""
    for speed in speeds:
        yield (
            f"{speed.concepts} concepts, {speed.edges} edges; a learner with {speed.beliefs:.0f} beliefs, "
            f"{speed.frontier:.0f} on the frontier, {speed.locked:.0f} locked"
        )
        for name, timed in speed.times.items():
            yield f"  {name:<26} {_shown(timed)}, {1000 / timed.ms:.1f} a second"
        for name, times in speed.speedups.items():
            yield f"  {name:<42} {_times(times)}"
        yield f"  compiling once a revision {speed.first_ms:.1f} ms; {_memory(speed.memory_mib)}"


def choice_figures(speeds: Sequence[ChoiceSpeed]) -> dict[str, float]:
    """How many times as many decisions as with networkx built at each request."""
    found = {}
    for speed in speeds:
        size = f"{speed.concepts // 1000}k" if speed.concepts >= 1000 else str(speed.concepts)
        found[f"speedup_{size}"] = speed.speedups[f"{REBUILT}; {OURS}"].median
        found[f"speedup_reckoning_{size}"] = speed.speedups[f"{REBUILT}; {RECKONING}"].median
        found[f"speedup_kept_{size}"] = speed.speedups[f"{KEPT}; {OURS}"].median
    return found


def api_table(speed: ApiSpeed) -> Iterator[str]:
    """What the API takes, beside the trivial view."""
    yield f"{speed.concepts} concepts; greatest memory of a worker {speed.worker_mib:.0f} MiB"
    for name, served in speed.served.items():
        line = (
            f"  {name:<20} processor {served.cpu_ms:6.2f} ms; passed p50 {served.p50_ms:6.2f} ms, "
            f"p95 {served.p95_ms:6.2f} ms; {served.kilobytes:.1f} kB"
        )
        ratio = speed.ratios.get(name)
        yield (
            f"{line}; ratio {ratio.median:.2f} ({ratio.least:.2f} to {ratio.greatest:.2f})" if ratio else line
        )


def api_figures(speed: ApiSpeed) -> dict[str, float]:
    """Requests for each second of processor time, as a share of the trivial view's."""
    return {
        "api_ratio": speed.ratios["next"].median,
        "api_ratio_unchanged": speed.ratios["next, unchanged"].median,
        "next_cpu_ms": speed.served["next"].cpu_ms,
        "next_p50_ms": speed.served["next"].p50_ms,
        "map_cpu_ms": speed.served["map"].cpu_ms,
        "map_p50_ms": speed.served["map"].p50_ms,
    }


def _shown(timed: Timed) -> str:
    return f"{timed.ms:.3f} ms (slowest turn {timed.slowest_ms:.3f})"


def _times(ratio: Ratio) -> str:
    return f"{ratio.median:.1f} times ({ratio.least:.1f} to {ratio.greatest:.1f})"


def _memory(peaks: dict[str, float]) -> str:
    return "memory at most: " + ", ".join(f"{name} {mib:.1f} MiB" for name, mib in peaks.items())
