//! An archive of pages (WARC, ISO 28500): what a site answered, record after record, packed one by one or not at all.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::bufread::GzDecoder;
use flate2::read::{DeflateDecoder, GzDecoder as Unpacker, ZlibDecoder};
use url::Url;

use super::{Entry, Item, MOST_ENTRIES, Place, Table, Unread, gone, inside, name_of};
use crate::model::ProblemKind;

/// Longest head of a record, and of an answer in it.
const HEAD: usize = 64 << 10;
/// Longest address of a record, bytes.
const LONGEST_ADDRESS: usize = 16 << 10;
/// Records that one packed piece may hold, and bytes of it: each is had by unpacking all that are before it.
const MOST_TOGETHER: u32 = 2000;
const MOST_PACKED: u64 = 64 << 20;

/// A record's head.
#[derive(Debug, Default)]
struct Record {
    kind: String,
    uri: Option<Url>,
    length: u64,
    content_type: String,
}

/// Counts what is read, so that it is known where each packed piece begins.
struct Counted<R> {
    inner: R,
    at: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(out)?;
        self.at += got as u64;
        Ok(got)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount as u64;
        self.inner.consume(amount);
    }
}

/// Where each answer lies. Pictures are entries too: no page of the archive need show them.
pub(super) fn table(path: &Path) -> io::Result<Table> {
    let mut out = Table::default();
    let broken = each(path, |record, place, body| {
        let (Some(uri), true) = (&record.uri, matches!(record.kind.as_str(), "response" | "resource")) else {
            return Ok(());
        };
        if out.places.len() >= MOST_ENTRIES || uri.as_str().len() > LONGEST_ADDRESS {
            out.left_out += 1;
            return Ok(());
        }
        let mut head = Vec::new();
        let (status, mime) = if record.kind == "response" { answer_head(body, &mut head)? } else { (200, record.content_type.clone()) };
        if !(200..300).contains(&status) || !matches!(uri.scheme(), "http" | "https") {
            return Ok(());
        }
        if mime.starts_with("image/") {
            out.addresses.entry(name_of(uri)).or_insert_with(|| place.clone());
            enter(&mut out, path, &place);
        } else if [
            "text/html",
            "application/xhtml",
            "text/plain",
            "application/json",
            "application/xml",
            "text/xml",
            "application/rss",
            "application/atom",
            "",
        ]
        .iter()
        .any(|kind| mime.starts_with(kind) && (!kind.is_empty() || mime.is_empty()))
        {
            enter(&mut out, path, &place);
        }
        Ok(())
    })?;
    out.left_out += usize::from(broken);
    Ok(out)
}

fn enter(out: &mut Table, path: &Path, place: &Place) {
    let id = format!("{}-{}", place.start, place.number);
    if let Some(url) = inside(path, &id) {
        out.places.insert(id, place.clone());
        out.entries.push(Entry { url, mark: "m0".into() });
    }
}

/// Calls `with` for each record, with a reader of its body. A file that breaks off gives what is before, and true.
fn each(path: &Path, mut with: impl FnMut(&Record, Place, &mut dyn Read) -> io::Result<()>) -> io::Result<bool> {
    let mut file = Counted { inner: BufReader::with_capacity(256 << 10, File::open(path)?), at: 0 };
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let mut whole = false;
    loop {
        let start = file.at;
        if file.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let done = if packed {
            // Pieces of one record, which are the rule, may be of any length.
            let mut piece = BufReader::new(GzDecoder::new(&mut file));
            let (mut number, mut bytes) = (0, 0);
            loop {
                match one(&mut piece, Place { start, length: 0, number }, &mut with) {
                    Ok(Some(length)) if number < MOST_TOGETHER && bytes + length < MOST_PACKED => {
                        number += 1;
                        bytes += length;
                    }
                    Ok(Some(_)) if number > 0 => {
                        break Err(io::Error::new(io::ErrorKind::InvalidData, "is packed as one piece, and too long"));
                    }
                    Ok(_) => break io::copy(&mut piece, &mut io::sink()).map(|_| true),
                    Err(error) => break Err(error),
                }
            }
        } else {
            one(&mut file, Place { start, length: 0, number: 0 }, &mut with).map(|length| length.is_some())
        };
        match done {
            Ok(true) => whole = true,
            Ok(false) => return Ok(false),
            // Cut off: what came before counts.
            Err(error) => return if whole { Ok(true) } else { Err(error) },
        }
    }
}

/// One record, and its length; `None` at the end.
fn one(
    from: &mut impl BufRead,
    place: Place,
    with: &mut impl FnMut(&Record, Place, &mut dyn Read) -> io::Result<()>,
) -> io::Result<Option<u64>> {
    let Some(record) = record(from)? else { return Ok(None) };
    let mut body = from.take(record.length);
    // An answer that makes no sense is passed over; a file that ends in it is not.
    if let Err(error) = with(&record, place, &mut body)
        && error.kind() != io::ErrorKind::InvalidData
    {
        return Err(error);
    }
    io::copy(&mut body, &mut io::sink())?;
    if body.limit() > 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Some(record.length)) }
}

/// Lines to the first empty one, as names and values.
fn head(from: &mut dyn BufRead) -> io::Result<Vec<(String, String)>> {
    let (mut lines, mut room) = (Vec::new(), HEAD as u64);
    loop {
        let mut line = Vec::new();
        let got = from.take(room).read_until(b'\n', &mut line)? as u64;
        room -= got;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(lines);
        }
        if room == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        lines.push((name.trim().to_ascii_lowercase(), value.trim().to_string()));
    }
}

fn record(from: &mut impl BufRead) -> io::Result<Option<Record>> {
    // Empty lines part the records.
    loop {
        match from.fill_buf()?.first() {
            None => return Ok(None),
            Some(b'\r' | b'\n') => from.consume(1),
            Some(_) => break,
        }
    }
    let lines = head(from)?;
    if !lines.first().is_some_and(|(name, _)| name.starts_with("warc/")) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this is no archive of pages (WARC)"));
    }
    let value = |key: &str| lines.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str()).unwrap_or_default();
    let length = value("content-length").parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a record has no length"))?;
    Ok(Some(Record {
        kind: value("warc-type").to_ascii_lowercase(),
        uri: Url::parse(value("warc-target-uri").trim_matches(['<', '>'])).ok(),
        length,
        content_type: value("content-type").to_ascii_lowercase(),
    }))
}

/// Status and media type of an answer; its other headers go to `rest`.
fn answer_head(body: &mut dyn Read, rest: &mut Vec<(String, String)>) -> io::Result<(u16, String)> {
    // Byte by byte, so that nothing of the body is taken.
    let mut bytes = Vec::new();
    while bytes.len() < HEAD && !bytes.ends_with(b"\r\n\r\n") && !bytes.ends_with(b"\n\n") {
        let mut byte = [0];
        if body.read(&mut byte)? == 0 {
            break;
        }
        bytes.push(byte[0]);
    }
    *rest = head(&mut bytes.as_slice())?;
    let status = rest.first().and_then(|(line, _)| line.split_whitespace().nth(1)).and_then(|code| code.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    let mime = rest.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.to_ascii_lowercase()).unwrap_or_default();
    Ok((status, mime))
}

/// One record's answer, unpacked.
pub(super) fn read(path: &Path, place: &Place, most: u64) -> Result<Item, Unread> {
    let read = || -> io::Result<(Record, Vec<u8>)> {
        let mut file = BufReader::new(File::open(path)?);
        file.seek(SeekFrom::Start(place.start))?;
        let mut out = None;
        let mut take = |record: &Record, _: Place, body: &mut dyn Read| {
            let mut bytes = Vec::new();
            body.take(most + HEAD as u64).read_to_end(&mut bytes)?;
            out = Some((
                Record { kind: record.kind.clone(), uri: record.uri.clone(), length: 0, content_type: record.content_type.clone() },
                bytes,
            ));
            Ok(())
        };
        if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            let mut piece = BufReader::new(GzDecoder::new(file));
            for _ in 0..place.number {
                one(&mut piece, place.clone(), &mut |_, _, _| Ok(()))?;
            }
            one(&mut piece, place.clone(), &mut take)?;
        } else {
            one(&mut file, place.clone(), &mut take)?;
        }
        out.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    };
    let (record, bytes) = read().map_err(gone)?;
    let mut rest = bytes.as_slice();
    let (mut mime, mut headers) = (record.content_type.clone(), Vec::new());
    if record.kind == "response" {
        mime = answer_head(&mut rest, &mut headers).map_err(gone)?.1;
    }
    let headers: HashMap<String, String> = headers.into_iter().collect();
    let says = |key: &str, what: &str| headers.get(key).is_some_and(|value| value.to_ascii_lowercase().contains(what));
    let mut body = rest.to_vec();
    if says("transfer-encoding", "chunked")
        && let Some(joined) = unchunked(&body)
    {
        body = joined;
    }
    if let Some(encoding) = headers.get("content-encoding") {
        body = unpacked(&encoding.to_ascii_lowercase(), body, most)?;
    }
    if body.len() as u64 > most {
        return Err((ProblemKind::TooLarge, format!("more than {} KiB", most >> 10)));
    }
    Ok(Item::Bytes { body, content_type: Some(mime).filter(|mime| !mime.is_empty()), shown_at: record.uri })
}

/// A body in pieces (RFC 9112, section 7.1) put together; `None` where it is none, because the archive has done that.
fn unchunked(body: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (Vec::with_capacity(body.len()), body);
    loop {
        let end = memchr::memchr(b'\n', rest.get(..rest.len().min(1024))?)?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(end + 1..)?;
        if size == 0 {
            return Some(out);
        }
        out.extend_from_slice(rest.get(..size.min(rest.len()))?);
        let Some(next) = rest.get(size..) else { return Some(out) };
        rest = next.strip_prefix(b"\r\n").or_else(|| next.strip_prefix(b"\n")).unwrap_or(next);
        if rest.is_empty() {
            return Some(out);
        }
    }
}

/// What the server packed. What is not packed after all stays as it is.
fn unpacked(encoding: &str, body: Vec<u8>, most: u64) -> Result<Vec<u8>, Unread> {
    let mut out = Vec::new();
    let packed = body.as_slice();
    let done = match encoding.trim() {
        "gzip" | "x-gzip" if packed.starts_with(&[0x1f, 0x8b]) => Unpacker::new(packed).take(most + 1).read_to_end(&mut out),
        "deflate" => ZlibDecoder::new(packed).take(most + 1).read_to_end(&mut out).or_else(|_| {
            out.clear();
            DeflateDecoder::new(packed).take(most + 1).read_to_end(&mut out)
        }),
        "br" => brotli_decompressor::Decompressor::new(packed, 4096).take(most + 1).read_to_end(&mut out),
        "gzip" | "x-gzip" | "identity" | "" => return Ok(body),
        other => return Err((ProblemKind::NotReadable, format!("was packed by {}", other.chars().take(20).collect::<String>()))),
    };
    match done {
        Ok(_) => Ok(out),
        // Cut off: what came is better than nothing.
        Err(_) if !out.is_empty() => Ok(out),
        Err(error) => Err(gone(error)),
    }
}
