//! The program `vmc` against a simulated world, as its users meet it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

mod addon;
mod care;
mod cert;
mod cluster;
mod conn_test;
mod deadlines;
mod dns;
mod doctor;
mod edrs;
mod enablement;
mod explore;
mod hand_off;
mod hlm;
mod host;
mod killed;
mod link;
mod link_states;
mod lists;
mod login;
mod maintenance;
mod public_ip;
mod rescan;
mod review;
mod sddc;
mod subnet;
mod subscription;
mod template;
mod trouble;
mod unlink;
mod verify;
