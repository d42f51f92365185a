//! Which networks are not public: one table for the guard and for what `doctor --drop-in` tells systemd.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(first: u16, second: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix)
}

/// IPv4 that is not globally routed unicast (IANA special-purpose registries, RFC 6890 and its updates).
const NOT_PUBLIC_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10), // carriers' NAT
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16), // link-local, cloud metadata
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24), // 6to4 relays
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15), // benchmarks
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4), // multicast
    v4(240, 0, 0, 0, 4), // reserved, broadcast
];

/// IPv6: global unicast is 2000::/3 alone, and of that these are no places where a site stands. NAT64's well-known prefix,
/// in ::/3, is taken out of the first and judged by the IPv4 address that it carries.
const NOT_PUBLIC_V6: [Ipv6Net; 7] = [
    v6(0, 0, 3),           // loopback, compatible, mapped, translated, local-use NAT64 (64:ff9b:1::/48), discard
    v6(0x4000, 0, 2),      // not assigned; 5f00::/16 is for segment routing
    v6(0x8000, 0, 1),      // unique local, link-local, site-local, multicast
    v6(0x2001, 0, 23),     // Teredo, ORCHID, benchmarks and other protocol assignments
    v6(0x2001, 0xdb8, 32), // documentation
    v6(0x2002, 0, 16),     // 6to4, given up by RFC 7526
    v6(0x3fff, 0, 20),     // documentation
];

const NAT64: Ipv6Net = v6(0x64, 0xff9b, 96);

/// The parts of `net` that `hole` leaves.
fn without(net: Ipv6Net, hole: Ipv6Net, out: &mut Vec<Ipv6Net>) {
    if !net.contains(&hole) {
        out.push(net);
    } else if net != hole
        && let Ok(halves) = net.subnets(net.prefix_len() + 1)
    {
        halves.for_each(|half| without(half, hole, out));
    }
}

static NOT_PUBLIC: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let mut six = Vec::new();
    for net in NOT_PUBLIC_V6 {
        without(net, NAT64, &mut six);
    }
    let [a, b, c, d, e, f, ..] = NAT64.addr().segments();
    for net in NOT_PUBLIC_V4 {
        let [g, h] = [0, 1].map(|n| (u32::from(net.addr()) >> (16 * (1 - n))) as u16);
        six.extend(Ipv6Net::new(Ipv6Addr::new(a, b, c, d, e, f, g, h), 96 + net.prefix_len()));
    }
    NOT_PUBLIC_V4.into_iter().map(IpNet::V4).chain(six.into_iter().map(IpNet::V6)).collect()
});

/// Every network that is not public. An IPv4 address that is mapped into IPv6 is to be looked up as the IPv4 address.
pub fn not_public() -> &'static [IpNet] {
    &NOT_PUBLIC
}

/// A globally routed unicast address.
pub fn is_public(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    !NOT_PUBLIC.iter().any(|net| net.contains(&ip))
}

/// The IPv4 address inside an ISATAP address (RFC 5214): its router, wherever the prefix leads, is told to go there.
pub(super) fn isatap(ip: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(ip) = ip else { return None };
    let [.., e, f, g, h] = ip.segments();
    (f == 0x5efe && matches!(e, 0 | 0x200)).then(|| Ipv4Addr::from((u32::from(g) << 16) | u32::from(h)).into())
}

/// Ports at which no web page stands and where a request does harm: the bad ports of the Fetch standard, which no browser
/// asks either, and those of usual databases and remote control.
const BAD_PORTS: [u16; 95] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115,
    117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601,
    636, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5900, 6000,
    6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9100, 10080, 11211, 27017,
];

/// See [`BAD_PORTS`].
pub(super) fn is_bad_port(port: u16) -> bool {
    BAD_PORTS.binary_search(&port).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it was written before there was a table, byte by byte: the oracle of the table.
    fn by_hand(ip: IpAddr) -> bool {
        fn four(ip: Ipv4Addr) -> bool {
            let [a, b, c, _] = ip.octets();
            !(matches!(a, 0 | 10 | 127 | 224..)
                || (a == 100 && (64..128).contains(&b))
                || (a, b) == (169, 254)
                || (a == 172 && (16..32).contains(&b))
                || (a, b) == (192, 168)
                || matches!((a, b, c), (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113))
                || (a == 198 && matches!(b, 18 | 19)))
        }
        match ip {
            IpAddr::V4(ip) => four(ip),
            IpAddr::V6(ip) => {
                if let Some(ip) = ip.to_ipv4_mapped() {
                    return four(ip);
                }
                let s = ip.segments();
                if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
                    return four(Ipv4Addr::from((u32::from(s[6]) << 16) | u32::from(s[7])));
                }
                (0x2000..0x4000).contains(&s[0])
                    && s[0] != 0x2002
                    && !(s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8))
                    && !(s[0] == 0x3fff && s[1] < 0x1000)
            }
        }
    }

    fn both_agree(ip: IpAddr) {
        assert_eq!(is_public(ip), by_hand(ip), "{ip}");
    }

    #[test]
    fn the_table_and_the_bytes_agree_at_every_border() {
        for net in not_public() {
            let (first, last) = (net.network(), net.broadcast());
            assert!(!is_public(first) && !is_public(last), "{net}");
            for ip in [first, last] {
                both_agree(ip);
                match ip {
                    IpAddr::V4(ip) => {
                        both_agree(Ipv4Addr::from(u32::from(ip).wrapping_sub(1)).into());
                        both_agree(Ipv4Addr::from(u32::from(ip).wrapping_add(1)).into());
                        both_agree(ip.to_ipv6_mapped().into());
                    }
                    IpAddr::V6(ip) => {
                        both_agree(Ipv6Addr::from(u128::from(ip).wrapping_sub(1)).into());
                        both_agree(Ipv6Addr::from(u128::from(ip).wrapping_add(1)).into());
                    }
                }
            }
        }
    }

    #[test]
    fn ports_are_in_order() {
        assert!(BAD_PORTS.is_sorted());
        assert!([22, 25, 6379, 6667, 10080].into_iter().all(is_bad_port));
        assert!(![80, 443, 8000, 8080, 8443, 9050].into_iter().any(is_bad_port));
    }

    proptest::proptest! {
        #[test]
        fn the_table_and_the_bytes_agree(four: u32, six: u128, prefix in 0usize..9) {
            both_agree(Ipv4Addr::from(four).into());
            both_agree(Ipv4Addr::from(four).to_ipv6_mapped().into());
            // Random addresses hardly ever fall into the small networks: begin as one of them.
            let start = [0u128, 0x64_ff9b, 0x64_ff9b_0001, 0x2001, 0x2001_0db8, 0x2002, 0x3fff, 0xfe80, 0x2606][prefix];
            let bits = 128 - if start > 0xffff { 16 * (start.ilog2() / 16 + 1) } else { 16 };
            both_agree(Ipv6Addr::from((start << bits) | (six >> (128 - bits))).into());
            both_agree(Ipv6Addr::from((0x64_ff9b_u128 << 96) | u128::from(four)).into());
            both_agree(Ipv6Addr::from(six).into());
        }
    }
}
