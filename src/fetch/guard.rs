//! No page may reach into a private network: one predicate for literal addresses, for names as they resolve at
//! connect time, and for every redirect.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::Record;
use super::networks::{is_bad_port, is_public, isatap};

/// The name or address leads into a private network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("leads into a private network")]
pub struct PrivateAddress;

/// Why an address may not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// See [`PrivateAddress`].
    #[error(transparent)]
    Private(#[from] PrivateAddress),
    /// No web page stands at that port.
    #[error("its port belongs to a service that is no web site")]
    Port,
}

/// Which addresses may be reached.
#[derive(Clone, Debug)]
pub struct Guard {
    allowed: Arc<[IpNet]>,
    proxy_host: Option<String>,
    record: Option<Arc<Record>>,
}

impl Guard {
    /// Private networks in `allowed` may be reached, and so may `proxy`'s own host.
    pub fn new(allowed: &[IpNet], proxy: Option<&Url>) -> Self {
        Self { allowed: allowed.into(), proxy_host: proxy.and_then(Url::host_str).map(str::to_string), record: None }
    }

    /// Tells `record` of every name that is looked up.
    pub fn recorded(self, record: Option<Arc<Record>>) -> Self {
        Self { record, ..self }
    }

    /// Whether `ip` may be reached.
    pub fn allows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.is_allowed(ip) || (is_public(ip) && isatap(ip).is_none_or(is_public))
    }

    /// Whether the owner named the network of `ip`.
    fn is_allowed(&self, ip: IpAddr) -> bool {
        self.allowed.iter().any(|net| net.contains(&ip))
    }

    /// Checks what can be told from the address alone; names are checked again as they resolve. Behind a proxy the
    /// name is resolved out of our sight, so that names that can only be local, and the proxy's own, are refused here.
    /// At addresses that the owner named every port is open.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn check(&self, url: &Url) -> Result<(), Refused> {
        let ip = match url.host() {
            None => return Err(PrivateAddress.into()),
            Some(Host::Ipv4(ip)) => Some(IpAddr::from(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::from(ip).to_canonical()),
            Some(Host::Domain(name)) => match &self.proxy_host {
                Some(proxy) if is_local_name(name) || same_name(proxy, name) => return Err(PrivateAddress.into()),
                _ => None,
            },
        };
        if ip.is_some_and(|ip| self.is_allowed(ip)) {
            return Ok(());
        }
        if ip.is_some_and(|ip| !self.allows(ip)) {
            return Err(PrivateAddress.into());
        }
        if url.port_or_known_default().is_none_or(is_bad_port) { Err(Refused::Port) } else { Ok(()) }
    }
}

fn same_name(a: &str, b: &str) -> bool {
    a.trim_end_matches('.').eq_ignore_ascii_case(b.trim_end_matches('.'))
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
            if let Some(record) = &guard.record {
                record.resolved(&host);
            }
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
            "[2002:101:101::]",
            "[::ffff:0:127.0.0.1]",
            "[::1.1.1.1]",
            "[2001:0:7f00:1::1]",
            "[2606:4700::5efe:c0a8:101]",
            "[2606:4700::200:5efe:127.0.0.1]",
            "[fe80::5efe:8.8.8.8]",
            "127.0.0.1.",
            "0x7f.1.",
            "0177.0.0.1",
            "0",
            "127.000.000.001",
            "１２７.０.０.１",
            "127。0。0。1",
            "%31%32%37.0.0.1",
            "12\t7.0.0.1",
            "someone@127.0.0.1",
            "1.1.1.1@127.0.0.1",
            "1.1.1.1:80@127.0.0.1",
            "example.org%40@127.0.0.1",
            "0251.0376.0251.0376",
            "metadata@169.254.169.254",
        ] {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            assert_eq!(guard.check(&url), Err(Refused::Private(PrivateAddress)), "{host}");
        }
        // Where parsers differ: what stands before a backslash is the host, as browsers have it.
        for text in
            ["http:\\\\127.0.0.1\\@example.org/", "http:/127.0.0.1/", "http:127.0.0.1", "http:////127.0.0.1/", " \u{1}http://127.0.0.1"]
        {
            assert_eq!(guard.check(&Url::parse(text).unwrap()), Err(Refused::Private(PrivateAddress)), "{text}");
        }
        // What the parser refuses, nobody asks.
        for text in
            ["http://[fe80::1%25eth0]/", "http://[::1%lo]/", "http://127.0.0.256/", "http://1.2.3.4.5/", "http://exa mple/", "http:///"]
        {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        for host in [
            "1.1.1.1",
            "93.184.216.34",
            "172.32.0.1",
            "100.128.0.1",
            "[2606:4700::1111]",
            "[64:ff9b::101:101]",
            "[2606:4700::5efe:101:101]",
            "example.org",
            "127.0.0.1@example.org",
        ] {
            assert_eq!(guard.check(&Url::parse(&format!("http://{host}/")).unwrap()), Ok(()), "{host}");
        }
    }

    #[test]
    fn ports_of_other_services_are_refused_but_not_at_home() {
        let guard = Guard::new(&["192.168.7.0/24".parse().unwrap()], None);
        let check = |text: &str| guard.check(&Url::parse(text).unwrap());
        for text in ["http://example.org:25/", "https://1.1.1.1:22/", "http://[2606:4700::1111]:6379/", "https://example.org:6667/"] {
            assert_eq!(check(text), Err(Refused::Port), "{text}");
        }
        for text in ["http://example.org:8080/", "https://example.org/", "http://192.168.7.9:9100/", "http://[::ffff:192.168.7.9]:22/"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        assert_eq!(check("http://192.168.8.9:80/"), Err(Refused::Private(PrivateAddress)));
    }

    #[test]
    fn only_allowed_networks_open() {
        let guard = Guard::new(&["127.0.0.0/8".parse().unwrap()], None);
        assert_eq!(guard.check(&Url::parse("http://127.0.0.1:8000/").unwrap()), Ok(()));
        assert_eq!(guard.check(&Url::parse("http://[::ffff:127.0.0.1]/").unwrap()), Ok(()));
        assert_eq!(guard.check(&Url::parse("http://192.168.1.1/").unwrap()), Err(Refused::Private(PrivateAddress)));
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
            assert_eq!(guard.check(&Url::parse(&format!("http://{host}/")).unwrap()), Err(Refused::Private(PrivateAddress)), "{host}");
        }
        assert_eq!(guard.check(&Url::parse("http://example.org/").unwrap()), Ok(()));
        let guard = Guard::new(&[], Some(&Url::parse("http://proxy.example.org:3128").unwrap()));
        for host in ["proxy.example.org", "PROXY.example.org."] {
            assert_eq!(guard.check(&Url::parse(&format!("http://{host}:631/")).unwrap()), Err(Refused::Private(PrivateAddress)), "{host}");
        }
    }
}
