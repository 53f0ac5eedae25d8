//! Names, ways and times.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Check, Finding, State};
use crate::host_port::HostPort;

/// For one connection or one look-up.
const LIMIT: Duration = Duration::from_secs(5);

/// Connections that are timed.
const PROBES: usize = 5;

/// As documented for the way between the two sides.
const LONGEST_ROUND_TRIP: Duration = Duration::from_millis(100);

/// Looks the host up, connects, and measures. Gives the reason where there is
/// no way.
pub(super) async fn reach(host: &HostPort, findings: &mut Vec<Finding>) -> Result<(), String> {
    let give_up = |findings: &mut Vec<Finding>, checks: &[Check], why: String| {
        findings.extend(checks.iter().map(|check| check.not_made(host, &why)));
        Err(why)
    };
    let addresses = match look_up(host).await {
        Ok(addresses) => addresses,
        Err(error) => {
            findings.push(Check::Name.finding(host, State::Failed, error));
            let rest = [Check::ReverseName, Check::Tcp, Check::RoundTrip];
            return give_up(findings, &rest, "the name has no address".into());
        }
    };
    findings.push(Check::Name.finding(host, State::Passed, shown(host, &addresses)));
    findings.push(reverse_name(host, addresses[0].ip()).await);
    let times = match connect(&addresses).await {
        Ok(times) => times,
        Err(error) => {
            let evidence = format!("from this machine: {error}");
            findings.push(Check::Tcp.finding(host, State::Failed, evidence));
            return give_up(
                findings,
                &[Check::RoundTrip],
                "there is no connection".into(),
            );
        }
    };
    let evidence = format!("this machine connects to port {}", host.port());
    findings.push(Check::Tcp.finding(host, State::Passed, evidence));
    findings.push(round_trip(host, times));
    Ok(())
}

/// At least one address, or what is wrong.
async fn look_up(host: &HostPort) -> Result<Vec<SocketAddr>, String> {
    let found = timeout(LIMIT, tokio::net::lookup_host((host.host(), host.port()))).await;
    let found = found.map_err(|_| "the DNS does not answer".to_owned())?;
    let addresses: Vec<_> = found.map_err(|error| error.to_string())?.collect();
    if addresses.is_empty() {
        return Err("the name has no address".into());
    }
    Ok(addresses)
}

fn shown(host: &HostPort, addresses: &[SocketAddr]) -> String {
    if host.ip().is_some() {
        return "given as an address".into();
    }
    let addresses: Vec<_> = addresses.iter().map(|a| a.ip().to_string()).collect();
    format!("{} is {}", host.host(), addresses.join(", "))
}

async fn reverse_name(host: &HostPort, ip: IpAddr) -> Finding {
    let asking = tokio::task::spawn_blocking(move || dns_lookup::lookup_addr(&ip));
    match timeout(LIMIT, asking).await {
        Ok(Ok(Ok(name))) => {
            let (state, evidence) = judge_name(host, ip, &name);
            Check::ReverseName.finding(host, state, evidence)
        }
        Ok(Ok(Err(_))) => {
            Check::ReverseName.finding(host, State::Warned, format!("{ip} has no name"))
        }
        _ => Check::ReverseName.not_made(host, "the DNS does not answer"),
    }
}

fn judge_name(host: &HostPort, ip: IpAddr, name: &str) -> (State, String) {
    let name = name.trim_end_matches('.');
    let evidence = format!("{ip} is {name}");
    // The short name of a search domain is the same host.
    let same = |a: &str, b: &str| {
        a.eq_ignore_ascii_case(b)
            || a.split('.')
                .next()
                .is_some_and(|a| a.eq_ignore_ascii_case(b))
    };
    if host.ip().is_some() || same(name, host.host()) || same(host.host(), name) {
        (State::Passed, evidence)
    } else {
        (State::Warned, format!("{evidence}, not {}", host.host()))
    }
}

/// Times of some connections to the first address that answers.
async fn connect(addresses: &[SocketAddr]) -> io::Result<Vec<Duration>> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match connect_once(*address).await {
            Ok(first) => {
                let mut times = vec![first];
                while times.len() < PROBES
                    && let Ok(time) = connect_once(*address).await
                {
                    times.push(time);
                }
                return Ok(times);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect_once(address: SocketAddr) -> io::Result<Duration> {
    let start = Instant::now();
    timeout(LIMIT, TcpStream::connect(address)).await??;
    Ok(start.elapsed())
}

fn round_trip(host: &HostPort, mut times: Vec<Duration>) -> Finding {
    times.sort_unstable();
    let median = times[times.len() / 2];
    let evidence = format!(
        "{:.1} ms from this machine (median of {} connections)",
        median.as_secs_f64() * 1000.0,
        times.len()
    );
    // The way that counts is the one between the two sides.
    let state = if median > LONGEST_ROUND_TRIP {
        State::Warned
    } else {
        State::Passed
    };
    Check::RoundTrip.finding(host, state, evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_what_counts() {
        let host = "vc".parse().unwrap();
        let of = |times: &[u64]| {
            let times = times.iter().map(|ms| Duration::from_millis(*ms)).collect();
            round_trip(&host, times).state
        };
        assert_eq!(of(&[5000, 90, 100, 95, 4000]), State::Passed);
        assert_eq!(of(&[101]), State::Warned);
        assert_eq!(of(&[1, 101, 102, 103, 2]), State::Warned);
    }

    #[test]
    fn a_short_name_is_the_same_host() {
        let ip = IpAddr::from([10, 0, 0, 5]);
        let judge = |host: &str, name| judge_name(&host.parse().unwrap(), ip, name).0;
        assert_eq!(judge("vc.example", "VC.example."), State::Passed);
        assert_eq!(judge("vc", "vc.example"), State::Passed);
        assert_eq!(judge("vc.example", "vc"), State::Passed);
        assert_eq!(judge("10.0.0.5", "other"), State::Passed);
        assert_eq!(judge("vc.example", "other.example"), State::Warned);
    }
}
