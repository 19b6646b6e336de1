"""Which parameters the beliefs of a subject are folded with."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from mastery.fitting_models import ParameterVersion
from mastery.parameters import Parameters

DEFAULTS = Parameters()
REMEMBERED_S = 30.0

InForce = Mapping[uuid.UUID | None, Parameters]


class _Remembered:
    """What was last read, and when on the clock that never goes back; each process has its own."""

    in_force: InForce = {}
    read_at_s = float("-inf")


def parameters_in_force(subject: uuid.UUID | None, *, is_fresh: bool = False) -> Parameters:
    """Return a subject's own fit, else the service's, else the defaults.

    Whoever writes beliefs reads the table (``is_fresh``), so that no belief is folded with parameters out of
    force. Whoever only reads beliefs may be half a minute late: what is remembered then fades a stored
    belief by the old parameters for that long.
    """
    now_s = time.monotonic()
    if is_fresh:
        in_force = _read()
    elif now_s - _Remembered.read_at_s > REMEMBERED_S:
        in_force = _read()
        remember(in_force, read_at_s=now_s)
    else:
        in_force = _Remembered.in_force
    return in_force.get(subject) or in_force.get(None) or DEFAULTS


def remember(in_force: InForce, *, read_at_s: float) -> None:
    """Take a reading of the table for what is in force."""
    _Remembered.in_force, _Remembered.read_at_s = in_force, read_at_s


def forget() -> None:
    """Have the table read anew by whoever asks next in this process."""
    _Remembered.read_at_s = float("-inf")


def _read() -> InForce:
    rows = ParameterVersion.objects.filter(is_in_force=True).values_list("subject", "parameters")
    return {subject: Parameters.from_dict(content) for subject, content in rows}
