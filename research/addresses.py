"""Which addresses on the network may be fetched from: public ones, and what an operator names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

import httpx

from research.errors import AddressRefused, UrlNotAllowed

PORTS = frozenset({80, 443})
MAX_URL_CHARS = 2000

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Ranges that some version of ``is_global`` lets pass, or that carry another address inside.
_REFUSED_NETWORKS = {
    "0.0.0.0/8": "an address of this host",
    "100.64.0.0/10": "a carrier's shared address",
    "192.0.0.0/24": "a protocol address",
    "192.88.99.0/24": "a 6to4 relay",
    "198.18.0.0/15": "a benchmarking address",
    "240.0.0.0/4": "a reserved address",
    "64:ff9b::/96": "a NAT64 address",
    "64:ff9b:1::/48": "a local NAT64 address",
    "2001::/23": "a protocol address (Teredo and others)",
    "2002::/16": "a 6to4 address",
    "fec0::/10": "a site-local address",
    "::/96": "an address that embeds an IPv4 address",
}
_NETWORKS = tuple((ipaddress.ip_network(net), reason) for net, reason in _REFUSED_NETWORKS.items())
# Names by which machines of clouds and offices are reached, whatever they resolve to.
_REFUSED_NAMES = frozenset({"localhost", "metadata", "instance-data", "metadata.azure.com", "broadcasthost"})
_HOST = re.compile(r"[A-Za-z0-9_.\-]+|\[?[0-9A-Fa-f:.]+\]?")
_REFUSED_ENDINGS = (
    ".localhost",
    ".local",
    ".internal",
    ".localdomain",
    ".home.arpa",
    ".lan",
    ".intranet",
    ".in-addr.arpa",
    ".ip6.arpa",
)


class AddressGuard:
    """Decides which URLs and addresses may be connected to.

    Parameters
    ----------
    allowed_private
        ``host:port`` pairs that may be fetched although they are loopback (for tests and local
        sites); nothing else private ever is.

    Examples
    --------
    >>> guard = AddressGuard(allowed_private=["127.0.0.1:8000"])
    >>> str(guard.checked_url("http://127.0.0.1:8000/a#b"))
    'http://127.0.0.1:8000/a'
    >>> guard.check_addresses("example.org", 80, ["169.254.169.254"])
    Traceback (most recent call last):
    ...
    research.errors.AddressRefused: example.org is not fetched: 169.254.169.254 is not a public address. ...
    """

    def __init__(self, *, allowed_private: Collection[str] = ()) -> None:
        self._allowed = frozenset(pair.strip().casefold() for pair in allowed_private)

    def is_excepted(self, host: str, port: int) -> bool:
        """Say whether an operator named this very host and port."""
        shown = f"[{host}]" if ":" in host else host
        return f"{shown.casefold()}:{port}" in self._allowed

    def checked_url(self, url: str) -> httpx.URL:
        """Return ``url`` without its fragment.

        Raises
        ------
        UrlNotAllowed
            If its scheme, port or form is not one that is fetched.
        AddressRefused
            If its host is private by name or by address.
        """
        if len(url) > MAX_URL_CHARS or any(char.isspace() or not char.isprintable() for char in url.strip()):
            raise UrlNotAllowed(url, "it is not the address of a page.")
        try:
            parsed = httpx.URL(url.strip()).copy_with(fragment=None)
            host, port = parsed.host, parsed.port or (443 if parsed.scheme == "https" else 80)
        except (httpx.InvalidURL, ValueError, UnicodeError) as exc:
            raise UrlNotAllowed(url, f"{exc}.") from exc
        if parsed.scheme not in ("http", "https"):
            raise UrlNotAllowed(url, f"{parsed.scheme or 'no scheme'} is not http or https.")
        if parsed.userinfo:
            raise UrlNotAllowed(url, "it carries a user name.")
        if not _HOST.fullmatch(parsed.raw_host.decode("ascii")):
            raise UrlNotAllowed(url, "it names no host.")
        if self.is_excepted(host, port):
            return parsed
        if port not in PORTS:
            raise UrlNotAllowed(url, f"port {port} is not 80 or 443.")
        self._check_name(host)
        return parsed

    def check_addresses(self, host: str, port: int, addresses: Collection[str]) -> None:
        """Check every address that ``host`` resolved to: a single private one refuses the host.

        Raises
        ------
        AddressRefused
            With the first address that is not public.
        """
        for text in addresses:
            address = ipaddress.ip_address(text.partition("%")[0])
            if self.is_excepted(host, port) and _embedded(address).is_loopback:
                continue
            reason = refused_because(address)
            if reason:
                raise AddressRefused(host, reason)

    def _check_name(self, host: str) -> None:
        name = host.rstrip(".").casefold()
        if name in _REFUSED_NAMES or name.endswith(_REFUSED_ENDINGS):
            raise AddressRefused(host, "the name belongs to a private network")
        try:
            literal = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return
        reason = refused_because(literal)
        if reason:
            raise AddressRefused(host, reason)


def refused_because(address: IpAddress) -> str:
    """Return why ``address`` is not fetched from; empty if it may be.

    Examples
    --------
    >>> refused_because(ipaddress.ip_address("64:ff9b::7f00:1"))
    '64:ff9b::7f00:1 is a NAT64 address'
    >>> refused_because(ipaddress.ip_address("93.184.215.14"))
    ''
    """
    inner = _embedded(address)
    for network, reason in _NETWORKS:
        if inner.version == network.version and inner in network:
            return f"{address} is {reason}"
    if (
        not inner.is_global
        or inner.is_multicast
        or inner.is_reserved
        or inner.is_loopback
        or inner.is_link_local
    ):
        return f"{address} is not a public address"
    return ""


def _embedded(address: IpAddress) -> IpAddress:
    """Return the IPv4 address inside an IPv4-mapped one, which is where the packets go."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
