//! No page may reach into a private network: one predicate for literal addresses, for names as they resolve at
//! connect time, and for every redirect.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The name or address leads into a private network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("leads into a private network")]
pub struct PrivateAddress;

/// Which addresses may be reached.
#[derive(Clone, Debug)]
pub struct Guard {
    allowed: Arc<[IpNet]>,
    proxy_host: Option<String>,
}

/// A globally routed unicast address (IANA special-purpose registries, RFC 6890 and its updates).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || a == 10
        || a == 127
        || a >= 224 // multicast, reserved, broadcast
        || (a == 100 && (64..128).contains(&b)) // CGNAT
        || (a == 169 && b == 254) // link-local, cloud metadata
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99) // 6to4 relays
        || (a == 192 && b == 168)
        || (a == 198 && (b == 18 || b == 19)) // benchmarks
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let [s0, s1, s2, ..] = s;
    // Addresses that carry an IPv4 address: judged by what they carry.
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let low = Ipv4Addr::from((u32::from(s[6]) << 16) | u32::from(s[7]));
    if s0 == 0x64 && s1 == 0xff9b {
        // NAT64: the well-known prefix carries an address, the local-use one (64:ff9b:1::/48) is private.
        return s2 == 0 && is_public_v4(low);
    }
    if s0 == 0x2002 {
        return is_public_v4(Ipv4Addr::from((u32::from(s1) << 16) | u32::from(s2)));
    }
    // Global unicast is 2000::/3 alone; of that, Teredo and other protocol assignments (2001::/23), documentation
    // (2001:db8::/32, 3fff::/20) are not places where a site stands.
    (0x2000..0x4000).contains(&s0) && !(s0 == 0x2001 && s1 < 0x200) && !(s0 == 0x2001 && s1 == 0xdb8) && !(s0 == 0x3fff && s1 < 0x1000)
}

impl Guard {
    /// Private networks in `allowed` may be reached, and so may `proxy`'s own host.
    pub fn new(allowed: &[IpNet], proxy: Option<&Url>) -> Self {
        Self { allowed: allowed.into(), proxy_host: proxy.and_then(Url::host_str).map(str::to_string) }
    }

    /// Whether `ip` may be reached.
    pub fn allows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        is_public(ip) || self.allowed.iter().any(|net| net.contains(&ip))
    }

    /// Checks what can be told from the address alone; names are checked again as they resolve. Behind a proxy the
    /// name is resolved out of our sight, so that names that can only be local are refused here.
    ///
    /// # Errors
    /// [`PrivateAddress`].
    pub fn check(&self, url: &Url) -> Result<(), PrivateAddress> {
        match url.host() {
            Some(Host::Ipv4(ip)) if !self.allows(ip.into()) => Err(PrivateAddress),
            Some(Host::Ipv6(ip)) if !self.allows(ip.into()) => Err(PrivateAddress),
            Some(Host::Domain(name)) if self.proxy_host.is_some() && is_local_name(name) => Err(PrivateAddress),
            Some(_) => Ok(()),
            None => Err(PrivateAddress),
        }
    }
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.')
        || ["localhost", "local", "lan", "home", "internal", "intranet", "corp", "private", "arpa", "localdomain", "onion.local"]
            .iter()
            .any(|tld| name.rsplit('.').next() == Some(tld))
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_string();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            if guard.proxy_host.as_deref() == Some(host.as_str()) {
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            let known = !found.is_empty();
            let open: Vec<SocketAddr> = found.into_iter().filter(|a| guard.allows(a.ip())).collect();
            if open.is_empty() && known {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_of_every_kind_are_refused() {
        let guard = Guard::new(&[], None);
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "017700000001",
            "127.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::c0a8:101]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2002:c0a8:101::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[2001::1]",
            "[::127.0.0.1]",
            "[fec0::1]",
            "[100::1]",
            "[5f00::1]",
        ] {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            assert_eq!(guard.check(&url), Err(PrivateAddress), "{host}");
        }
        for host in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "[2606:4700::1111]", "[64:ff9b::101:101]", "example.org"] {
            assert_eq!(guard.check(&Url::parse(&format!("http://{host}/")).unwrap()), Ok(()), "{host}");
        }
    }

    #[test]
    fn only_allowed_networks_open() {
        let guard = Guard::new(&["127.0.0.0/8".parse().unwrap()], None);
        assert_eq!(guard.check(&Url::parse("http://127.0.0.1:8000/").unwrap()), Ok(()));
        assert_eq!(guard.check(&Url::parse("http://[::ffff:127.0.0.1]/").unwrap()), Ok(()));
        assert_eq!(guard.check(&Url::parse("http://192.168.1.1/").unwrap()), Err(PrivateAddress));
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_loopback_is_refused_at_connect_time() {
        use std::str::FromStr;
        let closed = Guard::new(&[], None).resolve(Name::from_str("localhost").unwrap()).await;
        assert!(closed.err().is_some_and(|e| e.is::<PrivateAddress>()));
        let open = Guard::new(&["127.0.0.0/8".parse().unwrap()], None).resolve(Name::from_str("localhost").unwrap()).await;
        assert!(open.is_ok_and(|mut addrs| addrs.next().is_some_and(|a| a.is_ipv4())));
    }

    #[test]
    fn behind_a_proxy_local_names_are_refused() {
        let guard = Guard::new(&[], Some(&Url::parse("socks5h://127.0.0.1:9050").unwrap()));
        for host in ["localhost", "router", "nas.local", "printer.lan", "x.localhost."] {
            assert_eq!(guard.check(&Url::parse(&format!("http://{host}/")).unwrap()), Err(PrivateAddress), "{host}");
        }
        assert_eq!(guard.check(&Url::parse("http://example.org/").unwrap()), Ok(()));
    }
}
