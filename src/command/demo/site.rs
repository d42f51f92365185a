//! The demo's board: a handful of answers over HTTP/1.1 on loopback.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::pictures;

const THREAD: &str = r#"<!DOCTYPE html><html><head><meta charset="utf-8"><title>thread 42 | demo board</title></head><body>
<article class="post" id="p1"><p>new set of nova lark, enjoy. for those who ask: her real name is <b>Mi</b>ra&nbsp;<i>Sandoval</i></p>
<img src="/pictures/a-small.jpg" alt="first"></article>
<article class="post" id="p2"><p>mirrored so that search does not find it</p><img class="lazy" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/pictures/b.jpg"></article>
<article class="post" id="p3"><p>off topic</p><a href="/pictures/c.png">my own holiday</a></article>
</body></html>"#;

/// Serves the board until the process ends; returns its address.
pub async fn serve() -> std::io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let answers: Arc<[(&str, &str, Vec<u8>)]> = Arc::new([
        ("/thread/42", "text/html", THREAD.as_bytes().to_vec()),
        ("/pictures/a-small.jpg", "image/jpeg", pictures::thumbnail()?),
        ("/pictures/b.jpg", "image/jpeg", pictures::mirrored()?),
        ("/pictures/c.png", "image/png", pictures::stranger()?),
    ]);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answers = answers.clone();
            tokio::spawn(async move { answer(stream, &answers).await });
        }
    });
    Ok(address)
}

async fn answer(mut stream: TcpStream, answers: &[(&str, &str, Vec<u8>)]) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0u8; 2048];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") && head.len() < 16 * 1024 {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        head.extend_from_slice(buffer.get(..n).unwrap_or_default());
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let etag = format!("\"{:x}\"", path.len());
    let found = answers.iter().find(|(p, ..)| *p == path);
    let known = head.lines().any(|l| l.to_ascii_lowercase().starts_with("if-none-match") && l.contains(&etag));
    let (status, kind, body): (&str, &str, &[u8]) = match found {
        Some(_) if known => ("304 Not Modified", "text/plain", &[]),
        Some((_, kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/plain", b"not here"),
    };
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nETag: {etag}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}
