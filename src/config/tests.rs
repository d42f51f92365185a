//! The examples are true, and every fault is told at once.

use super::*;

fn parse(text: &str) -> Result<Config, Faults> {
    Config::parse(text, Path::new("/nowhere/monitor.toml"))
}

fn faults(text: &str) -> Vec<(usize, String, String)> {
    match parse(text) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.faults.into_iter().map(|f| (f.line, f.key, f.message)).collect(),
    }
}

#[test]
fn the_complete_example_parses_and_equals_the_defaults() {
    let text = include_str!("../../config/monitor.toml");
    let (given, default) = (parse(text).unwrap(), parse("").unwrap());
    assert_eq!(given.language, default.language);
    assert_eq!(given.content, default.content);
    assert_eq!(given.fetch, fetch::Settings::default());
    assert_eq!(given.alert, alert::Settings::default());
    assert_eq!(given.key, default.key);
    // What stands behind # is right too, once the address and the example password are filled in.
    let uncommented: String = text
        .lines()
        .map(|l| match l.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.split_whitespace().nth(1) == Some("=") => format!("{rest}\n"),
            _ => format!("{l}\n"),
        })
        .collect::<String>()
        .replace("password = { file = \"mail-password\" }", "")
        .replace("cookies = \"cookies.txt\"", "")
        .replace("user_agent  = \"…\"", "user_agent = \"x\"");
    // Paths into JSON go with one kind, and the example shows another.
    let json = parse(&uncommented.replace("kind   = \"board\"", "kind = \"json\"")).unwrap_or_else(|e| panic!("{e}\n{uncommented}"));
    assert!(json.watches[0].paths.posts.is_some() && json.watches[0].paths.pictures.len() == 1);
    let uncommented: String = uncommented.lines().filter(|l| !l.starts_with("json")).map(|l| format!("{l}\n")).collect();
    let full = parse(&uncommented).unwrap_or_else(|e| panic!("{e}\n{uncommented}"));
    assert_eq!(full.watches.len(), 1);
    assert_eq!((full.watches[0].source, full.watches[0].headers.len()), (Some(Source::Board), 1));
    assert!(full.watches[0].follow.is_some() && full.alert.email.is_some() && full.fetch.proxy.is_some());
}

#[test]
fn the_minimal_example_parses() {
    let config = parse(include_str!("../../config/minimal.toml")).unwrap();
    assert_eq!(config.person.legal_names.len(), 1);
    assert_eq!(config.watches[0].name, "example.org/b");
}

#[test]
fn every_fault_is_told_at_once_with_line_and_key_and_what_would_be_right() {
    let all = faults(
        "langauge = \"en\"\n[fetch]\ndelay = \"soon\"\nper_host = 0\nproxy = \"socks5://127.0.0.1:9050\"\nallow_private = [\"home\", \"0.0.0.0/0\"]\n\
         [content]\npaths = \"x\"\ndepth = \"deep\"\n[[watch]]\nname = \"a\"\ncron = \"0 25 * * *\"\n[[watch]]\nurl = \"ftp://x\"\nevery = \"6h\"\n\
         cron = \"0 0 31 2 *\"\n[alert]\nalive = \"sometimes\"\n[alert.email]\nto = [\"nobody\"]\nsmtp = \"smtp://u:p@h\"\n[store]\nkey = \"abc\"\n",
    );
    for (line, key, part) in [
        (1, "langauge", "did you mean \"language\""),
        (3, "fetch.delay", "500ms"),
        (4, "fetch.per_host", "from 1"),
        (5, "fetch.proxy", "socks5h://"),
        (6, "fetch.allow_private", "\"home\""),
        (6, "fetch.allow_private", "all addresses"),
        (8, "content.paths", "list"),
        (9, "content.depth", "\"thorough\" or \"quick\""),
        (10, "watch.url", "needs an address"),
        (12, "watch.cron", "0 */6"),
        (14, "watch.url", "https://"),
        (16, "watch.cron", "never comes due"),
        (18, "alert.alive", "6h"),
        (20, "alert.email.to", "mail address"),
        (21, "alert.email.smtp", "password"),
        (23, "store.key", "file"),
    ] {
        assert!(all.iter().any(|(l, k, m)| (*l, k.as_str()) == (line, key) && m.contains(part)), "{line} {key} {part} not in {all:#?}");
    }
}

#[test]
fn broken_syntax_names_its_line_and_shows_no_secret() {
    let error = parse("[me]\nlegal_names = [\"Mira Sandoval\"\nprivate = 3\n").unwrap_err().to_string();
    assert!(error.contains("monitor.toml:") && !error.contains("Mira"), "{error}");
}

#[test]
fn too_many_or_too_short_names_are_refused_without_repeating_them() {
    let many: Vec<String> = (0..13).map(|n| format!("\"Mira Sandoval {n}\"")).collect();
    let error = parse(&format!("[me]\nlegal_names = [{}]\nprivate = [\"ab\"]", many.join(","))).unwrap_err().to_string();
    assert!(error.contains("at most 12") && error.contains("fewer than 3") && !error.contains("Mira"), "{error}");
    assert!(parse("[me]\nlegal_names = [\"王伟\", \"김민수\"]").is_ok());
}

#[test]
fn a_wrong_address_is_not_repeated_because_it_can_hold_a_name() {
    for text in ["[[watch]]\nurl = \"board.example/?q=Mira+Sandoval\"\n", "[me]\nown_pages = [\"board.example/mira-sandoval\"]\n"] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains("https://") && !error.to_lowercase().contains("mira"), "{error}");
    }
}

#[test]
fn lists_come_from_files_and_credentials_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("names"), "# mine\nMira Sandoval\n\nMira Kestrel\n").unwrap();
    std::fs::write(folder.path().join("urls"), "https://a.example/\nhttps://b.example/\n").unwrap();
    let text = "[me]\nlegal_names = { file = \"names\" }\nstage_names = { credential = \"stage\" }\n[[watch]]\nname = \"x\"\nurls_file = \"urls\"\n";
    let file = folder.path().join("monitor.toml");
    let error = Config::parse(text, &file).unwrap_err().to_string();
    assert!(error.contains("CREDENTIALS_DIRECTORY"), "{error}");
    let config = Config::parse(&text.replace("stage_names = { credential = \"stage\" }\n", ""), &file).unwrap();
    assert_eq!(config.person.legal_names.len(), 2);
    assert_eq!(config.watches[0].urls.len(), 2);
}

#[test]
fn durations_and_sizes_have_units() {
    use super::values::{parse_duration, parse_size};
    for (text, millis) in [("500ms", 500), ("30s", 30_000), ("6h", 21_600_000), ("2d", 172_800_000), ("1 w", 604_800_000)] {
        assert_eq!(parse_duration(text).map(|d| d.as_millis()), Some(millis), "{text}");
    }
    for text in ["", "5", "-1s", "1.5h", "99999999999999999999d", "1y"] {
        assert_eq!(parse_duration(text), None, "{text}");
    }
    assert_eq!(parse_size("8 MiB"), Some(8 << 20));
    assert_eq!(parse_size("2 kB"), Some(2000));
    assert_eq!(parse_size("much"), None);
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_configuration_or_a_list_of_faults(text in ".{0,200}") {
        if let Err(faults) = parse(&text) {
            proptest::prop_assert!(!faults.faults.is_empty());
        }
    }
}
