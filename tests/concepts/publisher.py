"""Publishes the only draft as a process of its own: one of two at the same moment, or one that is killed."""

from __future__ import annotations

import sys
from pathlib import Path

import django


def main(number: str, others: int, meeting: Path) -> None:
    django.setup()
    from accounts.models import User
    from concepts.errors import DraftIsClosed
    from concepts.models import GraphDraft
    from concepts.services import drafting
    from tests.concepts.editor import meet

    draft, keeper = GraphDraft.objects.get(), User.objects.get()
    if others:
        meet(int(number), meeting)
    else:
        (meeting / "begun").touch()
    try:
        drafting.publish(draft, author=keeper, expected=draft.version)
    except DraftIsClosed as closed:
        (meeting / f"told-{number}").write_text(str(closed))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
