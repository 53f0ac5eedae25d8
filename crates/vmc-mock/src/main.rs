//! The simulator as a program.

use clap::Parser;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use vmc_mock::{Builder, Mock, Time, world::World};

/// Simulates VMware Cloud on AWS: CSP, the VMC API, CloudFormation and STS.
#[derive(Debug, Parser)]
#[command(name = "vmc-mock", version, about)]
struct Args {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: String,
    /// Write the environment that points clients here, as `export` lines
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// How many times faster than real the virtual time passes
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    speed: f64,
    /// Virtual time at the start, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// Rows to add to the standard world, as JSON (the form of `GET /__mock/world`)
    #[arg(long, value_name = "FILE")]
    seed_world: Option<PathBuf>,
    /// Ignore unknown parameters and fields instead of refusing them
    #[arg(long)]
    lenient: bool,
    /// Serve HTTPS, and write the certificate to trust to this file
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,
    /// Open one more port for each service
    #[arg(long)]
    separate_ports: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "vmc-mock: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    let builder = configure(&args)?;
    let mock = builder.start().await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        format!("{error}{}", cause.unwrap_or_default())
    })?;
    let mut env = mock.env();
    if let (Some(path), Some(pem)) = (&args.tls, mock.ca_pem()) {
        write(path, pem)?;
        let path = path.display().to_string();
        env.push(("VMC_CA_BUNDLE", path.clone()));
        env.push(("AWS_CA_BUNDLE", path));
    }
    let lines: String = env
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", quote(value)))
        .collect();
    if let Some(path) = &args.env_file {
        write(path, &lines)?;
    }
    let mut out = io::stdout();
    // Whoever reads this may have gone; the simulator stays.
    let _ = writeln!(out, "vmc-mock listens on {}\n{lines}", mock.url());
    let _ = out.flush();
    wait_for_the_end().await
}

fn configure(args: &Args) -> Result<Builder, String> {
    let mut builder = Mock::builder().listen(&args.listen).speed(args.speed);
    if let Some(text) = &args.now {
        let now = Time::parse(text).ok_or(format!("--now {text}: not an RFC 3339 time"))?;
        builder = builder.now(now);
    }
    if let Some(path) = &args.seed_world {
        let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| fail(&error))?;
        let seed: World = serde_json::from_str(&text).map_err(|error| fail(&error))?;
        builder = builder.world(|world| world.merge(seed));
    }
    if args.lenient {
        builder = builder.lenient();
    }
    if args.tls.is_some() {
        builder = builder.tls();
    }
    if args.separate_ports {
        builder = builder.separate_ports();
    }
    Ok(builder)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn quote(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    match value.chars().all(plain) {
        true => value.into(),
        false => format!("'{}'", value.replace('\'', r"'\''")),
    }
}

#[cfg(unix)]
async fn wait_for_the_end() -> Result<(), String> {
    use tokio::signal::unix::{SignalKind, signal};
    let fail = |error: io::Error| format!("cannot listen for signals: {error}");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fail)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(fail)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn wait_for_the_end() -> Result<(), String> {
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| format!("cannot listen for signals: {error}"))
}
