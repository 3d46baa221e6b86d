"""Which addresses a runner may connect to: public ones, and those that the stack's owner allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# Spelled out, since `ipaddress.is_private` changes its mind between Python versions.
# Source: IANA special-purpose address registries for IPv4 and IPv6.
_REFUSED: Mapping[str, str] = {
    "0.0.0.0/8": "an unspecified",
    "10.0.0.0/8": "a private",
    "100.64.0.0/10": "a carrier-grade NAT",
    "127.0.0.0/8": "a loopback",
    "169.254.169.254/32": "a metadata service's",
    "169.254.170.0/24": "a metadata service's",
    "169.254.0.0/16": "a link-local",
    "172.16.0.0/12": "a private",
    "192.0.0.0/24": "a reserved",
    "192.0.2.0/24": "a documentation",
    "192.88.99.0/24": "a reserved",
    "192.168.0.0/16": "a private",
    "198.18.0.0/15": "a benchmarking",
    "198.51.100.0/24": "a documentation",
    "203.0.113.0/24": "a documentation",
    "224.0.0.0/4": "a multicast",
    "240.0.0.0/4": "a reserved",
    "::/128": "an unspecified",
    "::1/128": "a loopback",
    "fd00:ec2::/32": "a metadata service's",
    "fc00::/7": "a private",
    "fe80::/10": "a link-local",
    "fec0::/10": "a private",
    "ff00::/8": "a multicast",
    "2001::/23": "a reserved",
    "2001:db8::/32": "a documentation",
    "2002::/16": "a reserved",
    "3fff::/20": "a documentation",
}
_REFUSED_NETWORKS = tuple((ip_network(network), kind) for network, kind in _REFUSED.items())
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def refusal(text: str) -> str | None:
    """Return what kind of address `text` is if no runner may connect to it ("a loopback"), None if it is public.

    An IPv4 address inside an IPv6 one (mapped, NAT64) is judged as the IPv4 address that it reaches.
    """
    address = _reached(ip_address(text.partition("%")[0]))
    for network, kind in _REFUSED_NETWORKS:
        if address.version == network.version and address in network:
            return kind
    return "a reserved" if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6 else None


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that the stack's owner lets runners reach although their addresses are not public.

    Attributes:
        names: lower-case host names and addresses, each alone or with `:port`.
        networks: every address in them is allowed.
    """

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "AllowedHosts":
        """Read a comma-separated list of `host`, `host:port` and CIDR; anything else in it allows nothing."""
        entries = [entry.strip().lower() for entry in text.split(",") if entry.strip()]
        networks = [network for entry in entries if (network := _network(entry))]
        return cls(frozenset(entry for entry in entries if "/" not in entry), tuple(networks))

    def allows(self, host: str, port: int, address: str) -> bool:
        """Return whether the owner allows this host, its address, or either of them on this port."""
        bare = address.partition("%")[0]
        spellings = {host.lower(), f"{host.lower()}:{port}", f"[{host.lower()}]:{port}"}
        spellings |= {bare, f"{bare}:{port}", f"[{bare}]:{port}"}
        if spellings & self.names:
            return True
        reached = _reached(ip_address(bare))
        return any(reached.version == network.version and reached in network for network in self.networks)


def _reached(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(entry, strict=False) if "/" in entry else None
    except ValueError:
        return None
