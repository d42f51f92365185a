//! robots.txt (RFC 9309): may a page that a link leads to be asked for?

use std::collections::HashMap;
use std::sync::Arc;

/// The rules for everybody of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<(bool, String)>,
}

/// Bytes that are read at least (RFC 9309, section 2.5); more is not read.
pub const LIMIT: usize = 512 * 1024;
const MOST_RULES: usize = 10_000;
/// Hosts whose file is remembered, unless more are asked for at once: each may take most of a megabyte.
const MOST_HOSTS: usize = 200;

/// Before one more is remembered: where they are many, those that nobody is asking are forgotten.
pub fn make_place<T>(known: &mut HashMap<String, Arc<T>>) {
    if known.len() >= MOST_HOSTS {
        known.retain(|_, one| Arc::strong_count(one) > 1);
    }
}

impl Robots {
    /// Reads a robots.txt; keeps the groups for `*`, because the program does not name itself.
    pub fn parse(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body.get(..LIMIT).unwrap_or(body));
        let mut rules = Vec::new();
        let (mut ours, mut in_agents) = (false, false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((field, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match field.trim().to_ascii_lowercase().as_str() {
                "user-agent" => {
                    ours = (in_agents && ours) || value == "*";
                    in_agents = true;
                }
                field @ ("allow" | "disallow") => {
                    in_agents = false;
                    if ours && !value.is_empty() && rules.len() < MOST_RULES {
                        rules.push((field == "allow", value.to_string()));
                    }
                }
                _ => {}
            }
        }
        Self { rules }
    }

    /// Whether `path` (with its query) may be asked for: the longest rule that matches decides, `allow` in a tie.
    pub fn allows(&self, path: &str) -> bool {
        let best = self.rules.iter().filter(|(_, rule)| matches(rule, path)).max_by_key(|(allow, rule)| (rule.len(), *allow));
        best.is_none_or(|(allow, _)| *allow)
    }
}

/// `*` stands for anything, `$` at the end for the end. Linear in `rule` times `path` at worst.
fn matches(rule: &str, path: &str) -> bool {
    let (rule, anchored) = rule.strip_suffix('$').map_or((rule, false), |r| (r, true));
    let mut parts = rule.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return !anchored || rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    if anchored { rest.ends_with(last) } else { rest.contains(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_decides() {
        let robots = Robots::parse(b"User-agent: other\nDisallow: /\n\nuser-agent: a\nUser-Agent: *\nDisallow: /private\nAllow: /private/open # yes\nDisallow: /*.php$\n");
        for (path, allowed) in
            [("/", true), ("/private", false), ("/private/x", false), ("/private/open/1", true), ("/a/b.php", false), ("/a/b.php?x", true)]
        {
            assert_eq!(robots.allows(path), allowed, "{path}");
        }
    }

    #[test]
    fn files_of_hosts_without_end_fill_no_memory() {
        let mut known = HashMap::new();
        let asked = Arc::new(());
        known.insert("asked".to_string(), asked.clone());
        for n in 0..1000 {
            make_place(&mut known);
            known.insert(n.to_string(), Arc::new(()));
            assert!(known.len() <= MOST_HOSTS);
        }
        assert!(known.contains_key("asked"));
    }

    #[test]
    fn no_rule_allows_all() {
        assert!(Robots::default().allows("/x"));
        assert!(Robots::parse(b"\xff\xfe<html>not robots").allows("/x"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(body: Vec<u8>, path in ".{0,40}") {
            let _ = Robots::parse(&body).allows(&path);
        }

        #[test]
        fn a_plain_rule_is_a_prefix(rule in "/[a-z/]{0,8}", path in "/[a-z/]{0,12}") {
            proptest::prop_assert_eq!(matches(&rule, &path), path.starts_with(&rule));
        }
    }
}
