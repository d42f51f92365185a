//! A real SMTP server (the crate `mailin` speaks the protocol) with a mailbox, refusals, logins and TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder, response};
use tokio_rustls::rustls;

#[derive(Default)]
struct Shared {
    mails: Mutex<Vec<Mail>>,
    /// So many mails are refused before one is taken.
    refuse: Mutex<usize>,
    password: Option<String>,
}

/// One mail that was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body as they came.
    pub data: String,
}

impl Mail {
    pub fn header(&self, name: &str) -> Option<&str> {
        let start = format!("{}:", name.to_lowercase());
        self.data.lines().take_while(|l| !l.is_empty()).find(|l| l.to_lowercase().starts_with(&start)).map(|l| l[start.len()..].trim())
    }
}

/// A running mail server; ends with the test.
pub struct Mailbox {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    None,
    /// Offered by STARTTLS, with a certificate that nobody signed.
    Offered,
}

impl Mailbox {
    pub fn start() -> Self {
        Self::with(Tls::None, None)
    }

    /// Asks for the password of the user `me` where one is given.
    pub fn with(tls: Tls, password: Option<&str>) -> Self {
        let shared = Arc::new(Shared { password: password.map(String::from), ..Shared::default() });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = (tls == Tls::Offered).then(tls_config);
        let served = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (shared, config) = (served.clone(), config.clone());
                std::thread::spawn(move || converse(stream.unwrap(), shared, config));
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().unwrap().clone()
    }

    pub fn refuse(&self, mails: usize) {
        *self.shared.refuse.lock().unwrap() = mails;
    }
}

fn tls_config() -> Arc<rustls::ServerConfig> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap())
}

struct Letterbox {
    shared: Arc<Shared>,
    mail: Mail,
    bytes: Vec<u8>,
}

impl Handler for Letterbox {
    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        self.mail.from = from.into();
        response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.mail.to.push(to.into());
        response::OK
    }

    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mut refuse = self.shared.refuse.lock().unwrap();
        if *refuse > 0 {
            *refuse -= 1;
            return response::INTERNAL_ERROR;
        }
        self.mail.data = String::from_utf8_lossy(&std::mem::take(&mut self.bytes)).replace("\r\n", "\n");
        self.shared.mails.lock().unwrap().push(std::mem::replace(&mut self.mail, empty()));
        response::OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        match &self.shared.password {
            Some(right) if user == "me" && right == password => response::AUTH_OK,
            _ => response::INVALID_CREDENTIALS,
        }
    }
}

fn empty() -> Mail {
    Mail { from: String::new(), to: Vec::new(), data: String::new() }
}

fn converse(stream: TcpStream, shared: Arc<Shared>, tls: Option<Arc<rustls::ServerConfig>>) {
    let mut builder = SessionBuilder::new("mail.test");
    if tls.is_some() {
        builder.enable_start_tls();
    }
    if shared.password.is_some() {
        builder.enable_auth(AuthMechanism::Plain);
        builder.insecure_enable_plaintext_auth();
    }
    let letterbox = Letterbox { shared, mail: empty(), bytes: Vec::new() };
    let mut session = builder.build(stream.peer_addr().unwrap().ip(), letterbox);
    let mut connection: Box<dyn ReadWrite> = Box::new(stream.try_clone().unwrap());
    let mut greeting = Vec::new();
    session.greeting().write_to(&mut greeting).unwrap();
    let _ = connection.write_all(&greeting);
    let mut reader = BufReader::new(connection);
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
            return;
        }
        let reply = session.process(&line);
        let mut bytes = Vec::new();
        if reply.action != Action::NoReply {
            reply.write_to(&mut bytes).unwrap();
        }
        if reader.get_mut().write_all(&bytes).is_err() {
            return;
        }
        // After a refused mail the crate's session waits for data again: hang up, as some servers do.
        if reply.code == 451 {
            return;
        }
        match reply.action {
            Action::Close => return,
            Action::UpgradeTls => {
                let session_tls = rustls::ServerConnection::new(tls.clone().unwrap()).unwrap();
                reader = BufReader::new(Box::new(rustls::StreamOwned::new(session_tls, stream.try_clone().unwrap())));
                session.tls_active();
            }
            _ => {}
        }
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}
