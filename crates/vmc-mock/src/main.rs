//! The simulator as a program.

use clap::Parser;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use vmc_mock::{
    Builder, Mock, Time,
    world::{Flavour, LinkState, OTHER_API_TOKEN, OTHER_ORG_ID, VCenter, World},
};

/// Simulates VMware Cloud on AWS: CSP, the VMC API, the services of AWS that it needs,
/// and vCenters.
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
    /// Start with organization and AWS account in this state of their link: never, requested,
    /// stack-running, stack-failed, stack-rolled-back, linked, broken-role, stack-deleted,
    /// other-org, unlinked-stack-left or unlinked
    #[arg(long, value_name = "STATE")]
    link: Option<LinkState>,
    /// The client request token of the stack of --link; {task} stands for the tracking task
    #[arg(long, value_name = "TEXT", requires = "link")]
    link_token: Option<String>,
    /// Ignore unknown parameters and fields instead of refusing them
    #[arg(long)]
    lenient: bool,
    /// Serve HTTPS, and write the certificate to trust to this file
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,
    /// Add a vCenter with a port of its own; can be given more than once. VERSION is 6.7, 7.0.3,
    /// 9.0, … [8.0.3], FLAVOUR cloud, gateway or on-premises [cloud], CERTIFICATE valid, expired,
    /// not-yet-valid, wrong-name, common-name, self-signed or rotating [valid]
    #[arg(long = "vcenter", value_name = "NAME[:VERSION[:FLAVOUR[:CERTIFICATE]]]", value_parser = vcenter)]
    vcenters: Vec<VCenter>,
    /// Write the certificate that vCenters are to be trusted by to this file
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
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
    let pem = mock.ca_pem().unwrap_or_default();
    if let Some(path) = &args.tls {
        write(path, pem)?;
        env.push(("AWS_CA_BUNDLE", path.display().to_string()));
    }
    if let Some(path) = &args.ca {
        write(path, pem)?;
    }
    if let Some(path) = args.ca.as_ref().or(args.tls.as_ref()) {
        env.push(("VMC_CA_BUNDLE", path.display().to_string()));
    }
    if args.link == Some(LinkState::OtherOrg) {
        env.push(("VMC_MOCK_OTHER_ORG_ID", OTHER_ORG_ID.into()));
        env.push(("VMC_MOCK_OTHER_API_TOKEN", OTHER_API_TOKEN.into()));
    }
    let env = env
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let lines: String = env
        .chain(args.vcenters.iter().flat_map(|row| vcenter_env(&mock, row)))
        .map(|(name, value)| format!("export {name}={}\n", quote(&value)))
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
    if let Some(state) = args.link {
        builder = builder.link(state);
    }
    if let Some(token) = &args.link_token {
        builder = builder.link_token(token);
    }
    if args.lenient {
        builder = builder.lenient();
    }
    if args.tls.is_some() {
        builder = builder.tls();
    }
    for vcenter in &args.vcenters {
        builder = builder.vcenter(vcenter.clone());
    }
    if args.vcenters.is_empty() == args.ca.is_some() {
        return Err(
            "--vcenter and --ca FILE go together: clients trust a vCenter by that file".into(),
        );
    }
    if args.separate_ports {
        builder = builder.separate_ports();
    }
    Ok(builder)
}

/// Reads `NAME[:VERSION[:FLAVOUR[:CERTIFICATE]]]`.
fn vcenter(text: &str) -> Result<VCenter, String> {
    let mut parts = text.split(':');
    let name = parts.next().filter(|name| !name.is_empty());
    let name = name.ok_or("a vCenter needs a name")?;
    let mut part = || parts.next().filter(|part| !part.is_empty());
    let (version, flavour, certificate) = (part(), part(), part());
    let mut vcenter = match flavour.map_or(Ok(Flavour::Cloud), word)? {
        Flavour::Cloud => VCenter::cloud(name),
        Flavour::Gateway => VCenter::gateway(name),
        Flavour::OnPremises => VCenter::on_premises(name),
    };
    if let Some(version) = version {
        vcenter.version = word(version)?;
    }
    if let Some(certificate) = certificate {
        vcenter.certificate = word(certificate)?;
    }
    match parts.next() {
        Some(more) => Err(format!("'{more}' is one part too many")),
        None => Ok(vcenter),
    }
}

fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// Where a vCenter is and who may log in.
fn vcenter_env(mock: &Mock, vcenter: &VCenter) -> Vec<(String, String)> {
    let name = vcenter.id.to_uppercase();
    let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let user = vcenter.users.first().cloned().unwrap_or_default();
    let row = |what: &str, value: Option<String>| {
        let value = value.unwrap_or_default();
        (format!("VMC_MOCK_VCENTER_{name}_{what}"), value)
    };
    vec![
        row("URL", mock.vcenter_url(&vcenter.id)),
        row("USER", Some(user.name)),
        row("PASSWORD", Some(user.password)),
        row("THUMBPRINT", mock.vcenter_thumbprint(&vcenter.id)),
    ]
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
