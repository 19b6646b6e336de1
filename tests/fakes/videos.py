"""Videos without YouTube: transcripts by id, and the errors that the real thing ends in."""

from __future__ import annotations

from typing import ClassVar

from research.errors import TranscriptNotHad
from research.parsing.transcript import Cue
from research.video_search import FoundVideo, ListSearch
from research.youtube import VideoTranscript

CAIRN_VIDEO, BLOCKED_VIDEO = "cairncairn1", "blockedblo1"


class FakeTranscripts:
    """One video about cairns; every other id is blocked."""

    asked: ClassVar[list[str]] = []

    def fetch(self, video_id: str) -> VideoTranscript:
        self.asked.append(video_id)
        if video_id != CAIRN_VIDEO:
            raise TranscriptNotHad(
                video_id=video_id,
                outcome="youtube_blocked",
                reason="YouTube blocks this machine.",
                may_pass=True,
            )
        cues = (
            Cue(0.0, 4.0, "A cairn is a pile"),
            Cue(4.0, 8.0, "of stones."),
            Cue(40.0, 44.0, "It marks a path."),
        )
        return VideoTranscript(video_id, "en", is_generated=True, cues=cues)


class FakeSearch(ListSearch):
    """Finds the video about cairns and one that is blocked."""

    def __init__(self) -> None:
        super().__init__(
            [FoundVideo(CAIRN_VIDEO, "How to build cairns"), FoundVideo(BLOCKED_VIDEO, "Old cairns")]
        )
