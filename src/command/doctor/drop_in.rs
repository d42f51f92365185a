//! `doctor --drop-in`: tells systemd a second time which networks the service may not reach, whatever the program does.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use anyhow::Context as _;
use ipnet::IpNet;
use url::Url;

use crate::cli::Global;
use crate::command::{Done, Failure, complain, load, say};
use crate::config::Config;
use crate::fetch::networks;
use crate::words::{self, fill, harmless};

const RESOLVERS: &str = "/etc/resolv.conf";

/// What must stay reachable, and what for.
struct Kept {
    why: String,
    addresses: Vec<IpNet>,
}

/// Writes the drop-in to `file`, or prints it.
pub fn run(global: &Global, file: Option<&Path>) -> Done {
    let config = load(&Global { quiet: true, ..global.clone() })?;
    let text = write(&config, &std::fs::read_to_string(RESOLVERS).unwrap_or_default())?;
    match file {
        None => say(text.trim_end()),
        Some(file) => {
            may_write(file)?;
            std::fs::write(file, text).with_context(|| format!("{} cannot be written", harmless(&file.display().to_string())))?;
        }
    }
    Ok(0)
}

/// Only an earlier drop-in of ours is replaced: a mistyped path must not cost the owner a file.
fn may_write(file: &Path) -> Result<(), Failure> {
    let shown = harmless(&file.display().to_string());
    match std::fs::read(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(text) if words::drop_in_heads().any(|head| text.starts_with(format!("# {head}\n").as_bytes())) => {
            complain(format!("{shown} was an earlier drop-in and is replaced"));
            Ok(())
        }
        Ok(text) if text.is_empty() => Ok(()),
        _ => Err(Failure::Usage(format!("{shown} is there already and is not an earlier drop-in; it was not touched"))),
    }
}

fn write(config: &Config, resolv_conf: &str) -> Result<String, Failure> {
    let w = words::drop_in(config.language);
    let mut kept =
        vec![Kept { why: fill(w.resolver, &[&RESOLVERS]), addresses: resolvers(resolv_conf).into_iter().map(IpNet::from).collect() }];
    if let Some(email) = &config.alert.email {
        kept.push(Kept { why: w.mail.into(), addresses: of_host(&email.smtp)? });
    }
    if let Some(proxy) = &config.fetch.proxy {
        kept.push(Kept { why: w.proxy.into(), addresses: of_host(proxy)? });
    }
    kept.push(Kept { why: w.allowed.into(), addresses: config.fetch.allow_private.clone() });
    let mut text = String::new();
    for line in w.head.lines().chain(w.again.lines()) {
        text += &format!("# {line}\n");
    }
    text += "\n[Service]\n";
    for line in w.denied.lines() {
        text += &format!("# {line}\n");
    }
    for nets in networks::not_public().chunks(6) {
        text += &format!("IPAddressDeny={}\n", nets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    }
    for Kept { why, addresses } in kept {
        // Public addresses are open anyway.
        let closed: BTreeSet<String> = addresses.into_iter().filter(touches_private).map(|net| net.trunc().to_string()).collect();
        if !closed.is_empty() {
            text += &format!("# {why}\nIPAddressAllow={}\n", closed.into_iter().collect::<Vec<_>>().join(" "));
        }
    }
    Ok(text)
}

fn touches_private(net: &IpNet) -> bool {
    !networks::is_public(net.network()) || !networks::is_public(net.broadcast()) || networks::not_public().iter().any(|n| net.contains(n))
}

/// The addresses in a resolv.conf; the C library asks this machine where none is named.
fn resolvers(text: &str) -> Vec<IpAddr> {
    let named = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let found: Vec<IpAddr> = named.filter_map(|rest| rest.trim().split('%').next()?.split_whitespace().next()?.parse().ok()).collect();
    if found.is_empty() { vec![IpAddr::from([127, 0, 0, 1])] } else { found }
}

/// The addresses of a configured server.
fn of_host(url: &Url) -> Result<Vec<IpNet>, Failure> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let found = std::net::ToSocketAddrs::to_socket_addrs(&(host, 0))
        .with_context(|| format!("the addresses of {} could not be looked up, so the drop-in would be incomplete", harmless(host)))?;
    Ok(found.map(|address| IpNet::from(address.ip().to_canonical())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(toml: &str, resolv_conf: &str) -> String {
        let config = Config::parse(toml, Path::new("/tmp/monitor.toml")).unwrap();
        write(&config, resolv_conf).unwrap_or_else(|_| panic!())
    }

    fn nets(text: &str, key: &str) -> Vec<IpNet> {
        let values = text.lines().filter_map(|l| l.strip_prefix(key));
        values.flat_map(|v| v.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn it_denies_what_the_guard_refuses_and_allows_what_this_house_needs() {
        let toml = "[fetch]\nproxy = \"socks5h://127.0.0.1:9050\"\nallow_private = [\"192.168.7.0/24\"]\n\
                    [alert.email]\nto = [\"a@example.org\"]\nsmtp = \"smtp://10.0.0.25\"\n";
        let made = text(toml, "# router\nnameserver 192.168.1.1\nnameserver 9.9.9.9\nnameserver fe80::1%eth0\noptions edns0\n");
        let (deny, allow) = (nets(&made, "IPAddressDeny="), nets(&made, "IPAddressAllow="));
        assert_eq!(deny, networks::not_public());
        let expected = ["192.168.1.1/32", "fe80::1/128", "10.0.0.25/32", "127.0.0.1/32", "192.168.7.0/24"];
        assert_eq!(allow.len(), expected.len(), "{made}");
        assert!(expected.iter().all(|net| allow.contains(&net.parse().unwrap())), "{made}");
        assert!(made.lines().all(|l| l.is_empty() || l.starts_with(['#', '[']) || l.starts_with("IPAddress")), "{made}");
    }

    #[test]
    fn an_earlier_drop_in_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("network.conf");
        assert!(may_write(&file).is_ok());
        for language in ["", "language = \"fr\"\n"] {
            std::fs::write(&file, text(language, "nameserver 9.9.9.9")).unwrap();
            assert!(may_write(&file).is_ok());
        }
        std::fs::write(&file, "[Service]\n# Which networks\n").unwrap();
        assert!(may_write(&file).is_err() && may_write(folder.path()).is_err());
    }

    #[test]
    fn a_house_without_anything_private_opens_the_resolver_alone() {
        assert_eq!(nets(&text("", "nameserver 127.0.0.53\n"), "IPAddressAllow="), ["127.0.0.53/32".parse().unwrap()]);
        assert_eq!(nets(&text("", ""), "IPAddressAllow="), ["127.0.0.1/32".parse().unwrap()]);
        assert!(nets(&text("", "nameserver 9.9.9.9"), "IPAddressAllow=").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn what_is_denied_is_what_the_guard_refuses(four: u32, six: u128, inside: proptest::sample::Index) {
            let deny = nets(&text("", "nameserver 9.9.9.9"), "IPAddressDeny=");
            let guard = crate::fetch::guard::Guard::new(&[], None);
            let near = match inside.get(&deny) {
                IpNet::V4(net) => IpAddr::from(std::net::Ipv4Addr::from(u32::from(net.network()) ^ (four & 3) ^ (1 << (four % 32)))),
                IpNet::V6(net) => IpAddr::from(std::net::Ipv6Addr::from(u128::from(net.network()) ^ (six & 3) ^ (1 << (six % 128)))),
            };
            for ip in [std::net::Ipv4Addr::from(four).into(), std::net::Ipv6Addr::from(six).into(), near] {
                let ip: IpAddr = ip;
                let denied = deny.iter().any(|net| net.contains(&ip.to_canonical()));
                proptest::prop_assert_eq!(networks::is_public(ip), !denied, "{}", ip);
                proptest::prop_assert!(!(denied && guard.allows(ip)), "{}", ip);
            }
        }
    }
}
