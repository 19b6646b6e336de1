"""Opened generations, shared by the threads of a process and replaced when a newer one counts."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from vectorstore.errors import VectorStoreError
from vectorstore.generations import Generation, Generations
from vectorstore.ports import Embedder

_Place = tuple[Path, tuple[int, int], str]


class OpenGenerations:
    """Keeps the current generation of each of the last `limit` indexes open.

    A forked child starts with none: FAISS hangs there on an index that the parent has searched.

    Parameters
    ----------
    limit : int

    Examples
    --------
    >>> from vectorstore.hash_embedder import HashEmbedder
    >>> index = Generations(Path("/nowhere"))
    >>> OpenGenerations(limit=3).current(index, number=lambda: 0, embedder=HashEmbedder()) is None
    True
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._forget()
        this = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forget_if_alive(this))

    def __len__(self) -> int:
        return len(self._opened)

    def current(
        self, generations: Generations, *, number: Callable[[], int], embedder: Embedder
    ) -> Generation | None:
        """Return the generation that counts now, None where none was made.

        Parameters
        ----------
        generations : Generations
        number : callable
            Says which generation counts now, 0 for none. It is asked every time, and again when that
            generation cannot be opened: a newer one may have replaced it in between.
        embedder : Embedder

        Raises
        ------
        IndexMissing, IndexDamaged, IndexOfAnotherModel
        """
        wanted = number()
        while wanted:
            try:
                return self._open(generations, wanted, embedder=embedder)
            except VectorStoreError:
                newer = number()
                if newer == wanted:
                    raise
                wanted = newer
        return None

    def _open(self, generations: Generations, number: int, *, embedder: Embedder) -> Generation:
        path = generations.path(number)
        place = (path, generations.fingerprint(number), embedder.name)
        with self._opening:
            if place not in self._opened:
                opened = generations.open(number, embedder=embedder)
                for other in [key for key in self._opened if key[0].parent == path.parent]:
                    del self._opened[other]
                self._opened[place] = opened
            self._opened.move_to_end(place)
            while len(self._opened) > self._limit:
                self._opened.popitem(last=False)
            return self._opened[place]

    def _forget(self) -> None:
        self._opened: OrderedDict[_Place, Generation] = OrderedDict()
        # A fork may copy the lock while another thread holds it.
        self._opening = threading.Lock()


def _forget_if_alive(this: weakref.ref[OpenGenerations]) -> None:
    alive = this()
    if alive is not None:
        alive._forget()
