from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import pytest
import requests
import responses
import youtube_transcript_api as library

from research.errors import (
    SourceUnreadable,
    TranscriptNotHad,
    VideoAddressNotUnderstood,
    VideoSearchFailed,
    VideoSearchNotInstalled,
)
from research.parsing.transcript import Cue
from research.video_search import FoundVideo, ListSearch, YtDlpSearch
from research.youtube import (
    _REASONS,
    VideoTranscript,
    YouTubeTranscripts,
    bounded_session,
    is_youtube,
    parse_stored_transcript,
    video_id_of,
)

ID = "abcdefghijk"
WATCH = f"https://www.youtube.com/watch?v={ID}"
PLAYER = "https://www.youtube.com/youtubei/v1/player"
CAPTIONS = "https://www.youtube.com/api/timedtext?v=abc"


def player_answer(**changes: Any) -> dict[str, Any]:
    track = {
        "baseUrl": CAPTIONS,
        "name": {"runs": [{"text": "German"}]},
        "languageCode": "de",
        "kind": "asr",
        "isTranslatable": False,
    }
    return {
        "playabilityStatus": {"status": "OK"},
        "captions": {"playerCaptionsTracklistRenderer": {"captionTracks": [track]}},
        **changes,
    }


@pytest.fixture
def youtube() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.get(WATCH, body='<html>"INNERTUBE_API_KEY": "key"</html>')
        yield mocked


def fetched() -> VideoTranscript:
    return YouTubeTranscripts(bounded_session()).fetch(ID)


def test_a_transcript_comes_with_its_seconds_in_whatever_language_there_is(youtube: Any) -> None:
    youtube.post(PLAYER, json=player_answer())
    youtube.get(
        CAPTIONS,
        body='<transcript><text start="1.5" dur="2">Ein Steinmann</text>'
        '<text start="3.5" dur="2">steht.</text></transcript>',
    )
    transcript = fetched()
    assert (transcript.language, transcript.is_generated) == ("de", True)
    assert transcript.cues == (Cue(1.5, 3.5, "Ein Steinmann"), Cue(3.5, 5.5, "steht."))
    document = parse_stored_transcript(transcript.to_bytes(), title="Steine")
    assert document.text == "Ein Steinmann steht."
    assert document.blocks[0].seconds == 1.5
    assert "automatic" in document.extractor


def unplayable(reason: str, status: str = "LOGIN_REQUIRED") -> dict[str, Any]:
    return player_answer(playabilityStatus={"status": status, "reason": reason})


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (unplayable("Sign in to confirm you’re not a bot"), "youtube_blocked"),
        (unplayable("This video may be inappropriate for some users."), "age_restricted"),
        (unplayable("This video is unavailable", "ERROR"), "video_unavailable"),
        (unplayable("Members only", "UNPLAYABLE"), "video_unplayable"),
        (player_answer(captions={}), "no_transcript"),
        (
            {"playabilityStatus": {"status": "OK"}, "captions": {"playerCaptionsTracklistRenderer": []}},
            "no_transcript",
        ),
    ],
)
def test_what_youtube_refuses_is_an_outcome_with_a_remedy(youtube: Any, answer: Any, outcome: str) -> None:
    youtube.post(PLAYER, json=answer)
    with pytest.raises(TranscriptNotHad, match="upload a transcript file") as caught:
        fetched()
    assert caught.value.outcome == outcome


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (429, "", "youtube_blocked"),
        (500, "", "youtube_failed"),
        (200, "not xml", "youtube_changed"),
        (200, "", "youtube_changed"),
    ],
)
def test_captions_that_do_not_come_are_an_outcome(youtube: Any, status: int, body: str, outcome: str) -> None:
    youtube.post(PLAYER, json=player_answer())
    youtube.get(CAPTIONS, status=status, body=body)
    with pytest.raises(TranscriptNotHad) as caught:
        fetched()
    assert caught.value.outcome == outcome
    assert caught.value.may_pass


@pytest.mark.parametrize("failure", [requests.ConnectionError("no route"), requests.ReadTimeout("slow")])
def test_no_network_is_an_outcome(youtube: Any, failure: Exception) -> None:
    youtube.post(PLAYER, body=failure)
    with pytest.raises(TranscriptNotHad, match="cannot be reached") as caught:
        fetched()
    assert (caught.value.outcome, caught.value.may_pass) == ("connection_failed", True)


def test_a_page_that_changed_is_an_outcome(youtube: Any) -> None:
    youtube.post(PLAYER, json=["what is this"])
    with pytest.raises(TranscriptNotHad) as caught:
        fetched()
    assert caught.value.outcome == "youtube_changed"


def test_every_exception_of_the_library_has_a_reason() -> None:
    def below(kind: type[BaseException]) -> set[str]:
        return {name for sub in kind.__subclasses__() for name in {sub.__name__} | below(sub)}

    assert below(library.CouldNotRetrieveTranscript) == set(_REASONS)


def test_the_session_talks_to_youtube_only_and_never_waits_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = bounded_session()
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get("http://169.254.169.254/")
    seen: list[Any] = []
    adapter = session.get_adapter("https://www.youtube.com/watch")
    request = requests.Request("GET", "https://www.youtube.com/").prepare()

    def record(self: Any, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        seen.append(kwargs["timeout"])
        return requests.Response()

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", record)
    adapter.send(request, timeout=None)
    assert seen == [(5.0, 20.0)]


@pytest.mark.parametrize(
    "address",
    [
        ID,
        WATCH,
        f"https://youtube.com/watch?list=x&v={ID}&t=4",
        f"youtu.be/{ID}",
        f"https://www.youtube.com/shorts/{ID}",
        f"https://m.youtube.com/watch?v={ID}",
        f"https://www.youtube-nocookie.com/embed/{ID}?start=3",
        f"https://www.youtube.com/live/{ID}",
    ],
)
def test_the_video_is_told_from_its_address(address: str) -> None:
    assert video_id_of(address) == ID


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://www.youtube.com/",
        "https://www.youtube.com/@channel",
        "https://vimeo.com/1",
        "https://[",
        "short",
    ],
)
def test_what_is_no_video_is_said(address: str) -> None:
    with pytest.raises(VideoAddressNotUnderstood, match="Share"):
        video_id_of(address)


def test_only_youtube_is_youtube() -> None:
    assert is_youtube(WATCH)
    assert not is_youtube("https://youtube.com.example.org/watch?v=abcdefghijk")
    assert not is_youtube("https://[")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", json.dumps({"cues": [{}]}).encode()])
def test_a_damaged_stored_transcript_is_named(data: bytes) -> None:
    with pytest.raises(SourceUnreadable, match="damaged"):
        parse_stored_transcript(data)


# --- finding videos --------------------------------------------------------------------------------


def fake_yt_dlp(answer: Any, asked: list[str]) -> ModuleType:
    made = ModuleType("yt_dlp")
    module: Any = made

    class YoutubeDLError(Exception):
        pass

    class YoutubeDL:
        def __init__(self, options: dict[str, Any]) -> None:
            assert options["socket_timeout"] <= 15

        def __enter__(self) -> YoutubeDL:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def extract_info(self, query: str, *, download: bool) -> Any:
            asked.append(query)
            assert not download
            if isinstance(answer, str):
                raise YoutubeDLError(answer)
            return answer

    module.YoutubeDL = YoutubeDL
    module.utils = ModuleType("yt_dlp.utils")
    module.utils.YoutubeDLError = YoutubeDLError
    return made


def test_the_search_names_the_extra_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    with pytest.raises(VideoSearchNotInstalled, match="youtube-search"):
        YtDlpSearch().search("cairns", limit=3)


def test_the_search_gives_ids_and_titles_and_no_other_search_can_be_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    answer = {"entries": [{"id": ID, "title": "Cairns", "duration": 61.0}, None, {"title": "no id"}]}
    monkeypatch.setitem(sys.modules, "yt_dlp", fake_yt_dlp(answer, asked))
    assert YtDlpSearch().search("stones: old", limit=2) == [FoundVideo(ID, "Cairns", 61.0)]
    assert asked == ["ytsearch2:stones old"]


def test_a_search_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yt_dlp", fake_yt_dlp("not a bot?", []))
    with pytest.raises(VideoSearchFailed, match="not a bot"):
        YtDlpSearch().search("cairns", limit=2)


def test_the_list_stands_in_for_the_search() -> None:
    search = ListSearch([FoundVideo("1" * 11, "Old cairns"), FoundVideo("2" * 11, "Rivers")])
    assert [video.title for video in search.search("cairns today", limit=5)] == ["Old cairns"]
    assert search.asked == ["cairns today"]
