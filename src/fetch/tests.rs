use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::*;

/// A server on all of loopback: 127.0.0.1 answers at once, every other address never.
async fn server() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0u8; 2048];
                while let Ok(1..) = stream.read(&mut head).await {
                    if stream.local_addr().unwrap().ip() != std::net::Ipv4Addr::LOCALHOST {
                        std::future::pending::<()>().await;
                    }
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
                }
            });
        }
    });
    port
}

fn fetcher(concurrency: usize) -> Arc<Fetcher> {
    let settings = Settings {
        concurrency,
        delay: Duration::ZERO,
        timeout: Duration::from_secs(600),
        retries: 0,
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
        ..Settings::default()
    };
    Arc::new(Fetcher::new(&settings, Arc::new(|_, _| true)).unwrap())
}

async fn get(fetcher: &Fetcher, host: &str, port: u16, what: What) -> Result<Answer, FetchError> {
    let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
    let ask = Ask { url: &url, what, etag: None, last_modified: None, cookies: &Cookies::default(), gap: Duration::ZERO, origin: None };
    fetcher.fetch(&ask).await
}

/// Far longer than it takes; the hosts that never answer hold out for 600 s.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("a place is free")
}

#[tokio::test]
async fn hosts_that_never_answer_leave_places_to_those_that_do() {
    let (port, fetcher) = (server().await, fetcher(8));
    soon(get(&fetcher, "127.0.0.1", port, What::Page)).await.unwrap();
    for n in 2..40 {
        let fetcher = fetcher.clone();
        tokio::spawn(async move { get(&fetcher, &format!("127.0.0.{n}"), port, What::Picture).await });
    }
    while fetcher.strangers.available_permits() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..20 {
        soon(get(&fetcher, "127.0.0.1", port, What::Picture)).await.unwrap();
    }
}

#[tokio::test]
async fn no_more_pictures_are_fetched_than_may_lie_in_memory_and_pages_are_not_held_up() {
    let (port, fetcher) = (server().await, fetcher(4));
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(soon(get(&fetcher, "127.0.0.1", port, What::Picture)).await.unwrap());
    }
    let fifth = get(&fetcher, "127.0.0.1", port, What::Picture);
    tokio::pin!(fifth);
    tokio::select! {
        _ = &mut fifth => panic!("four undecoded pictures are in memory"),
        page = get(&fetcher, "127.0.0.1", port, What::Page) => assert!(page.is_ok()),
    }
    held.pop();
    soon(fifth).await.unwrap();
}

#[tokio::test]
async fn pictures_of_strangers_that_wait_for_a_decoder_hold_up_no_page() {
    let (port, fetcher) = (server().await, fetcher(4));
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(soon(get(&fetcher, "127.0.0.1", port, What::Picture)).await.unwrap());
    }
    for n in 2..40 {
        let fetcher = fetcher.clone();
        tokio::spawn(async move { get(&fetcher, &format!("127.0.0.{n}"), port, What::Picture).await });
    }
    while fetcher.strange_pictures.available_permits() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Another name, and so a stranger too.
    soon(get(&fetcher, "localhost", port, What::Page)).await.unwrap();
}
