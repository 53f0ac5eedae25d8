//! Memory that decoding a task list takes beside the list's own size. A bench of
//! its own, because counting slows what is counted.
#![allow(clippy::unwrap_used, reason = "a bench may stop at once")]
#![allow(clippy::print_stdout, reason = "its result")]
#![allow(dead_code, unreachable_pub, reason = "a part of two benches")]

mod tasks;

use peak_alloc::PeakAlloc;
use serde::de::DeserializeOwned;
use vmc_api::models::Task;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most memory at a time, the document not counted, as a multiple of the document.
fn peak<T: DeserializeOwned>(bytes: &[u8]) -> f64 {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let decoded: Vec<T> = serde_json::from_slice(bytes).unwrap();
    assert_eq!(decoded.len(), tasks::COUNT);
    let peak = MEMORY.peak_usage() - before;
    peak as f64 / bytes.len() as f64
}

fn main() {
    let bytes = tasks::list();
    println!(
        "decoding 10,000 tasks ({:.1} MB) takes {:.2} times their size in memory \
         (target: at most 3; serde's plain structs: {:.2})",
        bytes.len() as f64 / 1e6,
        peak::<Task>(&bytes),
        peak::<tasks::Plain>(&bytes)
    );
}
