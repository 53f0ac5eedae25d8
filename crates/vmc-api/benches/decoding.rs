//! Decoding a task list with `model!` beside serde's derived structs: plain
//! ones, which drop unknown fields, and ones that keep them with `flatten` as `model!` does.
#![allow(clippy::unwrap_used, reason = "a bench may stop at once")]
#![allow(clippy::print_stdout, reason = "its result")]
#![allow(unreachable_pub, reason = "a part of two benches")]

mod tasks;

use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use serde::de::DeserializeOwned;
use vmc_api::models::Task;

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Vec<T> {
    serde_json::from_slice(bytes).unwrap()
}

/// How many times as long as serde's plain structs the models take: the median
/// over pairs that are run turn by turn, so that a busy machine slows both.
fn ratio(bytes: &[u8]) -> f64 {
    fn time<T: DeserializeOwned>(bytes: &[u8]) -> Duration {
        let start = Instant::now();
        let decoded = decode::<T>(bytes);
        let took = start.elapsed();
        assert_eq!(decoded.len(), tasks::COUNT);
        // Dropping the values is not decoding.
        drop(decoded);
        took
    }
    let mut ratios: Vec<f64> = (0..41)
        .map(|_| {
            let ours = time::<Task>(bytes).as_secs_f64();
            ours / time::<tasks::Plain>(bytes).as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

fn main() {
    let bytes = tasks::list();
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    let mut group = criterion.benchmark_group("task list");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    let size = BatchSize::PerIteration;
    group.bench_function("model", |b| {
        b.iter_batched(|| (), |()| decode::<Task>(&bytes), size);
    });
    group.bench_function("serde, dropping", |b| {
        b.iter_batched(|| (), |()| decode::<tasks::Plain>(&bytes), size);
    });
    group.bench_function("serde, flatten", |b| {
        b.iter_batched(|| (), |()| decode::<tasks::Flatten>(&bytes), size);
    });
    group.finish();
    criterion.final_summary();

    println!(
        "decoding 10,000 tasks ({:.1} MB) takes {:.2} times serde_json's (target: at most 1.3)",
        bytes.len() as f64 / 1e6,
        ratio(&bytes)
    );
}
