"""What can go wrong between a source and its passages; each message names the thing and the remedy."""

from __future__ import annotations


class ResearchError(Exception):
    """The base of this room's errors."""


class QuoteNotFound(ResearchError):
    """Words are said to be in a passage and are not."""

    def __init__(self, *, quote: str, passage_id: str) -> None:
        self.quote = quote
        self.passage_id = passage_id
        super().__init__(
            f"The quote “{quote[:80]}” is not at its place in passage {passage_id}. "
            "Quote the passage word for word."
        )


class SourceFailed(ResearchError):
    """One source could not be had or read; ``outcome`` is the code kept on the source."""

    outcome = "failed"
    # Whether the same source may well succeed later without anybody changing anything.
    may_pass = False


# --- reading bytes ---------------------------------------------------------------------------------


class SourceUnreadable(SourceFailed):
    """The bytes are here, but no text comes out of them."""

    outcome = "unreadable"


class NothingToRead(SourceUnreadable):
    outcome = "empty"

    def __init__(self, what: str = "The document") -> None:
        super().__init__(f"{what} holds no text. Check that the right file or address was given.")


class TextNotDecodable(SourceUnreadable):
    outcome = "not_text"

    def __init__(self) -> None:
        super().__init__("This is not text in any known encoding. Save the file as UTF-8 and add it again.")


class DocumentTooLarge(SourceUnreadable):
    outcome = "too_large"

    def __init__(self, *, size: int, limit: int, unit: str = "bytes") -> None:
        self.size, self.limit = size, limit
        super().__init__(
            f"The document has {size:,} {unit}; the limit is {limit:,}. Split it into smaller documents."
        )


class DocumentTooDeep(SourceUnreadable):
    outcome = "too_deep"

    def __init__(self, *, limit: int) -> None:
        super().__init__(
            f"The document nests more than {limit} levels deep, which no text for readers does. "
            "Export it in a plainer form."
        )


class DocumentTooSlow(SourceUnreadable):
    outcome = "too_slow"

    def __init__(self, *, limit_s: float) -> None:
        super().__init__(
            f"Reading the document took longer than {limit_s:g} seconds. Split it and try again."
        )


class PdfIsEncrypted(SourceUnreadable):
    outcome = "pdf_encrypted"

    def __init__(self) -> None:
        super().__init__("This PDF is protected by a password. Save a copy without one and upload that.")


class PdfIsScanned(SourceUnreadable):
    outcome = "pdf_scanned"

    def __init__(self, *, pages: int) -> None:
        super().__init__(
            f"The {pages} page(s) of this PDF are pictures without text. Run text recognition (OCR) first."
        )


class PdfHasTooManyPages(SourceUnreadable):
    outcome = "pdf_too_many_pages"

    def __init__(self, *, pages: int, limit: int) -> None:
        super().__init__(f"This PDF has {pages} pages; the limit is {limit}. Split it by chapters.")


class PdfIsBroken(SourceUnreadable):
    outcome = "pdf_broken"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is not a PDF that can be read ({reason[:200]}). Export it again.")


class UnknownDocumentKind(SourceUnreadable):
    outcome = "unknown_kind"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"Cairn cannot read {kind!r}. It reads Markdown, text, HTML, PDF, .vtt, .srt and .txt."
        )


class IndexUnavailable(ResearchError):
    """A library's search index is missing, damaged or made with another embedding model."""

    def __init__(self, library: str) -> None:
        self.library = library
        super().__init__(
            f"The search index of {library!r} cannot be used. A rebuild has been queued; to do it at once, "
            f"run `manage.py rebuild_index --library {library}`."
        )


class IndexOutpaced(ResearchError):
    """Another machine finished the same generation of an index first."""

    def __init__(self, library: str) -> None:
        self.library = library
        super().__init__(
            f"Another process has just written a newer index of {library!r}. If it lacks your passages, "
            f"run `manage.py rebuild_index --library {library}`."
        )


# --- fetching --------------------------------------------------------------------------------------


class FetchFailed(SourceFailed):
    """A page could not be had."""

    outcome = "fetch_failed"


class UrlNotAllowed(FetchFailed):
    outcome = "url_not_allowed"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"{url[:200]} cannot be fetched: {reason} Give an http or https address of a public page."
        )


class AddressRefused(FetchFailed):
    outcome = "address_refused"

    def __init__(self, host: str, reason: str) -> None:
        self.host = host
        super().__init__(
            f"{host} is not fetched: {reason}. Only public addresses are; an operator may allow a "
            "loopback host and port in FETCH_ALLOWED_PRIVATE_HOSTS."
        )


class HostNotFound(FetchFailed):
    outcome = "host_not_found"
    may_pass = True

    def __init__(self, host: str) -> None:
        super().__init__(f"No address is known for {host}. Check the spelling and the network.")


class ConnectionFailed(FetchFailed):
    outcome = "connection_failed"
    may_pass = True

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host} did not answer properly ({reason[:200]}). Try again later.")


class FetchTimedOut(FetchFailed):
    outcome = "timed_out"
    may_pass = True

    def __init__(self, host: str, *, limit_s: float) -> None:
        super().__init__(f"{host} took longer than {limit_s:g} seconds. Try again later.")


class TooManyRedirects(FetchFailed):
    outcome = "too_many_redirects"

    def __init__(self, url: str, *, limit: int) -> None:
        super().__init__(f"{url[:200]} was passed on more than {limit} times. Give the final address.")


class BodyTooLarge(FetchFailed):
    outcome = "too_large"

    def __init__(self, url: str, *, limit: int) -> None:
        super().__init__(f"{url[:200]} has more than {limit:,} bytes. Download a smaller part and upload it.")


class ContentTypeRefused(FetchFailed):
    outcome = "wrong_type"

    def __init__(self, url: str, content_type: str) -> None:
        super().__init__(
            f"{url[:200]} is {content_type[:80] or 'of no known type'}, which Cairn cannot read. "
            "It reads HTML, Markdown, text, PDF and subtitles."
        )


class RobotsDisallowed(FetchFailed):
    outcome = "robots_disallowed"

    def __init__(self, url: str) -> None:
        super().__init__(
            f"The site's robots.txt asks programs not to fetch {url[:200]}. "
            "If you may use the page, save it and upload the file."
        )


class RobotsUnavailable(FetchFailed):
    outcome = "robots_unavailable"
    may_pass = True

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(
            f"{host} could not say what may be fetched (robots.txt: {reason[:200]}), so nothing is. "
            "Try again later."
        )


class SiteAnsweredError(FetchFailed):
    """The site answered with a status that is no page."""

    def __init__(self, url: str, *, status: int) -> None:
        self.status = status
        self.may_pass = status == 429 or status >= 500
        if status in (404, 410):
            self.outcome, advice = "not_found", "Check the address."
        elif status in (401, 403, 451):
            self.outcome, advice = "forbidden", "If you may read it, save the page and upload the file."
        else:
            self.outcome, advice = "site_error", "Try again later."
        super().__init__(f"{url[:200]} answered with status {status}. {advice}")


# --- videos ----------------------------------------------------------------------------------------


class VideoAddressNotUnderstood(SourceFailed):
    outcome = "not_a_video"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address[:200]} is not the address of a YouTube video. Copy it from the video's Share button."
        )


class TranscriptNotHad(SourceFailed):
    """YouTube gave no transcript; ``outcome`` says which of its many reasons it was."""

    def __init__(self, *, video_id: str, outcome: str, reason: str, may_pass: bool) -> None:
        self.outcome = outcome
        self.may_pass = may_pass
        super().__init__(
            f"No transcript of video {video_id}: {reason} You can also upload a transcript file."
        )


class VideoSearchNotInstalled(ResearchError):
    def __init__(self) -> None:
        super().__init__(
            "Finding videos by topic needs the extra 'youtube-search' (pip install yt-dlp). "
            "Without it, add videos by their addresses or upload transcripts."
        )


class VideoSearchFailed(ResearchError):
    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The search for videos failed ({reason[:200]}). Add videos by their addresses, or try later."
        )


# --- libraries -------------------------------------------------------------------------------------


class NoSourcesGiven(ResearchError):
    def __init__(self) -> None:
        super().__init__("Name something to add: files, a url, a youtube address or a topic.")
