//! The demo's mail server: takes mail by SMTP (RFC 5321) on loopback and keeps it in memory.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A running catcher.
pub struct Catcher {
    /// Where it listens.
    pub address: SocketAddr,
    caught: Arc<Mutex<Vec<String>>>,
}

/// Starts a catcher that lives until the process ends.
pub async fn start() -> std::io::Result<Catcher> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let (address, caught) = (listener.local_addr()?, Arc::default());
    let box_ = Arc::clone(&caught);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let box_ = Arc::clone(&box_);
            tokio::spawn(async move { converse(stream, &box_).await });
        }
    });
    Ok(Catcher { address, caught })
}

impl Catcher {
    /// The first mail, whole, with its headers.
    pub fn mail(&self) -> Option<String> {
        self.caught.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }

    /// How many came.
    pub fn count(&self) -> usize {
        self.caught.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

async fn converse(stream: TcpStream, caught: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 demo.invalid ESMTP\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let reply: &[u8] = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => b"250-demo.invalid\r\n250 8BITMIME\r\n",
            "HELO" | "MAIL" | "RCPT" | "RSET" | "NOOP" => b"250 OK\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mail = read_mail(&mut stream).await?;
                caught.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                b"250 taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"502 not here\r\n",
        };
        stream.write_all(reply).await?;
    }
}

async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut mail = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(mail);
        }
        // Dots at the start of a line come doubled (RFC 5321, section 4.5.2).
        mail.push_str(line.strip_prefix('.').unwrap_or(&line).trim_end_matches(['\r', '\n']));
        mail.push('\n');
    }
}
