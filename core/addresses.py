"""Which addresses belong to the public internet, so that nothing else is ever connected to on a stranger's behalf.

The lists of the standard library are those of its release; what they lack or take for public stands here. An IPv6
address is public only within the block that is given out (2000::/3). An IPv4 address that is hidden in an IPv6 one is
judged as itself, or not reached where a tunnel would lead to it.
"""

from __future__ import annotations

import ipaddress
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # holds an IPv4 address in its last 32 bits (RFC 6052)
GIVEN_OUT = ipaddress.IPv6Network("2000::/3")  # all that IANA gives out as global unicast
NOT_PUBLIC_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "192.0.0.0/24",  # IETF protocol assignments (RFC 6890); metadata of Oracle's cloud is at 192.0.0.192
            "192.88.99.0/24",  # 6to4 relays (RFC 7526)
            "168.63.129.16/32",  # what Azure's virtual machines ask about themselves
            "100.64.0.0/10",  # carrier NAT (RFC 6598); metadata of Alibaba's cloud is at 100.100.100.200
        ),
    )
)
NOT_PUBLIC_6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments, Teredo (RFC 4380) among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4 (RFC 3056)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public internet, also where an IPv6 address stands for an IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:  # names an interface of this machine
            return False
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in GIVEN_OUT or any(address in network for network in NOT_PUBLIC_6):
            return False
    elif any(address in network for network in NOT_PUBLIC_4):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
