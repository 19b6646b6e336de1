"""Transcripts of YouTube videos, and a clear sentence for each of the ways of not getting one."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import ParseError

import requests
from requests.adapters import HTTPAdapter

from research.errors import SourceUnreadable, TranscriptNotHad, VideoAddressNotUnderstood
from research.parsing.structure import ParsedDocument
from research.parsing.transcript import Cue, from_cues

_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_HOSTS = frozenset({"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"})
_PATHS_WITH_ID = frozenset({"shorts", "embed", "live", "v"})
_CONNECT_S, _READ_S = 5.0, 20.0

# Each of the library's exceptions: outcome, sentence, and whether it may go away by itself.
_REASONS = {
    "InvalidVideoId": ("not_a_video", "there is no video of that name.", False),
    "VideoUnavailable": ("video_unavailable", "the video is private or was removed.", False),
    "VideoUnplayable": ("video_unplayable", "YouTube does not play it here.", False),
    "TranscriptsDisabled": ("no_transcript", "it has no subtitles.", False),
    "NoTranscriptFound": ("no_transcript", "it has no subtitles in a language that can be read.", False),
    "NotTranslatable": ("no_transcript", "its subtitles cannot be translated.", False),
    "TranslationLanguageNotAvailable": (
        "no_transcript",
        "its subtitles are not offered in that language.",
        False,
    ),
    "AgeRestricted": ("age_restricted", "YouTube asks viewers of it to sign in.", False),
    "RequestBlocked": ("youtube_blocked", "YouTube blocks this machine, as it does most servers.", True),
    "IpBlocked": ("youtube_blocked", "YouTube blocks this machine's address.", True),
    "PoTokenRequired": ("youtube_blocked", "YouTube asks for a proof that only its own player has.", True),
    "FailedToCreateConsentCookie": ("youtube_consent", "YouTube's consent page could not be passed.", True),
    "YouTubeRequestFailed": ("youtube_failed", "YouTube answered with an error.", True),
    "YouTubeDataUnparsable": (
        "youtube_changed",
        "YouTube's answer was not understood; it may have changed.",
        True,
    ),
}
_UNKNOWN_REASON = ("youtube_failed", "the transcript library failed.", True)


@dataclass(frozen=True, slots=True)
class VideoTranscript:
    """What was said in a video."""

    video_id: str
    language: str
    is_generated: bool
    cues: tuple[Cue, ...]

    def to_bytes(self) -> bytes:
        """Return what a source keeps as its original."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()


class TranscriptFinder(Protocol):
    """Finds the transcript of a video."""

    def fetch(self, video_id: str) -> VideoTranscript: ...


class YouTubeTranscripts:
    """The transcripts that YouTube itself offers.

    Parameters
    ----------
    session
        Does all HTTP; by default one whose every request ends in bounded time and that talks only
        to YouTube.
    languages
        The preferred ones, best first; failing these, whichever there is.
    """

    def __init__(
        self, session: requests.Session | None = None, *, languages: Sequence[str] = ("en",)
    ) -> None:
        self._session = session or bounded_session()
        self._languages = tuple(languages)

    def fetch(self, video_id: str) -> VideoTranscript:
        """Return the transcript of a video.

        Raises
        ------
        TranscriptNotHad
            With the reason; no exception of the library or of the network leaves this function.
        """
        from youtube_transcript_api import (
            NoTranscriptFound,
            YouTubeTranscriptApi,
            YouTubeTranscriptApiException,
        )

        try:
            # One per call: it is not safe to share among threads.
            offered = YouTubeTranscriptApi(http_client=self._session).list(video_id)
            try:
                chosen = offered.find_transcript(self._languages)
            except NoTranscriptFound:
                chosen = next(iter(offered))
            fetched = chosen.fetch()
        except YouTubeTranscriptApiException as exc:
            raise _not_had(video_id, type(exc).__name__) from exc
        except StopIteration as exc:
            raise _not_had(video_id, "NoTranscriptFound") from exc
        except requests.RequestException as exc:
            raise TranscriptNotHad(
                video_id=video_id,
                outcome="connection_failed",
                reason="YouTube cannot be reached from here.",
                may_pass=True,
            ) from exc
        # What the library lets out when YouTube's answer has another shape than it knows.
        except (ParseError, KeyError, ValueError, TypeError, AttributeError) as exc:
            raise _not_had(video_id, "YouTubeDataUnparsable") from exc
        cues = tuple(Cue(part.start, part.start + part.duration, part.text) for part in fetched)
        return VideoTranscript(video_id, fetched.language_code, fetched.is_generated, cues)


def video_id_of(address: str) -> str:
    """Return the id of the video at a YouTube address.

    Raises
    ------
    VideoAddressNotUnderstood
        If it is not the address of a single video.

    Examples
    --------
    >>> video_id_of("https://youtu.be/abcdefghijk?t=42")
    'abcdefghijk'
    """
    address = address.strip()
    found = address if _VIDEO_ID.fullmatch(address) else ""
    try:
        parts = urlsplit(address if "//" in address else f"https://{address}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError as exc:
        raise VideoAddressNotUnderstood(address) from exc
    path = [part for part in parts.path.split("/") if part]
    if host == "youtu.be" and path:
        found = path[0]
    elif host in _HOSTS and path == ["watch"]:
        found = parse_qs(parts.query).get("v", [""])[0]
    elif host in _HOSTS and len(path) == 2 and path[0] in _PATHS_WITH_ID:
        found = path[1]
    if not _VIDEO_ID.fullmatch(found):
        raise VideoAddressNotUnderstood(address)
    return found


def is_youtube(address: str) -> bool:
    """Say whether an address leads to YouTube."""
    try:
        host = (urlsplit(address.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return False
    return host in _HOSTS or host == "youtu.be"


def address_of(video_id: str, *, seconds: float | None = None) -> str:
    """Return the address of a video, at a second of it if one is given.

    Examples
    --------
    >>> address_of("abcdefghijk", seconds=61.7)
    'https://www.youtube.com/watch?v=abcdefghijk&t=61s'
    """
    at = f"&t={int(seconds)}s" if seconds else ""
    return f"https://www.youtube.com/watch?v={video_id}{at}"


def parse_stored_transcript(data: bytes, *, title: str = "") -> ParsedDocument:
    """Return the document of a transcript as `VideoTranscript.to_bytes` wrote it."""
    try:
        stored: dict[str, Any] = json.loads(data)
        cues = [Cue(cue["start_s"], cue["end_s"], cue["text"]) for cue in stored["cues"]]
        language, generated = stored["language"], stored["is_generated"]
    except (ValueError, KeyError, TypeError) as exc:
        raise SourceUnreadable("The stored transcript is damaged. Refresh the source.") from exc
    spoken = "automatic" if generated else "written"
    return from_cues(cues, title=title, extractor=f"transcript 1 (YouTube, {spoken}, {language})")


def bounded_session() -> requests.Session:
    """Return a session that talks to YouTube only, and never waits without end."""
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    # Longest prefix wins: everything else has no adapter and is refused.
    for host in ("www.youtube.com", "youtube.com", "consent.youtube.com"):
        session.mount(f"https://{host}/", _BoundedAdapter())
    return session


class _BoundedAdapter(HTTPAdapter):
    """Sets the time limits that the transcript library does not."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or (_CONNECT_S, _READ_S)
        return super().send(request, *args, **kwargs)


def _not_had(video_id: str, exception_name: str) -> TranscriptNotHad:
    outcome, reason, may_pass = _REASONS.get(exception_name, _UNKNOWN_REASON)
    return TranscriptNotHad(video_id=video_id, outcome=outcome, reason=reason, may_pass=may_pass)
