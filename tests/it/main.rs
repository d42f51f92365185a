//! Through the binary, against a real HTTP server and a real SMTP server on loopback.

mod audit;
mod backup;
mod bad_input;
mod bounds;
mod cage;
mod canary;
mod cli;
mod cost;
mod daemon;
mod exchange;
mod forget;
mod formats;
mod home;
mod hostile;
mod life;
mod mail;
mod mailbox;
mod mended;
mod pictures;
mod promise;
mod rekey;
mod rules;
mod settings;
mod site;
mod sources;
mod store;
