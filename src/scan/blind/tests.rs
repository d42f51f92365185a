//! Shapes of real walls and of pages that only look like them, shortened; names and numbers are made up.

use url::Url;

use super::reason;
use crate::extract;
use crate::model::ProblemKind::{self, *};

const PAGE: &str = "https://site.example/t/1";

fn reason_of(asked: &str, got: &str, html: &str) -> Option<ProblemKind> {
    let (asked, got) = (Url::parse(asked).unwrap(), Url::parse(got).unwrap());
    let content = extract::page(html.as_bytes(), Some("text/html"), &got, &extract::Settings::default());
    reason(&asked, &got, html.as_bytes(), &content)
}

/// Name, what it is, and the page.
const SHAPES: &[(&str, Option<ProblemKind>, &str)] = &[
    (
        "cloudflare, managed challenge",
        Some(Captcha),
        r#"<html lang="en-US"><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow"></head><body><div class="main-wrapper" role="main"><div class="main-content"><noscript><div class="h2"><span id="challenge-error-text">Enable JavaScript and cookies to continue</span></div></noscript></div></div><script>window._cf_chl_opt={cvId:'3',cZone:"site.example"};</script></body></html>"#,
    ),
    (
        "cloudflare, block page",
        Some(Captcha),
        r#"<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1><h2>You are unable to access site.example</h2><p>This website is using a security service to protect itself from online attacks.</p>"#,
    ),
    (
        "ddos-guard",
        Some(Captcha),
        r#"<title>DDoS-Guard</title><script src="/.well-known/ddos-guard/js-challenge/index.js"></script><h1>Checking your browser before accessing site.example</h1><p>Please enable JavaScript</p>"#,
    ),
    (
        "ddos-guard, russian",
        Some(Captcha),
        "<title>DDoS-Guard</title><h1>Проверка браузера перед переходом на site.example</h1><p>Это займёт несколько секунд</p>",
    ),
    (
        "incapsula",
        Some(Captcha),
        r#"<html><head><META NAME="robots" CONTENT="noindex,nofollow"><script src="/_Incapsula_Resource?SWJIYLWA=5074a744e2e3d891814e9a2dace20bd4"></script></head><body></body></html>"#,
    ),
    (
        "perimeterx",
        Some(Captcha),
        r#"<title>Access to this page has been denied</title><div id="px-captcha"></div><p>Press &amp; Hold to confirm you are a human (and not a bot).</p><script src="/init.js"></script>"#,
    ),
    (
        "datadome",
        Some(Captcha),
        r#"<html><head><title>site.example</title></head><body style="margin:0"><p id="cmsg">Please enable JS and disable any ad blocker</p><script>var dd={'rt':'c','host':'geo.captcha-delivery.com'}</script><script src="https://ct.captcha-delivery.com/c.js"></script></body></html>"#,
    ),
    (
        "anubis",
        Some(Captcha),
        r#"<title>Making sure you're not a bot!</title><main><h1>Making sure you’re not a bot!</h1><img src="/.within.website/x/cmd/anubis/static/img/pensive.webp"><p>Loading...</p></main><script src="/.within.website/x/cmd/anubis/static/js/main.mjs"></script>"#,
    ),
    (
        "google, unusual traffic",
        Some(Captcha),
        r#"<title>https://www.google.com/search?q=x</title><form id="captcha-form"><div class="g-recaptcha" data-sitekey="k"></div></form><p>Our systems have detected unusual traffic from your computer network. This page checks to see if it's really you sending the requests, and not a robot.</p>"#,
    ),
    (
        "a captcha alone",
        Some(Captcha),
        r#"<title>imgsite</title><form method=post><div class="h-captcha" data-sitekey="k"></div><button>Go</button></form><script src="https://hcaptcha.com/1/api.js"></script>"#,
    ),
    (
        "chinese captcha",
        Some(Captcha),
        "<title>安全验证</title><div><p>请完成人机验证以继续访问</p><div id=captcha></div></div><script src=/c.js></script>",
    ),
    (
        "form to sign in",
        Some(Login),
        r#"<title>Board</title><h1>Members area</h1><form><input name=user><input type="password" name=p><button>Log in</button></form>"#,
    ),
    (
        "vbulletin, no permission",
        Some(Login),
        r#"<title>vBulletin Message</title><p>You are not logged in or you do not have permission to view this page. This could be due to one of several reasons:</p><ol><li>You are not logged in. Fill in the form at the bottom of this page and try again.</li><li>You may not have sufficient privileges to access this page.</li></ol><form><input type="text" name="user"><input type="password" name="p"><input type="submit" value="Log in"></form>"#,
    ),
    (
        "xenforo",
        Some(Login),
        r#"<title>Log in | Forum</title><div class="blockMessage">You must be logged in to do that.</div><form action="/login/login"><input name="login"><input type="password" name="password"></form>"#,
    ),
    (
        "phpbb, german",
        Some(Login),
        "<title>Forum</title><p>Du musst registriert und angemeldet sein, um dieses Forum anzusehen. Melde dich an, um fortzufahren.</p>",
    ),
    ("french members", Some(Login), "<title>Forum</title><p>Vous devez être connecté pour voir ce sujet.</p><a href=/c>Connexion</a>"),
    ("spanish members", Some(Login), "<title>Foro</title><h2>Debes iniciar sesión para ver este tema</h2>"),
    ("russian members", Some(Login), "<title>Форум</title><p>Для просмотра темы необходимо авторизоваться или зарегистрироваться.</p>"),
    ("japanese members", Some(Login), "<title>掲示板</title><p>このページを見るにはログインしてください。</p>"),
    (
        "private account",
        Some(Login),
        "<title>@someone</title><h2>This account is private</h2><p>Follow to see their photos and videos.</p><a href=/signup>Sign up</a>",
    ),
    (
        "age gate, english",
        Some(AgeGate),
        r#"<title>Tube</title><div class="modal"><h1>This is an adult website</h1><p>This website contains age-restricted materials including nudity. By entering, you affirm that you are at least 18 years of age or the age of majority in the jurisdiction you are accessing the website from.</p><button>I am 18 or older - Enter</button><a href="https://www.google.com/">I am under 18 - Exit</a></div>"#,
    ),
    (
        "age gate with a long disclaimer",
        Some(AgeGate),
        "<title>Warning</title><h1>WARNING: Adults only</h1><p>The site that you are about to enter may contain text, pictures, sound and other material which may be regarded by some as offensive. By clicking on the link below, you declare under oath and penalty of perjury that all of the following statements are true and correct: I am over the age of 18; it is legal for me to view this material where I live; I will not show it to minors; I have read the terms of service and agree to them; this declaration is a digital affidavit under the law and I make it of my own will; I do not find images of nude adults or adults engaged in acts of a private kind to be offensive; I will leave promptly if I am in any way offended; I understand and agree to abide by the standards and laws of my community; by logging on and viewing any part of the site I will not hold its owners responsible for any materials located here.</p><a href=/main>ENTER</a> <a href=https://search.example/>LEAVE</a>",
    ),
    (
        "age gate, french",
        Some(AgeGate),
        "<title>Site</title><p>Ce site est réservé aux adultes. Avez-vous plus de 18 ans ?</p><a href=/oui>Oui, j'ai plus de 18 ans</a><a href=/non>Non</a>",
    ),
    (
        "age gate, german",
        Some(AgeGate),
        "<title>Seite</title><p>Diese Seite ist nur für Erwachsene. Sind Sie volljährig?</p><button>Ja, ich bin über 18</button><button>Verlassen</button>",
    ),
    (
        "age gate, spanish",
        Some(AgeGate),
        "<title>Sitio</title><p>Debes ser mayor de edad para entrar.</p><button>Soy mayor de edad</button><button>Salir</button>",
    ),
    (
        "age gate, italian",
        Some(AgeGate),
        "<title>Sito</title><p>Il sito è riservato a un pubblico maggiorenne.</p><button>Entra</button><button>Esci</button>",
    ),
    ("age gate, portuguese", Some(AgeGate), "<title>Site</title><p>Você é maior de 18 anos?</p><button>Sim</button><button>Sair</button>"),
    (
        "age gate, russian",
        Some(AgeGate),
        "<title>Сайт</title><p>Сайт содержит материалы для взрослых. Вам есть 18 лет?</p><button>Да, мне есть 18</button><button>Уйти</button>",
    ),
    ("age gate, japanese", Some(AgeGate), "<title>年齢確認</title><p>あなたは18歳以上ですか？</p><a href=/y>はい</a><a href=/n>いいえ</a>"),
    (
        "age gate, chinese",
        Some(AgeGate),
        "<title>警告</title><p>本网站只适合年满18岁的人士浏览</p><a href=/y>我已满18岁，进入</a><a href=/n>离开</a>",
    ),
    ("shut for a country", Some(Region), "<title>Sorry</title><p>This content is not available in your country due to local laws.</p>"),
    ("shut for a country, german", Some(Region), "<title>Hinweis</title><p>Dieser Inhalt ist in deinem Land nicht verfügbar.</p>"),
    (
        "consent wall",
        Some(Consent),
        "<title>Before you continue</title><h1>Before you continue to Video</h1><p>We use cookies and data to deliver and maintain our services.</p><button>Reject all</button><button>Accept all</button><a href=/privacy>Privacy</a>",
    ),
    (
        "consent wall, french",
        Some(Consent),
        "<title>Journal</title><p>Nous utilisons des cookies avec nos partenaires.</p><button>Tout accepter</button><button>Tout refuser</button>",
    ),
    (
        "react shell",
        Some(Script),
        r#"<!doctype html><html><head><title>App</title></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/static/js/main.1a2b3c.js"></script></body></html>"#,
    ),
    (
        "vue shell",
        Some(Script),
        r#"<!doctype html><html><head><title>Gallery</title></head><body><div id=app></div><script type="module" src="/assets/index-4f.js"></script></body></html>"#,
    ),
    (
        "angular shell",
        Some(Script),
        "<html><head><title>Cam</title></head><body><app-root></app-root><script src=/main.js></script></body></html>",
    ),
    (
        "script notice, german",
        Some(Script),
        "<title>Galerie</title><p>Bitte aktivieren Sie JavaScript, um diese Seite zu sehen.</p><script src=/a.js></script>",
    ),
    ("nothing", Some(Empty), "<html><head></head><body></body></html>"),
    (
        "soft 404",
        Some(Gone),
        "<title>404 Not Found</title><h1>Page not found</h1><p>The page you asked for is not here.</p><a href=/>Home</a>",
    ),
    ("thread deleted, spanish", Some(Gone), "<title>Foro</title><h1>El tema no existe</h1>"),
    // Pages that show what they hold.
    (
        "thread with a form to sign in and a captcha at its foot",
        None,
        "<title>Thread</title><h1>Summer trip</h1><article><p>THREAD</p><img src=1.jpg><img src=2.jpg><img src=3.jpg><img src=4.jpg></article><form><input type=password><div class=g-recaptcha></div></form><p>You must be logged in to reply.</p>",
    ),
    (
        "gallery with a banner for cookies and a line on age",
        None,
        "<title>Gallery</title><p>We use cookies.</p><button>Accept all</button><img src=1.jpg><img src=2.jpg><img src=3.jpg><img src=4.jpg><img src=5.jpg><footer>All models were 18 years of age or older. 18 U.S.C. 2257</footer>",
    ),
    ("a short note", None, "<title>Note</title><p>Luna was here yesterday and will be back in spring.</p>"),
    (
        "a page on ages",
        None,
        "<title>Law</title><p>One must be 18 to vote in most countries. In others one may vote with 16.</p><p>History of the law</p>",
    ),
    (
        "a post that quotes an error",
        None,
        "<title>Help: my app shows a message</title><p>My friend wrote that the server says 404 and I have no idea why. THREAD</p><p>Try to restart it, that helped for me last week, and tell us what it says then.</p>",
    ),
    ("an index with few words", None, "<title>Index of /sets</title><a href=a/>a/</a> <a href=b/>b/</a> <a href=c.jpg>c.jpg</a>"),
    ("a number with 404 in it", None, "<title>Thread 1404231</title><p>some words of a thread that somebody wrote</p>"),
    ("one picture", None, "<title>IMG_2041</title><img src=/i/2041.jpg>"),
    (
        "page with scripts and little text",
        None,
        "<title>Luna</title><h1>Luna Velvet</h1><p>Model from Lyon, on stage since 2019. Bookings by mail only.</p><script src=/a.js></script>",
    ),
    (
        "cloudflare's script on a usual page",
        None,
        "<title>Thread</title><p>THREAD</p><script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js></script>",
    ),
    (
        "a shop that names members",
        None,
        "<title>Shop</title><p>Prints for members only cost less. THREAD</p><img src=1.jpg><img src=2.jpg><img src=3.jpg><img src=4.jpg>",
    ),
];

#[test]
fn walls_are_told_from_pages() {
    let words = "Somebody wrote this here and others answered with many words of their own, as people do on boards. ".repeat(12);
    let mut wrong = Vec::new();
    for (name, wanted, html) in SHAPES {
        let got = reason_of(PAGE, PAGE, &html.replace("THREAD", &words));
        if got != *wanted {
            wrong.push(format!("{name}: {got:?}, not {wanted:?}"));
        }
    }
    assert!(SHAPES.len() >= 40);
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), SHAPES.len(), wrong.join("\n"));
}

#[test]
fn many_links_are_an_index() {
    let links: String = (0..36).map(|n| format!("<a href=/f/{n}>{n}</a>")).collect();
    assert_eq!(reason_of(PAGE, PAGE, &format!("<title>Forum</title><p>a corner for members only</p>{links}")), None);
    assert_eq!(reason_of(PAGE, PAGE, "<title>Forum</title><p>this corner is for members only</p>"), Some(Login));
}

#[test]
fn addresses_tell_walls() {
    assert_eq!(reason_of(PAGE, "https://site.example/login?next=/t/1", "<p>Please sign in</p>"), Some(Login));
    assert_eq!(reason_of("https://site.example/login", "https://site.example/login", "<p>what the owner asked for</p>"), None);
    let consent = "https://consent.video.example/m?continue=x";
    assert_eq!(reason_of("https://video.example/watch?v=1", consent, "<p>Any words</p>"), Some(Consent));
    let channel = "<title>Telegram: Contact @luna</title><p>If you have Telegram, you can view and join Luna right away.</p>";
    assert_eq!(reason_of("https://t.me/s/luna", "https://t.me/luna", channel), Some(PreviewOff));
    assert_eq!(reason_of("https://t.me/s/luna", "https://t.me/s/luna", "<p>the first post of this channel</p>"), None);
}

#[test]
fn a_page_is_never_a_wall_for_what_a_name_says() {
    // Whoever is called Captcha must not make a page blind that shows it among much else.
    let words = "captcha not found members only enable javascript ".repeat(400);
    assert_eq!(reason_of(PAGE, PAGE, &format!("<title>A list</title><p>{words}</p>")), None);
}

/// The set of `tests/walls`, which was written without knowledge of the signs; its README says how.
#[test]
fn pages_of_a_set_written_by_others_are_told_apart() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/walls");
    let index = std::fs::read_to_string(folder.join("index.tsv")).unwrap();
    let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
    for line in index.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, kind, asked, got, _status, ..] = columns.as_slice() else { panic!("{line}") };
        let (asked, got) = (Url::parse(asked).unwrap(), Url::parse(got).unwrap());
        let body = std::fs::read(folder.join(file)).unwrap();
        let mime = if body.contains(&b'<') { "text/html" } else { "text/plain" };
        let content = extract::page(&body, Some(mime), &got, &extract::Settings::default());
        let told = reason(&asked, &got, &body, &content);
        let told = told.map_or("seen".into(), |kind| serde_json::to_value(kind).unwrap().as_str().unwrap().to_string());
        all += 1;
        if told == *kind {
            right += 1;
        } else {
            wrong.push(format!("{file}: {kind}, told as {told}"));
        }
    }
    println!("{right} of {all}\n{}", wrong.join("\n"));
    assert!(wrong.iter().all(|line| !line.ends_with("told as seen")), "a wall is told as seen: {wrong:#?}");
    assert!(right * 100 >= all * 95, "{wrong:#?}");
}
