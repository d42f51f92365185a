//! What the mails say. A discreet mail names no one, shows nothing, and does not say what kind of thing was found;
//! neither kind of mail carries a legal name, a private entry or an excerpt: those are read on the machine.

use super::Email;
use crate::model::{Finding, Language, Secret, Severity};
use crate::schedule;
use crate::store::{Letter, NewMail, Notice, SETTINGS};
use crate::words::{self, Counts, Coverage, Words};

/// How mails are written for one owner.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    email: &'a Email,
    words: &'static dyn Words,
}

impl<'a> Style<'a> {
    /// For `email`, in `language`.
    pub fn new(email: &'a Email, language: Language) -> Self {
        Self { email, words: words::of(language) }
    }

    fn mails(&self, kind: &'static str, paragraphs: &[String], html: Option<String>) -> Vec<NewMail> {
        let closing = self.words.closing(self.email.phrase.as_ref().map(|p| p.reveal()));
        let text = body(paragraphs, &closing);
        let html = html.map(|body| {
            format!(
                "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body style=\"font-family:sans-serif;max-width:40em\">\n{body}\n{}</body></html>\n",
                paragraph(&closing)
            )
        });
        let to = self.email.to.iter().map(ToString::to_string);
        to.map(|to| NewMail { kind, letter: Letter { to, subject: self.words.subject().into(), text: text.clone(), html: html.clone() } })
            .collect()
    }
}

fn body(paragraphs: &[String], closing: &str) -> String {
    words::wrap(&format!("{}\n\n{closing}\n", paragraphs.join("\n\n")), 72)
}

/// Settings were changed, told in `said`. `to` may be nobody's recipient any more: `phrase` is the one that they know.
pub fn settings(words: &dyn Words, to: &str, phrase: Option<&Secret>, said: String) -> NewMail {
    let text = body(&[said], &words.closing(phrase.map(Secret::reveal)));
    NewMail { kind: SETTINGS, letter: Letter { to: to.into(), subject: words.subject().into(), text, html: None } }
}

/// One mail for all the notices of a pass.
pub fn findings(style: &Style<'_>, notices: &[Notice], coverage: Coverage) -> Vec<NewMail> {
    let severity = |s| notices.iter().filter(|n| n.finding.verdict.severity == s).count();
    let counts = Counts {
        all: notices.len(),
        urgent: severity(Severity::Urgent),
        high: severity(Severity::High),
        standing: notices.iter().filter(|n| n.standing).count(),
    };
    let mut paragraphs = vec![style.words.counts(counts)];
    let mut html = None;
    if !style.email.discreet {
        let mut body = paragraph(&style.words.counts(counts));
        for notice in notices {
            let lines = describe(style.words, &notice.finding);
            paragraphs.push(lines.iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join("\n"));
            let rows: String = lines.iter().map(|(l, v)| format!("<tr><td>{}</td><td>{}</td></tr>", escape(l), escape(v))).collect();
            body += &format!("<table cellpadding=\"3\">{rows}</table><hr>\n");
        }
        paragraphs.push(style.words.not_links().into());
        body += &paragraph(style.words.not_links());
        body += &paragraph(style.words.how_to_read());
        body += &paragraph(&style.words.coverage(coverage));
        html = Some(body);
    }
    paragraphs.push(style.words.how_to_read().into());
    paragraphs.push(style.words.coverage(coverage));
    style.mails("findings", &paragraphs, html)
}

/// A finding, line by line: what, where, how sure, since when, one next step.
fn describe(words: &dyn Words, finding: &Finding) -> Vec<(&'static str, String)> {
    let (labels, verdict) = (words.labels(), &finding.verdict);
    let mut lines = vec![
        (labels.kind, words.kind(verdict.kind).to_string()),
        (labels.severity, words.severity(verdict.severity).to_string()),
        (labels.page, words::unlinked(&finding.page)),
    ];
    if let Some(image) = &verdict.image {
        lines.push((labels.image, words::unlinked(image)));
    }
    if let Some(original) = &verdict.original {
        let file = original.rsplit('/').next().unwrap_or(original);
        lines.push((labels.original, file_name(file)));
    }
    if !verdict.how.is_empty() {
        lines.push((labels.how, verdict.how.join(", ")));
    }
    lines.push((labels.confidence, format!("{:.0} %", verdict.confidence * 100.0)));
    lines.push((labels.reason, words.reason(verdict.reason).to_string()));
    lines.push((labels.since, schedule::local(finding.first_seen)));
    lines.push(("id", finding.id.clone()));
    lines.push((labels.next, words.next_step(verdict.kind).to_string()));
    lines
}

/// A file's name; one that looks like an address is taken apart like one.
fn file_name(file: &str) -> String {
    let (stem, _) = file.rsplit_once('.').unwrap_or((file, ""));
    if stem.contains(['.', '@', ':']) { words::unlinked(file) } else { words::harmless(file) }
}

/// A watch could not be looked at since `since`.
pub fn silence(style: &Style<'_>, watch: &str, since: &str, coverage: Coverage) -> Vec<NewMail> {
    let watch = words::unlinked(watch);
    let shown = (!style.email.discreet).then_some(watch.as_str());
    style.mails("silence", &[style.words.silence(shown, since), style.words.coverage(coverage)], None)
}

/// It can be looked at again.
pub fn back(style: &Style<'_>, watch: &str, coverage: Coverage) -> Vec<NewMail> {
    let watch = words::unlinked(watch);
    let shown = (!style.email.discreet).then_some(watch.as_str());
    style.mails("back", &[style.words.back(shown), style.words.coverage(coverage)], None)
}

/// The sign of life.
pub fn alive(style: &Style<'_>, open: usize, coverage: Coverage, unseen: &[String], watches: usize) -> Vec<NewMail> {
    let mut parts = vec![style.words.alive(open), style.words.coverage(coverage)];
    if !unseen.is_empty() {
        parts.push(style.words.unseen(unseen.len(), watches));
        if !style.email.discreet {
            parts.push(unseen.join("\n"));
        }
    }
    style.mails("alive", &parts, None)
}

/// The test mail.
pub fn test(style: &Style<'_>) -> Vec<NewMail> {
    style.mails("test", &[style.words.test().into()], None)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text).replace('\n', "<br>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Reason, State, Verdict};

    fn email(discreet: bool) -> Email {
        Email {
            to: vec!["me@example.org".parse().unwrap(), "friend@example.org".parse().unwrap()],
            from: "home@example.org".parse().unwrap(),
            smtp: "smtp://127.0.0.1:25".parse().unwrap(),
            password: None,
            password_away: false,
            discreet,
            phrase: Some(Secret::new("the kettle is blue")),
        }
    }

    fn notice() -> Notice {
        let verdict = Verdict {
            kind: Kind::Linked,
            severity: Severity::Urgent,
            reason: Reason::LinkedToPicture,
            matched: Secret::new("Mira Sandoval"),
            place: "https://board.example/t/1".into(),
            image: Some("https://cdn.example/<b>.jpg".into()),
            original: Some("sets/07/img_0412.jpg".into()),
            how: vec!["mirror".into()],
            confidence: 0.98,
            name: Some(Secret::new("Mira Sandoval")),
            excerpt: Some(Secret::new("this is Mira Sandoval from Lahore")),
        };
        let finding = Finding {
            id: "k7f2m9qx4c".into(),
            state: State::Open,
            watch: "board b".into(),
            page: "https://board.example/t/1".into(),
            verdict,
            first_seen: 0,
            last_seen: 0,
            new_at: 0,
            dismissed_as: None,
        };
        Notice { finding, cause: "new".into(), held: false, standing: false, created_at: 0 }
    }

    #[test]
    fn a_discreet_mail_tells_how_soon_and_nothing_else() {
        for language in [Language::En, Language::Fr] {
            let email = email(true);
            let mails = findings(&Style::new(&email, language), &[notice()], Coverage { looked: 37, all: 40 });
            assert_eq!(mails.len(), 2, "one for each recipient");
            let letter = &mails[0].letter;
            let all = format!("{}\n{}", letter.subject, letter.text);
            for secret in ["Mira", "Sandoval", "Lahore", "board", "cdn", "img_0412", "picture", "image", "http", "www"] {
                assert!(!all.contains(secret), "{language:?}: {secret} in {all}");
            }
            assert!(all.contains("the kettle is blue") && all.contains("monitor findings") && all.contains("37") && all.contains("40"));
            assert!(letter.html.is_none());
        }
    }

    #[test]
    fn nothing_in_a_mail_is_a_link_or_breaks_out_of_it() {
        let mut notice = notice();
        notice.finding.page = "https://u@board.example/\"><a href='https://evil.example'>\u{202e}\u{1b}[31m\r\nBcc: x@y.example".into();
        notice.finding.verdict.image = Some("mailto:me@evil.example?subject=x".into());
        notice.finding.verdict.original = Some("sets/www.evil.example.com.jpg".into());
        let open = email(false);
        let style = Style::new(&open, Language::En);
        let mut letters = findings(&style, &[notice], Coverage::default());
        letters.extend(silence(&style, "evil.example/b\r\n<i>", "now", Coverage::default()));
        for mail in letters {
            let letter = &mail.letter;
            assert!(!letter.subject.contains(['\n', '\r']));
            for body in [Some(&letter.text), letter.html.as_ref()].into_iter().flatten() {
                assert!(!body.chars().any(|c| c != '\n' && words::is_harmful(c)), "{body:?}");
                for bad in ["evil.example", "board.example", "u@", "me@", "x@", "\nBcc", "https://", "http://"] {
                    assert!(!body.contains(bad), "{bad} in {body}");
                }
            }
            for bad in ["<a", "<i>", "href='"] {
                assert!(letter.html.as_ref().is_none_or(|html| !html.contains(bad)), "{bad}");
            }
        }
    }

    #[test]
    fn an_open_mail_tells_what_and_where_without_links_or_names() {
        let email = email(false);
        let mails = findings(&Style::new(&email, Language::En), &[notice()], Coverage::default());
        let letter = &mails[0].letter;
        let html = letter.html.clone().unwrap();
        for body in [&letter.text, &html] {
            assert!(body.contains("hxxps://board[.]example/t/1") && body.contains("img_0412.jpg") && body.contains("mirror"));
            for secret in ["Mira", "Sandoval", "Lahore", "http://", "https://", "<a ", "sets/07"] {
                assert!(!body.contains(secret), "{secret} in {body}");
            }
        }
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>"));
    }
}
