//! The one way out for a browser: a SOCKS5 server (RFC 1928) that reaches what the guard lets through, directly or by way of
//! the owner's proxy, and counts what comes. It sees names and bytes, never what is inside them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use reqwest::header::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower_service::Service;
use url::Url;

use super::guard::Guard;
use super::{Record, Settings};

/// Connections under way at once; a browser has six for each host.
const MOST_OPEN: usize = 256;
/// Time to say where to, and to get there.
const CONNECT: Duration = Duration::from_secs(15);

/// Answers of RFC 1928, section 6.
const DONE: u8 = 0;
const NOT_ALLOWED: u8 = 2;
const UNREACHABLE: u8 = 4;
const NO_SUCH_COMMAND: u8 = 7;

/// Whether anything at all may be said to the host of this address.
pub type MayReach = Arc<dyn Fn(&Url) -> bool + Send + Sync>;

/// A filtering relay for one browser.
pub struct Relay {
    guard: Guard,
    proxy: Option<Url>,
    may_reach: MayReach,
    record: Option<Arc<Record>>,
    /// Bytes that may still come.
    left: AtomicI64,
    refused: Mutex<Vec<String>>,
    open: AtomicUsize,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("left", &self.left).finish_non_exhaustive()
    }
}

impl Relay {
    /// A relay that lets `most` bytes in, from hosts that `may_reach` and the guard allow.
    pub fn new(settings: &Settings, record: Option<Arc<Record>>, may_reach: MayReach, most: u64) -> Arc<Self> {
        Arc::new(Self {
            guard: Guard::new(&settings.allow_private, settings.proxy.as_ref()),
            proxy: settings.proxy.clone(),
            may_reach,
            record,
            left: AtomicI64::new(i64::try_from(most).unwrap_or(i64::MAX)),
            refused: Mutex::default(),
            open: AtomicUsize::new(0),
        })
    }

    /// Hosts that were asked for and refused.
    pub fn refused(&self) -> Vec<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether all bytes that may come have come: whatever was still under way is missing.
    pub fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) <= 0
    }

    /// Serves until it is dropped.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut all = JoinSet::new();
        loop {
            while all.try_join_next().is_some() {}
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            if self.open.load(Ordering::Relaxed) >= MOST_OPEN {
                continue;
            }
            let relay = self.clone();
            relay.open.fetch_add(1, Ordering::Relaxed);
            all.spawn(async move {
                let _ = relay.one(stream).await;
                relay.open.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }

    async fn one(&self, mut browser: TcpStream) -> io::Result<()> {
        let there = tokio::time::timeout(CONNECT, async {
            let url = match asked(&mut browser).await? {
                Ok(url) => url,
                Err(code) => return answer(&mut browser, code).await.map(|()| None),
            };
            match self.reach(&url).await {
                Ok(there) => answer(&mut browser, DONE).await.map(|()| Some(there)),
                Err(code) => answer(&mut browser, code).await.map(|()| None),
            }
        });
        let Ok(Ok(Some(there))) = there.await else { return Ok(()) };
        self.pass(browser, there).await
    }

    async fn reach(&self, url: &Url) -> Result<TcpStream, u8> {
        let host = url.host_str().unwrap_or_default().to_string();
        let refuse = || {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            if refused.len() < 100 && !refused.contains(&host) {
                refused.push(host.clone());
            }
            NOT_ALLOWED
        };
        // What nobody asked for is a browser's own errand, and no fault of the page's.
        if self.is_spent() || !(self.may_reach)(url) {
            return Err(NOT_ALLOWED);
        }
        if self.guard.check(url).is_err() {
            return Err(refuse());
        }
        if let Some(proxy) = &self.proxy {
            return through(proxy, url).await.ok_or(UNREACHABLE);
        }
        if let Some(record) = self.record.as_ref().filter(|_| url.domain().is_some()) {
            record.resolved(&host);
        }
        let (name, port) = (host.trim_start_matches('[').trim_end_matches(']'), url.port_or_known_default().unwrap_or(0));
        let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port)).await.map_err(|_| UNREACHABLE)?.collect();
        let open: Vec<SocketAddr> = found.iter().filter(|to| self.guard.allows(to.ip())).copied().collect();
        if open.is_empty() && !found.is_empty() {
            return Err(refuse());
        }
        for to in open {
            if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT / 3, TcpStream::connect(to)).await {
                return Ok(stream);
            }
        }
        Err(UNREACHABLE)
    }

    /// Bytes both ways, until one side ends or no more may come.
    async fn pass(&self, browser: TcpStream, there: TcpStream) -> io::Result<()> {
        let ((mut from_browser, mut to_browser), (mut from_there, mut to_there)) = (browser.into_split(), there.into_split());
        let out = async {
            tokio::io::copy(&mut from_browser, &mut to_there).await?;
            to_there.shutdown().await
        };
        let back = async {
            let mut piece = vec![0; 32 << 10];
            loop {
                let got = from_there.read(&mut piece).await?;
                let before = self.left.fetch_sub(got as i64, Ordering::Relaxed);
                if got == 0 || before <= 0 {
                    return to_browser.shutdown().await;
                }
                to_browser.write_all(piece.get(..got).unwrap_or_default()).await?;
            }
        };
        tokio::pin!(out, back);
        tokio::select! {
            _ = &mut back => Ok(()),
            done = &mut out => {
                done?;
                back.await
            }
        }
    }
}

/// What the browser asks for: an address of which only host and port mean something. The inner error is for an answer.
async fn asked(browser: &mut TcpStream) -> io::Result<Result<Url, u8>> {
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let [version, methods] = read(browser).await?;
    if version != 5 {
        return Err(wrong());
    }
    browser.read_exact(&mut vec![0; usize::from(methods)]).await?;
    browser.write_all(&[5, 0]).await?;
    let [version, command, _, kind] = read(browser).await?;
    let host = match kind {
        1 => IpAddr::from(read::<4>(browser).await?).to_string(),
        4 => format!("[{}]", IpAddr::from(read::<16>(browser).await?)),
        3 => {
            let [length] = read(browser).await?;
            let mut name = vec![0; usize::from(length)];
            browser.read_exact(&mut name).await?;
            String::from_utf8(name).map_err(|_| wrong())?
        }
        _ => return Err(wrong()),
    };
    let port = u16::from_be_bytes(read(browser).await?);
    if version != 5 || command != 1 {
        return Ok(Err(NO_SUCH_COMMAND));
    }
    Ok(address_of(&host, port).ok_or(NOT_ALLOWED))
}

async fn read<const N: usize>(from: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut out = [0; N];
    from.read_exact(&mut out).await?;
    Ok(out)
}

/// Host and port as an address, read as every other address is, so that a number that is an address is seen to be one.
fn address_of(host: &str, port: u16) -> Option<Url> {
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
    Url::parse(&format!("http://{host}:{port}/")).ok().filter(|_| plain && !host.is_empty())
}

async fn answer(browser: &mut TcpStream, code: u8) -> io::Result<()> {
    browser.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await
}

/// Whether the browser can be led through this proxy.
pub fn goes_through(proxy: &Url) -> bool {
    matches!(proxy.scheme(), "socks5h" | "http")
}

/// A connection to the host of `url` by way of the owner's proxy, which looks names up itself.
async fn through(proxy: &Url, url: &Url) -> Option<TcpStream> {
    let (host, port) = (proxy.host_str()?, proxy.port_or_known_default().unwrap_or(1080));
    let at = format!("http://{host}:{port}").parse().ok()?;
    let to = format!("{}:{}", url.host_str()?, url.port_or_known_default()?).parse().ok()?;
    let text = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let login = (!proxy.username().is_empty()).then(|| (text(proxy.username()), text(proxy.password().unwrap_or_default())));
    let stream: TokioIo<TcpStream> = match proxy.scheme() {
        "socks5h" => {
            let socks = SocksV5::new(at, HttpConnector::new());
            let mut socks = if let Some((user, password)) = login { socks.with_auth(user, password) } else { socks };
            socks.call(to).await.ok()?
        }
        "http" => {
            let tunnel = Tunnel::new(at, HttpConnector::new());
            let mut tunnel = match login {
                Some((user, password)) => {
                    use base64::Engine;
                    let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
                    let mut value = HeaderValue::from_str(&format!("Basic {both}")).ok()?;
                    value.set_sensitive(true);
                    tunnel.with_auth(value)
                }
                None => tunnel,
            };
            tunnel.call(to).await.ok()?
        }
        _ => return None,
    };
    Some(stream.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks a relay for `host`, as a browser does: its answer, and what then comes.
    async fn ask(relay: &Arc<Relay>, host: &str, port: u16, command: u8) -> (u8, Vec<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let served = tokio::spawn(relay.clone().serve(listener));
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(&[5, 1, 0]).await.unwrap();
        assert_eq!(read(&mut stream).await.unwrap(), [5, 0]);
        let mut request = vec![5, command, 0, 3, host.len() as u8];
        request.extend(host.as_bytes());
        request.extend(port.to_be_bytes());
        stream.write_all(&request).await.unwrap();
        let reply: [u8; 10] = read(&mut stream).await.unwrap();
        let mut rest = Vec::new();
        if reply[1] == DONE {
            stream.write_all(b"x").await.unwrap();
            stream.read_to_end(&mut rest).await.unwrap();
        }
        served.abort();
        (reply[1], rest)
    }

    /// A server that says `bytes` to whoever says a byte.
    async fn server(bytes: usize) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read_u8().await;
                let _ = stream.write_all(&vec![7; bytes]).await;
            }
        });
        port
    }

    fn relay(allow: &[&str], most: u64, may_reach: MayReach) -> Arc<Relay> {
        let allow_private = allow.iter().map(|net| net.parse().unwrap()).collect();
        Relay::new(&Settings { allow_private, ..Settings::default() }, None, may_reach, most)
    }

    #[tokio::test]
    async fn nothing_private_is_reached_by_whatever_name() {
        let port = server(9).await;
        let closed = relay(&[], 1000, Arc::new(|_| true));
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "127.0.0.1.", "10.0.0.1", "169.254.169.254"] {
            assert_eq!(ask(&closed, host, port, 1).await, (NOT_ALLOWED, Vec::new()), "{host}");
        }
        assert!(closed.refused().contains(&"127.0.0.1".to_string()));
        for host in ["a b", "x/../y", "user@127.0.0.1", ""] {
            assert_eq!(ask(&closed, host, port, 1).await.0, NOT_ALLOWED, "{host}");
        }
        let open = relay(&["127.0.0.0/8"], 1000, Arc::new(|_| true));
        for host in ["127.0.0.1", "localhost"] {
            assert_eq!(ask(&open, host, port, 1).await, (DONE, vec![7; 9]), "{host}");
        }
        for command in [2, 3] {
            assert_eq!(ask(&open, "127.0.0.1", port, command).await.0, NO_SUCH_COMMAND, "no way in, and no UDP");
        }
    }

    #[tokio::test]
    async fn who_may_not_be_spoken_to_is_not_and_bytes_end() {
        let port = server(100_000).await;
        let quiet = relay(&["127.0.0.0/8"], 1000, Arc::new(|url| url.domain() != Some("localhost")));
        assert_eq!(ask(&quiet, "localhost", port, 1).await.0, NOT_ALLOWED);
        let (code, rest) = ask(&quiet, "127.0.0.1", port, 1).await;
        assert!(code == DONE && rest.len() < 100_000 && quiet.is_spent(), "{code} {}", rest.len());
        assert_eq!(ask(&quiet, "127.0.0.1", port, 1).await.0, NOT_ALLOWED, "no more may come");
    }
}
