//! `monitor init`: a few questions, then a commented configuration file.

use std::io::{BufRead, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::ask::{ask, unseen};
use super::{Done, Failure, say};
use crate::alert::{Mailer, Style, message};
use crate::cli::Global;
use crate::config::{self, Config};
use crate::model::Language;
use crate::store::DueMail;
use crate::words::{self, Questions};

/// The complete example; `--defaults` writes it.
const COMPLETE: &str = include_str!("../../config/monitor.toml");

/// Asks and writes.
pub async fn run(global: &Global, defaults: bool, force: bool) -> Done {
    let file = global.config.clone().or_else(|| config::usual_places().into_iter().next()).unwrap_or_else(|| PathBuf::from("monitor.toml"));
    if file.exists() && !force {
        return Err(Failure::Usage(format!(
            "{} exists already; it was not touched. --force replaces it, --config FILE writes another",
            file.display()
        )));
    }
    if defaults {
        write(&file, COMPLETE, force)?;
        say(format!("{} {}\n{}", words::of(Language::En).questions().written, file.display(), words::of(Language::En).questions().key));
        return Ok(0);
    }
    let mut input = std::io::stdin().lock();
    let language = loop {
        match ask(&mut input, "Language / Langue? (en / fr)")?.as_str() {
            "" | "en" => break Language::En,
            "fr" => break Language::Fr,
            _ => say("en / fr"),
        }
    };
    let q = words::of(language).questions();
    say(format!("\n{}\n", q.opening));
    let Some(answers) = Answers::gather(&mut input, &q)? else {
        return Err(Failure::Usage(q.not_own.into()));
    };
    let text = answers.to_toml(language, &file);
    // What the answers make is checked before anything is written: with the password in the place of its file.
    let checked = text.replace(&answers.password_line(&file), &format!("password = {}\n", quoted("checked")));
    if let Err(faults) = Config::parse(&checked, &file) {
        return Err(Failure::Usage(format!("these answers do not make a configuration; nothing was written:\n{faults}")));
    }
    if !answers.password.is_empty() {
        write(&password_file(&file), &format!("{}\n", answers.password), true)?;
    }
    write(&file, &text, force)?;
    say(format!("\n{} {}\n{}", q.written, file.display(), q.key));
    if !answers.smtp.is_empty() && matches!(ask(&mut input, q.test)?.as_str(), "y" | "yes" | "o" | "oui") {
        send_test(&file).await?;
    }
    Ok(0)
}

async fn send_test(file: &Path) -> Result<(), Failure> {
    let config = Config::load(file).map_err(|f| Failure::Usage(f.to_string()))?;
    let Some(email) = &config.alert.email else { return Ok(()) };
    let mailer = Mailer::new(email)?;
    for mail in message::test(&Style::new(email, config.language)) {
        let mut id = [0u8; 8];
        getrandom::fill(&mut id).map_err(|e| anyhow::anyhow!("no random numbers: {e}"))?;
        let id = u64::from_le_bytes(id).to_string();
        match mailer.send(&DueMail { id, created_at: crate::scan::now(), tries: 1, letter: mail.letter }).await {
            Ok(()) => say("ok"),
            Err(error) => say(format!("{error}")),
        }
    }
    Ok(())
}

/// Where the mail password is written that was typed.
pub(super) fn password_file(config: &Path) -> PathBuf {
    config.with_file_name("mail-password")
}

fn write(file: &Path, text: &str, replace: bool) -> Result<(), Failure> {
    let wrong = || format!("{} cannot be written", file.display());
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(wrong)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).mode(0o600);
    if replace {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let mut out = options.open(file).with_context(wrong)?;
    out.write_all(text.as_bytes()).with_context(wrong)?;
    // A file that was there before keeps its rights otherwise.
    use std::os::unix::fs::PermissionsExt;
    out.set_permissions(std::fs::Permissions::from_mode(0o600)).with_context(wrong)?;
    Ok(())
}

/// Asks until `right` accepts the answer; an empty one skips the question. `wrong` is said in between.
fn ask_until(input: &mut impl BufRead, question: &str, wrong: &str, right: impl Fn(&str) -> bool) -> Result<String, Failure> {
    loop {
        let answer = ask(input, question)?;
        if answer.is_empty() || right(&answer) {
            return Ok(answer);
        }
        say(wrong);
    }
}

/// One answer a line, each accepted by `right` or asked again; an empty line ends.
fn ask_list(
    input: &mut impl BufRead,
    question: &str,
    q: &Questions,
    wrong: &str,
    right: impl Fn(&str) -> bool,
) -> Result<Vec<String>, Failure> {
    let mut list = Vec::new();
    let mut question = format!("{question} ({})", q.list_hint);
    loop {
        let answer = ask_until(input, &question, wrong, &right)?;
        if answer.is_empty() {
            return Ok(list);
        }
        list.push(answer);
        question.clear();
    }
}

fn is_page(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
}

fn is_smtp(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|u| matches!(u.scheme(), "smtp" | "smtps") && u.has_host() && u.password().is_none())
}

#[derive(Default)]
struct Answers {
    originals: Vec<String>,
    legal_names: Vec<String>,
    stage_names: Vec<String>,
    private: Vec<String>,
    context: Vec<String>,
    own_pages: Vec<String>,
    pages: Vec<String>,
    proxy: Option<String>,
    smtp: String,
    to: String,
    password: String,
    phrase: String,
}

impl Answers {
    /// `None` where somebody would watch another person who did not ask for it.
    fn gather(input: &mut impl BufRead, q: &Questions) -> Result<Option<Self>, Failure> {
        let any = |_: &str| true;
        let long = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count() > 2;
        let mut a = Self { originals: ask_list(input, q.originals, q, q.again, any)?, ..Self::default() };
        if a.originals.iter().any(|p| !expanded(p).exists()) {
            say(q.no_folder);
        }
        a.legal_names = ask_list(input, q.legal_names, q, q.again, long)?;
        if !a.legal_names.is_empty() {
            let whose = loop {
                match ask(input, q.whose)?.to_lowercase().as_str() {
                    "own" | "o" | "mine" | "me" | "yes" | "y" | "moi" | "oui" | "à moi" | "les miens" => break true,
                    "request" | "r" | "demande" | "d" => break true,
                    "no" | "n" | "non" => break false,
                    "" => break false,
                    _ => say(q.again),
                }
            };
            if !whose {
                return Ok(None);
            }
        }
        a.stage_names = ask_list(input, q.stage_names, q, q.again, long)?;
        a.private = ask_list(input, q.private, q, q.again, long)?;
        a.context = ask_list(input, q.context, q, q.again, any)?;
        a.own_pages = ask_list(input, q.own_pages, q, q.not_address, is_page)?;
        a.pages = ask_list(input, q.pages, q, q.not_address, is_page)?;
        let route = ask_until(input, q.route, q.again, |r| {
            let proxy = url::Url::parse(r).is_ok_and(|u| matches!(u.scheme(), "socks5h" | "http" | "https") && u.has_host());
            proxy || matches!(r.to_lowercase().as_str(), "tor" | "direct")
        })?;
        a.proxy = match route.to_lowercase().as_str() {
            "" | "direct" => None,
            "tor" => Some("socks5h://127.0.0.1:9050".into()),
            _ => Some(route),
        };
        a.smtp = ask_until(input, q.smtp, q.not_smtp, is_smtp)?;
        if !a.smtp.is_empty() {
            let is_mailbox = |text: &str| text.parse::<lettre::message::Mailbox>().is_ok();
            a.to = ask_until(input, q.to, q.not_mailbox, is_mailbox)?;
            if a.to.is_empty() {
                a.smtp.clear();
                return Ok(Some(a));
            }
            a.password = unseen(|| ask(input, q.password))?;
            a.phrase = ask(input, q.phrase)?;
        }
        Ok(Some(a))
    }

    fn password_line(&self, file: &Path) -> String {
        let name = password_file(file).file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        format!("password = {{ file = {} }}\n", quoted(&name))
    }

    fn to_toml(&self, language: Language, file: &Path) -> String {
        let code = if language == Language::Fr { "fr" } else { "en" };
        let mut t = format!(
            "# monitor's configuration. README.md and config/monitor.toml explain every key.\n\
             # This file holds names: it is readable by you alone (mode 0600).\n\n\
             language = \"{code}\"\n\n[me]\n\
             legal_names  = {}  # birth, married, former; at most 12\n\
             stage_names  = {}  # on one page with a legal name: the gravest finding\n\
             private      = {}  # numbers, addresses: always told as urgent\n\
             context      = {}  # words that tell you from others of the same name\n\
             own_pages    = {}  # pictures and stage names belong there\n\n\
             [content]\npaths = {}  # never copied, never sent\n",
            list(&self.legal_names),
            list(&self.stage_names),
            list(&self.private),
            list(&self.context),
            list(&self.own_pages),
            list(&self.originals),
        );
        if let Some(proxy) = &self.proxy {
            t += &format!("\n[fetch]\nproxy = {}  # nothing goes out directly\n", quoted(proxy));
        }
        for page in &self.pages {
            t += &format!("\n[[watch]]\nurl   = {}\nevery = \"6h\"\n", quoted(page));
        }
        if self.pages.is_empty() {
            t += "\n# [[watch]]\n# url   = \"https://example.org/b/\"\n# every = \"6h\"\n";
        }
        if !self.smtp.is_empty() {
            t += &format!(
                "\n[alert.email]\nto       = [{}]\nfrom     = {}\nsmtp     = {}\n",
                quoted(&self.to),
                quoted(&self.to),
                quoted(&self.smtp)
            );
            if !self.password.is_empty() {
                t += &self.password_line(file);
            }
            t += "discreet = true  # names no one, shows nothing\n";
            if !self.phrase.is_empty() {
                t += &format!("phrase   = {}\n", quoted(&self.phrase));
            }
        }
        t
    }
}

/// The path with the home folder in the place of `~`.
fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|i| quoted(i)).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_make_a_configuration_whatever_is_in_them() {
        let answers = Answers {
            originals: vec!["/tmp/a \"b\"".into()],
            legal_names: vec!["Mira \"M\" Sándoval\\".into()],
            pages: vec!["https://example.org/b/".into()],
            smtp: "smtp://127.0.0.1".into(),
            to: "me@example.org".into(),
            phrase: "the kettle is 'blue'".into(),
            proxy: Some("socks5h://127.0.0.1:9050".into()),
            ..Answers::default()
        };
        let text = answers.to_toml(Language::Fr, Path::new("/tmp/monitor.toml"));
        let config = Config::parse(&text, Path::new("/tmp/monitor.toml")).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(config.language, Language::Fr);
        assert_eq!(config.person.legal_names[0].reveal(), "Mira \"M\" Sándoval\\");
        assert_eq!(config.watches.len(), 1);
        assert!(config.alert.email.unwrap().discreet);
    }
}
