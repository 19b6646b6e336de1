"""Finding videos on a topic: a port, yt-dlp behind it as an optional extra, and a list in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from research.errors import VideoSearchFailed, VideoSearchNotInstalled

SOCKET_TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class FoundVideo:
    """One result of a search."""

    video_id: str
    title: str
    duration_s: float | None = None


class VideoSearch(Protocol):
    """Finds videos on a topic, best first."""

    def search(self, topic: str, *, limit: int) -> list[FoundVideo]: ...


class YtDlpSearch:
    """YouTube's own search, asked through yt-dlp, which must be installed beside Cairn."""

    def search(self, topic: str, *, limit: int) -> list[FoundVideo]:
        """Return at most ``limit`` videos.

        Raises
        ------
        VideoSearchNotInstalled
            If the extra is not there.
        VideoSearchFailed
            If YouTube or yt-dlp fails.
        """
        try:
            import yt_dlp
        except ImportError as exc:
            raise VideoSearchNotInstalled() from exc
        options = {
            "quiet": True,
            "no_warnings": True,
            "extract_flat": True,
            "skip_download": True,
            "socket_timeout": SOCKET_TIMEOUT_S,
            "retries": 1,
        }
        # A colon would let the topic choose another of yt-dlp's searches.
        words = " ".join(topic.replace(":", " ").split())
        try:
            with yt_dlp.YoutubeDL(options) as downloader:
                answer = downloader.extract_info(f"ytsearch{limit}:{words}", download=False)
        except yt_dlp.utils.YoutubeDLError as exc:
            raise VideoSearchFailed(str(exc)) from exc
        entries = (answer or {}).get("entries") or []
        found = [
            FoundVideo(str(entry["id"]), str(entry.get("title") or ""), entry.get("duration"))
            for entry in entries
            if entry and entry.get("id")
        ]
        return found[:limit]


class ListSearch:
    """A search over a list: for tests, and for sites that keep their own list of videos."""

    def __init__(self, videos: Sequence[FoundVideo] = ()) -> None:
        self.videos = list(videos)
        self.asked: list[str] = []

    def search(self, topic: str, *, limit: int) -> list[FoundVideo]:
        """Return the videos whose title shares a word with ``topic``, in their order."""
        self.asked.append(topic)
        wanted = set(topic.casefold().split())
        matching = [video for video in self.videos if wanted & set(video.title.casefold().split())]
        return matching[:limit]
