//! Through the binary, against a real HTTP server and a real SMTP server on loopback.

mod audit;
mod bad_input;
mod canary;
mod cli;
mod daemon;
mod exchange;
mod formats;
mod home;
mod hostile;
mod life;
mod mail;
mod mailbox;
mod mended;
mod pictures;
mod promise;
mod rules;
mod settings;
mod site;
