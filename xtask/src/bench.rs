//! `cargo xtask bench`: what is measured beside each other and against a
//! target. Nothing here decides a test.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::simulator::Simulator;
use crate::{Done, demo, project};

const RUNS: usize = 51;
const MIB: f64 = 1024.0 * 1024.0;

/// Measures and prints.
pub(crate) fn run() -> Done<ExitCode> {
    let mut cargo = project::cargo();
    let time = project::timed(cargo.args(["build", "--release", "--package", "vmc-cli"]))?;
    // The simulator is not what is measured.
    project::run(&mut demo::build())?;
    let vmc = project::program("release", "vmc");

    println!("\nrelease build           {time:.0?}");
    size(&vmc)?;
    start_up(&vmc)?;
    organizations(&vmc)?;

    println!("\ncriterion: the request path and decoding");
    for package in ["vmc-http", "vmc-api"] {
        project::run(project::cargo().args(["bench", "--package", package, "--bench", "*"]))?;
    }
    println!();
    let note = "which loses unknown fields";
    compare("task list", ["model", "serde, dropping"], note)?;
    let note = "which keeps them";
    compare("task list", ["model", "serde, flatten"], note)?;
    Ok(ExitCode::SUCCESS)
}

fn size(vmc: &Path) -> Done {
    let mib = fs::metadata(vmc)?.len() as f64 / MIB;
    println!("size of vmc             {mib:.1} MiB (target: below 10)");
    Ok(())
}

/// `vmc --version` beside `curl --version`.
fn start_up(vmc: &Path) -> Done {
    let (ours, how) = version(vmc)?;
    print!("vmc --version           {}", millis(ours));
    match version(Path::new("curl")) {
        Ok((curl, _)) => println!(
            " = {:.2} × curl --version, {} (target: at most 2; {how})",
            ours.as_secs_f64() / curl.as_secs_f64(),
            millis(curl)
        ),
        Err(_) => println!(" ({how}; no curl to compare with)"),
    }
    Ok(())
}

/// Median of `PROGRAM --version`, and who measured.
fn version(program: &Path) -> Done<(Duration, &'static str)> {
    let mut hyperfine = Command::new("hyperfine");
    hyperfine.args([
        "--shell=none",
        "--warmup",
        "3",
        "--style",
        "none",
        "--export-json",
        "-",
    ]);
    let shown = format!("'{}' --version", program.display());
    if let Ok(text) = project::output(hyperfine.arg(shown)) {
        let report: serde_json::Value = serde_json::from_str(&text)?;
        if let Some(seconds) = report["results"][0]["median"].as_f64() {
            return Ok((Duration::from_secs_f64(seconds), "hyperfine"));
        }
    }
    let run = || {
        let mut command = Command::new(program);
        command.arg("--version");
        command
    };
    Ok((median(run)?, "median of 51"))
}

/// `vmc org list` against the simulator: requests, time, memory.
fn organizations(vmc: &Path) -> Done {
    let simulator = Simulator::start("bench", 1, &[])?;
    let list = || {
        let mut command = simulator.vmc(vmc, &[]);
        command.args(["org", "list"]);
        command
    };
    let start = Instant::now();
    project::output(&mut list())?;
    let first = start.elapsed();
    let cold = simulator.requests()?;
    project::output(&mut list())?;
    let warm = simulator.requests()? - cold;
    println!(
        "vmc org list, first     {cold} requests (target: 2), {}",
        millis(first)
    );
    println!(
        "vmc org list, again     {warm} request (target: 1), {}",
        millis(median(list)?)
    );
    match peak_memory(&list()) {
        Ok(mib) => println!("vmc org list, memory    {mib:.1} MiB resident (target: below 20)"),
        Err(error) => println!("vmc org list, memory    not measured: {error}"),
    }
    Ok(())
}

/// The median wall time of some runs, after three that do not count.
fn median(mut command: impl FnMut() -> Command) -> Done<Duration> {
    let mut times = Vec::with_capacity(RUNS);
    for run in 0..RUNS + 3 {
        let mut command = command();
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let start = Instant::now();
        project::run(&mut command)?;
        if run >= 3 {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    Ok(times[RUNS / 2])
}

/// Peak resident memory in MiB, as GNU time tells it.
fn peak_memory(command: &Command) -> Done<f64> {
    let mut time = Command::new("/usr/bin/time");
    time.args(["-f", "%M"])
        .arg(command.get_program())
        .args(command.get_args());
    time.env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            time.env(name, value);
        }
    }
    let output = time.output().map_err(|_| "there is no GNU time")?;
    let words = String::from_utf8_lossy(&output.stderr);
    let kib: f64 = words
        .lines()
        .last()
        .and_then(|line| line.trim().parse().ok())
        .ok_or("this time is not GNU's")?;
    Ok(kib / 1024.0)
}

/// The speed of one criterion bench as a share of another's.
fn compare(group: &str, [ours, theirs]: [&str; 2], note: &str) -> Done {
    let median = |name: &str| -> Done<f64> {
        let folder = project::target().join("criterion").join(group).join(name);
        let text = fs::read_to_string(folder.join("new").join("estimates.json"))?;
        let estimates: serde_json::Value = serde_json::from_str(&text)?;
        let nanos = estimates["median"]["point_estimate"].as_f64();
        nanos.ok_or_else(|| "criterion told no median".into())
    };
    let share = median(theirs)? / median(ours)?;
    println!("{group:<23} {ours} = {share:.2} × {theirs} ({note})");
    Ok(())
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
