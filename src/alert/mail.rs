//! Delivery by SMTP. Encrypted always, except to this machine itself; the Message-ID is made of the outbox row, so that
//! a repeat can be recognised.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use url::Url;

use super::Email;
use crate::store::DueMail;
use crate::words::harmless;

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The server said no.
    #[error("the mail server refused: {0}")]
    Refused(String),
    /// The server does not know the user or password.
    #[error("the mail server did not accept user and password: {0}. Many providers want an app password")]
    Login(String),
    /// The password is a credential that only the service has.
    #[error("the mail password is a credential of the service, which delivers; this command cannot")]
    PasswordAway,
    /// No encrypted connection.
    #[error("no encrypted connection to the mail server: {0}. Nothing was sent in the clear")]
    Tls(String),
    /// No connection at all.
    #[error("the mail server cannot be reached: {0}")]
    Unreachable(String),
    /// The mail could not be put together.
    #[error("the mail could not be written: {0}")]
    Message(String),
}

impl SendError {
    /// What happened, without the server's own words: those may repeat an address.
    pub fn in_short(&self) -> &'static str {
        match self {
            Self::Refused(_) => "the mail server refused a mail",
            Self::Login(_) => "the mail server did not accept user and password. Many providers want an app password",
            Self::PasswordAway => "the mail password is a credential that was not handed over",
            Self::Tls(_) => "no encrypted connection to the mail server. Nothing was sent in the clear",
            Self::Unreachable(_) => "the mail server cannot be reached",
            Self::Message(_) => "a mail could not be written",
        }
    }
}

/// Mails as they were handed to a mail server: the envelope in a line, server first, and headers and body.
#[derive(Default)]
pub struct Posted(Mutex<Vec<(String, Vec<u8>)>>);

impl std::fmt::Debug for Posted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Posted")
    }
}

impl Posted {
    /// All of them, in order.
    pub fn all(&self) -> Vec<(String, Vec<u8>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One mail server.
#[derive(Debug)]
pub struct Mailer {
    server: String,
    posted: Option<Arc<Posted>>,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// The server's name. `smtp` is no scheme that the url crate reads addresses in, so brackets stay.
fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_string()
}

/// Whether the server is this machine itself.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Mailer {
    /// For the server that `email` names.
    ///
    /// # Errors
    /// Where TLS cannot be set up, or the password is not here.
    pub fn new(email: &Email) -> Result<Self, SendError> {
        if email.password_away {
            return Err(SendError::PasswordAway);
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (url, host) = (&email.smtp, host(&email.smtp));
        let here = is_here(&host);
        // This machine's own server mostly has a certificate that nobody signed; nobody stands between us either.
        let tls = TlsParameters::builder(host.clone())
            .dangerous_accept_invalid_certs(here)
            .dangerous_accept_invalid_hostnames(here)
            .build_rustls()
            .map_err(|e| SendError::Tls(e.to_string()))?;
        let (tls, port) = match url.scheme() {
            "smtps" => (Tls::Wrapper(tls), 465),
            _ if here => (Tls::Opportunistic(tls), 25),
            _ => (Tls::Required(tls), 587),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(url.port().unwrap_or(port))
            .tls(tls)
            .timeout(Some(Duration::from_secs(60)));
        if !url.username().is_empty() {
            let user = percent_encoding::percent_decode_str(url.username()).decode_utf8_lossy().into_owned();
            let password = email.password.as_ref().map_or_else(String::new, |p| p.reveal().to_string());
            builder = builder.credentials(Credentials::new(user, password));
        }
        Ok(Self { server: self::host(url), posted: None, transport: builder.build(), from: email.from.clone() })
    }

    /// Keeps what it sends in `posted`.
    pub fn recorded(self, posted: Option<Arc<Posted>>) -> Self {
        Self { posted, ..self }
    }

    /// The mail as [`Mailer::send`] hands it over, see [`Posted`].
    ///
    /// # Errors
    /// Where it cannot be put together.
    pub fn as_sent(&self, mail: &DueMail) -> Result<(String, Vec<u8>), SendError> {
        let message = self.message(mail)?;
        Ok((self.envelope(&message), message.formatted()))
    }

    fn envelope(&self, message: &Message) -> String {
        let from = message.envelope().from().map(ToString::to_string).unwrap_or_default();
        let to: Vec<String> = message.envelope().to().iter().map(ToString::to_string).collect();
        format!("{} MAIL FROM:<{from}> RCPT TO:<{}>", self.server, to.join(","))
    }

    /// Delivers one mail.
    ///
    /// # Errors
    /// Why the server did not take it.
    pub async fn send(&self, mail: &DueMail) -> Result<(), SendError> {
        let message = self.message(mail)?;
        if let Some(posted) = &self.posted {
            let kept = (self.envelope(&message), message.formatted());
            posted.0.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        }
        let sent = tokio::time::timeout(Duration::from_secs(120), self.transport.send(message)).await;
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(explain(&error)),
            Err(_) => Err(SendError::Unreachable("no answer within two minutes".into())),
        }
    }

    /// Connects and signs in, without sending anything.
    ///
    /// # Errors
    /// What does not work.
    pub async fn test(&self) -> Result<(), SendError> {
        match tokio::time::timeout(Duration::from_secs(30), self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(SendError::Unreachable("it answered and hung up".into())),
            Ok(Err(error)) => Err(explain(&error)),
            Err(_) => Err(SendError::Unreachable("no answer within 30 s".into())),
        }
    }

    fn message(&self, mail: &DueMail) -> Result<Message, SendError> {
        let wrong = |e: &dyn std::fmt::Display| SendError::Message(e.to_string());
        let to: Mailbox = mail.letter.to.parse().map_err(|e: lettre::address::AddressError| wrong(&e))?;
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.email.clone()]).map_err(|e| wrong(&e))?;
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(mail.created_at.max(0) as u64);
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&mail.letter.subject)
            .date(date)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            // RFC 3834: no out-of-office answer should come back.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
            .envelope(envelope);
        let plain = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.letter.text.clone());
        match &mail.letter.html {
            None => builder.singlepart(plain),
            Some(html) => {
                let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone());
                builder.multipart(MultiPart::alternative().singlepart(plain).singlepart(html))
            }
        }
        .map_err(|e| wrong(&e))
    }
}

fn explain(error: &lettre::transport::smtp::Error) -> SendError {
    // The innermost cause says it; those around it only repeat it.
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let mut text = harmless(&cause.to_string());
    if text.contains("UnknownIssuer") {
        text = "its certificate is not from a known authority (one of your own is named by SSL_CERT_FILE)".into();
    } else if text.contains("InvalidContentType") {
        text = "it does not speak TLS at this port; smtps:// is for 465, smtp:// for 587".into();
    }
    let code = error.status().map(|c| c.to_string()).unwrap_or_default();
    let lower = text.to_lowercase();
    if matches!(code.as_str(), "535" | "530" | "534" | "538") {
        SendError::Login(text)
    } else if error.is_tls() || ["starttls", "certificate", "tls"].iter().any(|word| lower.contains(word)) {
        SendError::Tls(text)
    } else if lower.contains("no compatible authentication") {
        SendError::Login("it offers no way to sign in that is known here".into())
    } else if error.is_permanent() || error.is_transient() || error.is_response() {
        SendError::Refused(text)
    } else {
        SendError::Unreachable(text)
    }
}
