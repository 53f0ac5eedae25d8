//! Certificates, versions and clocks.

use std::time::Duration;

use time::OffsetDateTime;
use vmc_http::Clock;
use vmc_http::tls::Hash;

use super::{Check, Finding, Side, State};
use crate::about::{About, Version};
use crate::certificate::{self, Certificate};
use crate::problem::Problem;
use crate::trust::Trust;

const LIMIT: Duration = Duration::from_secs(10);

/// A certificate that ends sooner is worth a warning.
const SOON: Duration = Duration::from_secs(30 * 24 * 3600);

/// As documented.
const LONGEST_SKEW: Duration = Duration::from_secs(600);

/// Judges the certificate. Gives the reason where it is not to be trusted.
pub(super) async fn certificate(side: &Side, findings: &mut Vec<Finding>) -> Result<(), String> {
    let host = &side.address;
    let chain = match certificate::fetch(host, LIMIT).await {
        Ok(chain) => chain,
        Err(error) => {
            let why = error.to_string();
            findings.push(Check::Certificate.finding(host, State::Failed, why.clone()));
            return Err(why);
        }
    };
    let now = OffsetDateTime::now_utc();
    let problems = match chain.problems(now, host.host(), &side.trust) {
        Ok(problems) => problems,
        Err(error) => {
            findings.push(Check::Certificate.not_made(host, error.to_string()));
            return Err("the certificate could not be judged".into());
        }
    };
    let leaf = chain.leaf();
    if !problems.is_empty() {
        let evidence = format!("{}; {}", joined(&problems), shown(leaf));
        findings.push(Check::Certificate.finding(host, State::Failed, evidence));
        return Err("the certificate is not to be trusted".into());
    }
    // A pin says who it is; the other side may judge the rest differently.
    let mut remarks = match side.trust {
        Trust::Pinned(_) => leaf.problems(now, host.host()),
        Trust::System | Trust::Bundle(_) => Vec::new(),
    };
    remarks.retain(|problem| *problem != Problem::SelfSigned);
    let (state, evidence) = if !remarks.is_empty() {
        (
            State::Warned,
            format!("pinned, but {}; {}", joined(&remarks), shown(leaf)),
        )
    } else if leaf.not_after() - now < SOON {
        (State::Warned, format!("it ends soon; {}", shown(leaf)))
    } else {
        (State::Passed, shown(leaf))
    };
    findings.push(Check::Certificate.finding(host, state, evidence));
    Ok(())
}

fn joined(problems: &[Problem]) -> String {
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

fn shown(leaf: &Certificate) -> String {
    format!(
        "SHA-256 {}, valid until {}",
        leaf.thumbprint(Hash::Sha256),
        leaf.not_after().date()
    )
}

/// The version of the side where the link is to be made.
pub(super) fn local_version(side: &Side, about: &Result<About, String>) -> Finding {
    version(side, about, |version| {
        let known = (Version::new(6, 7, 0)..Version::new(9, 1, 0)).contains(&version);
        if known { State::Passed } else { State::Failed }
    })
}

/// The version of the other side.
pub(super) fn remote_version(side: &Side, about: &Result<About, String>) -> Finding {
    version(side, about, |version| {
        match (version.major, version.minor) {
            (6, 0 | 5) => State::NotMade(format!(
                "vCenter {version} does not tell its update: 6.0 U3c, 6.5d or later is needed"
            )),
            (6.., _) => State::Passed,
            _ => State::Failed,
        }
    })
}

fn version(
    side: &Side,
    about: &Result<About, String>,
    judge: impl Fn(Version) -> State,
) -> Finding {
    let host = &side.address;
    match about {
        Err(why) => Check::Version.not_made(host, why),
        Ok(About { version: None, .. }) => {
            Check::Version.not_made(host, "the server does not tell its version")
        }
        Ok(About {
            version: Some(version),
            ..
        }) => match judge(*version) {
            State::NotMade(why) => Check::Version.not_made(host, why),
            state => Check::Version.finding(host, state, format!("vCenter {version}")),
        },
    }
}

/// Compares the clocks of both sides, each measured against this machine's.
pub(super) fn clocks(
    local: &Side,
    here: &Result<About, String>,
    remote: &Side,
    there: &Result<About, String>,
) -> Finding {
    let clock = |side: &Side, about: &Result<About, String>| match about {
        Ok(about) => about
            .clock
            .ok_or_else(|| format!("{} does not tell its time", side.address)),
        Err(why) => Err(format!("the clock of {} is not known: {why}", side.address)),
    };
    let host = &local.address;
    let (a, b) = match (clock(local, here), clock(remote, there)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(why), _) | (_, Err(why)) => return Check::Clock.not_made(host, why),
    };
    let skew = apart(a, b);
    let state = if skew > LONGEST_SKEW {
        State::Failed
    } else {
        State::Passed
    };
    let evidence = format!(
        "{host} and {} are {} s apart",
        remote.address,
        skew.as_secs()
    );
    Check::Clock.finding(host, state, evidence)
}

fn apart(a: Clock, b: Clock) -> Duration {
    match (a, b) {
        (Clock::Ahead(a), Clock::Ahead(b)) | (Clock::Behind(a), Clock::Behind(b)) => a.abs_diff(b),
        (a, b) => a.skew() + b.skew(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side() -> Side {
        Side {
            address: "vc".parse().unwrap(),
            trust: Trust::System,
            vcenter: None,
        }
    }

    fn about(version: Option<Version>, clock: Option<Clock>) -> Result<About, String> {
        Ok(About { version, clock })
    }

    #[test]
    fn ten_minutes_between_the_sides_are_the_limit() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let judge = |a, b| {
            let (a, b) = (about(None, Some(a)), about(None, Some(b)));
            clocks(&side(), &a, &side(), &b).state
        };
        let (ahead, behind) = (Clock::Ahead, Clock::Behind);
        assert_eq!(judge(ahead(minutes(30)), ahead(minutes(25))), State::Passed);
        assert_eq!(judge(behind(minutes(5)), ahead(minutes(5))), State::Passed);
        assert_eq!(judge(behind(minutes(6)), ahead(minutes(5))), State::Failed);
        let unknown = clocks(&side(), &about(None, None), &side(), &Err("x".into()));
        assert!(matches!(unknown.state, State::NotMade(_)));
    }

    #[test]
    fn versions_outside_of_the_range_fail() {
        for (version, state) in [
            ((6, 5, 0), State::Failed),
            ((6, 7, 0), State::Passed),
            ((9, 0, 2), State::Passed),
            ((9, 1, 0), State::Failed),
        ] {
            let version = Version::new(version.0, version.1, version.2);
            let found = local_version(&side(), &about(Some(version), None));
            assert_eq!(found.state, state, "{version}");
        }
        let remote = |major, minor| {
            let version = Version::new(major, minor, 0);
            remote_version(&side(), &about(Some(version), None)).state
        };
        assert_eq!((remote(5, 5), remote(6, 7)), (State::Failed, State::Passed));
        // Some of these are too old, and they do not tell which.
        assert!(matches!(remote(6, 0), State::NotMade(_)));
        assert!(matches!(remote(6, 5), State::NotMade(_)));
        let unknown = local_version(&side(), &about(None, None));
        assert!(matches!(unknown.state, State::NotMade(_)));
    }
}
