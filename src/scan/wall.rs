//! A page that shows a form to sign in instead of what it holds: "could not look", never "nothing found".

use url::Url;

use crate::model::{Content, Place};

/// Words in an address that sign-in pages use.
const ADDRESS: [&str; 10] =
    ["login", "log-in", "signin", "sign-in", "sign_in", "anmelden", "connexion", "iniciar-sesion", "accounts/login", "auth"];

/// Whether the page is a wall: it leads to a sign-in address that was not asked for, or it has a password field and
/// hardly anything else.
pub fn asks_for_login(asked: &Url, got: &Url, body: &[u8], content: &Content) -> bool {
    let is_login = |url: &Url| {
        let path = url.path().to_ascii_lowercase();
        path.split('/').any(|part| ADDRESS.iter().any(|word| part == *word || part.strip_suffix(".php") == Some(word)))
    };
    if is_login(got) && !is_login(asked) {
        return true;
    }
    if !has_password_field(body) {
        return false;
    }
    let words: usize = content.blocks.iter().filter(|b| b.place == Place::Text).map(|b| b.text.split_whitespace().count()).sum();
    words < 120 && content.images.len() < 4
}

fn has_password_field(body: &[u8]) -> bool {
    // UTF-16 pages are rare and still caught by their address.
    let lower = body.to_ascii_lowercase();
    ["type=\"password\"", "type='password'", "type=password"].iter().any(|p| memchr::memmem::find(&lower, p.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract;

    fn wall(asked: &str, got: &str, html: &str) -> bool {
        let (asked, got) = (Url::parse(asked).unwrap(), Url::parse(got).unwrap());
        let content = extract::page(html.as_bytes(), Some("text/html"), &got, &extract::Settings::default());
        asks_for_login(&asked, &got, html.as_bytes(), &content)
    }

    #[test]
    fn a_form_alone_is_a_wall_and_a_form_beside_a_thread_is_not() {
        let form = "<form><input name=user><input TYPE='password'></form>";
        let page = "https://board.example/t/1";
        assert!(wall(page, page, &format!("<p>Members only</p>{form}")));
        assert!(wall(page, "https://board.example/login?next=/t/1", "<p>Please sign in</p>"));
        assert!(!wall(page, page, &format!("{}{form}", "<p>a thread with many words in it</p>".repeat(40))));
        assert!(!wall(page, page, "<p>Members only</p>"));
        assert!(!wall("https://board.example/login", "https://board.example/login", "<p>what the owner asked for</p>"));
    }
}
