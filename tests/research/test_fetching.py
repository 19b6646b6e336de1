from __future__ import annotations

import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research import errors
from research.addresses import AddressGuard, refused_because
from research.fetching import Fetcher, FetchLimits
from tests.fakes.web_site import Page, WebSite, gzip_bomb, web_site

QUICK = FetchLimits(timeout_s=1.0, max_bytes=200_000, delay_s=0)


@pytest.fixture
def site() -> Iterator[WebSite]:
    with web_site() as served:
        served.pages["/cairn"] = Page(b"<p>A cairn.</p>", headers={"ETag": '"1"'})
        yield served


@pytest.fixture
def fetcher(site: WebSite) -> Fetcher:
    return Fetcher(contact="ops@example.org", limits=QUICK, allowed_private=[site.host])


def test_a_page_comes_with_its_type_and_version(site: WebSite, fetcher: Fetcher) -> None:
    page = fetcher.fetch(site.url("/cairn#top"))
    assert page.data == b"<p>A cairn.</p>"
    assert (page.content_type, page.charset, page.etag) == ("text/html", "utf-8", '"1"')
    asked = dict(site.requests)["/cairn"]
    assert asked["host"] == site.host
    assert "Cairn" in asked["user-agent"]
    assert "ops@example.org" in asked["user-agent"]


def test_an_unchanged_page_is_not_sent_again(site: WebSite, fetcher: Fetcher) -> None:
    page = fetcher.fetch(site.url("/cairn"), etag='"1"')
    assert page.not_modified
    assert page.data == b""
    assert page.etag == '"1"'


def test_a_redirect_is_followed_and_the_last_address_kept(site: WebSite, fetcher: Fetcher) -> None:
    site.pages["/old"] = Page(b"", status=301, headers={"Location": "/cairn"})
    assert fetcher.fetch(site.url("/old")).url == site.url("/cairn")


def test_gzip_is_unpacked(site: WebSite, fetcher: Fetcher) -> None:
    import gzip

    site.pages["/z"] = Page(gzip.compress(b"stone" * 1000), headers={"Content-Encoding": "gzip"})
    assert fetcher.fetch(site.url("/z")).data == b"stone" * 1000


@pytest.mark.parametrize(
    ("path", "error", "outcome"),
    [
        ("/redirect-loop", errors.TooManyRedirects, "too_many_redirects"),
        ("/redirect-private", errors.AddressRefused, "address_refused"),
        ("/redirect-to-file", errors.UrlNotAllowed, "url_not_allowed"),
        ("/redirect-other-port", errors.UrlNotAllowed, "url_not_allowed"),
        ("/redirect-nowhere", errors.UrlNotAllowed, "url_not_allowed"),
        ("/gzip-bomb", errors.BodyTooLarge, "too_large"),
        ("/gzip-twice", errors.ConnectionFailed, "connection_failed"),
        ("/gzip-cut-off", errors.ConnectionFailed, "connection_failed"),
        ("/gzip-damaged", errors.ConnectionFailed, "connection_failed"),
        ("/huge", errors.BodyTooLarge, "too_large"),
        ("/slow-trickle", errors.FetchTimedOut, "timed_out"),
        ("/slow-headers", errors.FetchTimedOut, "timed_out"),
        ("/silence", errors.FetchTimedOut, "timed_out"),
        ("/wrong-type", errors.ContentTypeRefused, "wrong_type"),
        ("/not-http", errors.ConnectionFailed, "connection_failed"),
        ("/cut-off", errors.ConnectionFailed, "connection_failed"),
        ("/broken", errors.SiteAnsweredError, "site_error"),
        ("/busy", errors.SiteAnsweredError, "site_error"),
        ("/gone", errors.SiteAnsweredError, "not_found"),
        ("/forbidden", errors.SiteAnsweredError, "forbidden"),
        ("/nothing-here", errors.SiteAnsweredError, "not_found"),
    ],
)
def test_each_misbehaviour_ends_in_its_own_error_within_bounds(
    site: WebSite, fetcher: Fetcher, path: str, error: type[errors.FetchFailed], outcome: str
) -> None:
    gzip_bomb()  # packed before the clock starts
    began = time.monotonic()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(error) as caught:
        fetcher.fetch(site.url(path))
    assert caught.value.outcome == outcome
    assert time.monotonic() - began < 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 50_000


def test_what_may_pass_is_told_from_what_will_not(site: WebSite, fetcher: Fetcher) -> None:
    for path, may_pass in [("/busy", True), ("/broken", True), ("/gone", False), ("/forbidden", False)]:
        with pytest.raises(errors.SiteAnsweredError) as caught:
            fetcher.fetch(site.url(path))
        assert caught.value.may_pass is may_pass


# --- robots.txt ------------------------------------------------------------------------------------


def test_robots_txt_is_obeyed(site: WebSite, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nDisallow: /cairn"
    with pytest.raises(errors.RobotsDisallowed, match="upload the file"):
        fetcher.fetch(site.url("/cairn"))
    assert site.asked("/cairn") == 0


def test_robots_rules_for_cairn_by_name_win(site: WebSite, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nDisallow: /\n\nUser-agent: Cairn\nAllow: /"
    assert fetcher.fetch(site.url("/cairn")).data


def test_a_redirect_into_a_disallowed_place_is_not_followed(site: WebSite, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nDisallow: /cairn"
    site.pages["/old"] = Page(b"", status=301, headers={"Location": "/cairn"})
    with pytest.raises(errors.RobotsDisallowed):
        fetcher.fetch(site.url("/old"))


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_without_robots_txt_allows_all(site: WebSite, fetcher: Fetcher, status: int) -> None:
    site.robots = status
    assert fetcher.fetch(site.url("/cairn")).data


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_site_that_cannot_say_is_left_alone_for_now(site: WebSite, fetcher: Fetcher, status: int) -> None:
    site.robots = status
    with pytest.raises(errors.RobotsUnavailable) as caught:
        fetcher.fetch(site.url("/cairn"))
    assert caught.value.may_pass
    assert site.asked("/cairn") == 0


def test_robots_txt_is_asked_for_once(site: WebSite, fetcher: Fetcher) -> None:
    for _ in range(3):
        fetcher.fetch(site.url("/cairn"))
    assert site.asked("/robots.txt") == 1


def test_endless_robots_rules_are_cut_off_not_refused(site: WebSite, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nDisallow: /other\n" + "# stone\n" * 100_000
    assert fetcher.fetch(site.url("/cairn")).data


def test_visits_to_one_host_keep_their_distance(site: WebSite) -> None:
    waited: list[float] = []
    site.robots = "User-agent: *\nCrawl-delay: 3"
    fetcher = Fetcher(
        limits=FetchLimits(delay_s=1.0), allowed_private=[site.host], clock=lambda: 100.0, sleep=waited.append
    )
    fetcher.fetch(site.url("/cairn"))
    fetcher.fetch(site.url("/cairn"))
    assert waited == [3.0]


# --- addresses -------------------------------------------------------------------------------------


def test_nothing_private_is_fetched_without_the_exception(site: WebSite) -> None:
    with pytest.raises(errors.UrlNotAllowed, match="port"):
        Fetcher(limits=QUICK).fetch(site.url("/cairn"))
    with pytest.raises(errors.AddressRefused, match="FETCH_ALLOWED_PRIVATE_HOSTS"):
        Fetcher(limits=QUICK).fetch("http://127.0.0.1/")
    assert site.requests == []


def test_a_name_that_resolves_to_one_private_address_among_public_ones_is_refused() -> None:
    fetcher = Fetcher(limits=QUICK, resolve=lambda host, port: ["93.184.215.14", "10.0.0.7"])
    with pytest.raises(errors.AddressRefused, match=r"10\.0\.0\.7 is not a public address"):
        fetcher.fetch("http://cairn.example/")


def test_rebinding_gains_nothing(site: WebSite) -> None:
    """The name is public when first asked and loopback afterwards: no connection goes to loopback."""
    answers = iter([["127.0.0.1"], ["127.0.0.1"]])
    fetcher = Fetcher(limits=QUICK, allowed_private=[site.host], resolve=lambda host, port: next(answers))
    with pytest.raises(errors.FetchFailed):
        fetcher.fetch(f"http://rebind.example:{site.port}/cairn")
    with pytest.raises(errors.AddressRefused):
        fetcher.fetch("http://rebind.example/cairn")
    assert site.requests == []


def test_each_connection_asks_for_the_address_anew_and_checks_it(site: WebSite) -> None:
    """robots.txt is fetched from an allowed address; then the name moves to a private one."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.168.0.1"]

    fetcher = Fetcher(limits=QUICK, allowed_private=[f"moving.example:{site.port}"], resolve=resolve)
    with pytest.raises(errors.AddressRefused, match=r"192\.168\.0\.1"):
        fetcher.fetch(f"http://moving.example:{site.port}/cairn")
    assert [path for path, _ in site.requests] == ["/robots.txt"]
    assert site.requests[0][1]["host"] == f"moving.example:{site.port}"


def test_the_tls_handshake_names_the_host_and_not_its_address() -> None:
    named: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda connection, name, context: named.append(name)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def shake_hands() -> None:
            connection, _ = server.accept()
            # It has no certificate: the handshake fails once the client has said whom it wants.
            with connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=shake_hands, daemon=True)
        thread.start()
        fetcher = Fetcher(
            limits=QUICK, allowed_private=[f"cairn.example:{port}"], resolve=lambda host, port: ["127.0.0.1"]
        )
        with pytest.raises(errors.RobotsUnavailable):
            fetcher.fetch(f"https://cairn.example:{port}/")
        thread.join(2)
    assert named == ["cairn.example"]


def test_a_resolver_that_hangs_or_knows_nothing_is_told() -> None:
    def hang(host: str, port: int) -> list[str]:
        time.sleep(2)
        return []

    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    limits = FetchLimits(timeout_s=0.2)
    with pytest.raises(errors.RobotsUnavailable, match="longer than"):
        Fetcher(limits=limits, resolve=hang).fetch("http://cairn.example/")
    with pytest.raises(errors.HostNotFound, match="No address is known"):
        Fetcher(limits=limits, resolve=unknown).fetch("http://cairn.example/")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.1.2.3",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(errors.AddressRefused):
        AddressGuard().check_addresses("x.example", 80, ["93.184.215.14", address])


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_pass(address: str) -> None:
    AddressGuard().check_addresses("x.example", 443, [address])


@given(st.ip_addresses())
def test_an_address_that_passes_is_global(address: object) -> None:
    from ipaddress import IPv4Address, IPv6Address

    assert isinstance(address, (IPv4Address, IPv6Address))
    if not refused_because(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_private


@pytest.mark.parametrize(
    "url",
    [
        "ftp://cairn.example/",
        "file:///etc/passwd",
        "gopher://cairn.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//cairn.example/",
        "cairn.example",
        "",
        "http://",
        "http://user:secret@cairn.example/",
        "http://cairn.example:22/",
        "http://cairn.example:8080/",
        "http://cairn.example/a b\nHost: x",
        "http://[::1",
        "http://" + "a" * 3000,
    ],
)
def test_urls_that_are_no_page_are_not_allowed(url: str) -> None:
    with pytest.raises(errors.UrlNotAllowed):
        AddressGuard().checked_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://LOCALHOST./",
        "http://metadata.google.internal/",
        "http://printer.local/",
        "http://a.localhost/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/",
        "http://100.100.100.200/",
    ],
)
def test_private_names_and_literals_are_refused_before_any_lookup(url: str) -> None:
    with pytest.raises(errors.AddressRefused):
        AddressGuard().checked_url(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_odd_forms_of_loopback_are_refused_once_resolved(host: str) -> None:
    fetcher = Fetcher(limits=QUICK)
    with pytest.raises(errors.FetchFailed):
        fetcher.fetch(f"http://{host}/")


def test_the_exception_covers_only_loopback_at_that_port() -> None:
    guard = AddressGuard(allowed_private=["site.example:8000"])
    guard.check_addresses("site.example", 8000, ["127.0.0.1"])
    for port, address in [(8000, "10.0.0.1"), (8001, "127.0.0.1"), (8000, "169.254.169.254")]:
        with pytest.raises(errors.AddressRefused):
            guard.check_addresses("site.example", port, [address])
