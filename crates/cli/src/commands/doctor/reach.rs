//! Every server: the way to it, its certificate, its clock.

use std::time::{Duration, Instant, SystemTime};

use vmc_http::http::Method;
use vmc_http::{Answer, Call, Client, Clock, Deadlines, Retries, Target, Transport};

use super::setup::wrong;
use crate::commands::hlm::here::located;
use crate::context::{Context, USER_AGENT, shell_word};
use crate::error::{Error, Service, What};
use crate::exit::Class;
use crate::findings::{Finding, cause, words};
use crate::progress::short;
use crate::settings::keys;
use crate::trust;

/// Nobody waits for long for a server that does not answer.
pub(super) const LIMITS: Deadlines = Deadlines {
    attempt: Duration::from_secs(6),
    overall: Duration::from_secs(8),
};

/// A clock that is further off is worth a warning.
const ODD: Duration = Duration::from_secs(60);

/// AWS takes no signature that is older; links of Hybrid Linked Mode bear ten
/// minutes.
const TOO_FAR: Duration = Duration::from_secs(5 * 60);

/// A server to look at.
pub(super) struct Server<'a> {
    /// What people call it.
    pub(super) on: &'a str,
    /// Base address.
    pub(super) url: String,
    /// What is asked for, without a login.
    pub(super) path: &'a str,
    /// Whether a web page there is a sign that something is in the way.
    pub(super) api: bool,
    pub(super) service: Service,
    /// Who vouches for its certificate.
    pub(super) judge: String,
    /// The command that mends its certificate.
    pub(super) fix: Option<String>,
}

/// The token service and the VMC API.
pub(super) async fn services(context: &Context) -> Vec<Finding> {
    let judge = match context.settings().text(&keys::CA_BUNDLE) {
        Some(_) => "the system or the CA bundle",
        None => "the system",
    };
    let server = |on, key, path, service| Server {
        on,
        url: context.url(key),
        path,
        api: true,
        service,
        judge: judge.to_owned(),
        fix: None,
    };
    let orgs = "/csp/gateway/am/api/loggedin/user/orgs";
    let csp = server("CSP", &keys::CSP_URL, orgs, Service::Csp);
    let vmc = server("VMC API", &keys::VMC_URL, "/vmc/api/orgs", Service::Vmc);
    let transport = || context.transport().cloned();
    let (csp, vmc) = tokio::join!(csp.look(transport()), vmc.look(transport()));
    [csp, vmc].concat()
}

/// The vCenter that is set, if any.
pub(super) async fn vcenter(context: &Context) -> Vec<Finding> {
    let Some(found) = context.settings().text(&keys::VCENTER) else {
        return Vec::new();
    };
    let address = match located(&found) {
        Ok((address, ..)) => address,
        Err(error) => {
            let finding = Finding::failed("reachable", "vCenter", words(&error));
            return vec![wrong(finding, &error)];
        }
    };
    let trust = trust::of(context, &address, None);
    let judge = match &trust {
        Ok(vcenter_hlm::Trust::Pinned(_)) => "its pin",
        Ok(vcenter_hlm::Trust::Bundle(_)) => "the system or the CA bundle",
        _ => "the system",
    };
    let transport = trust.and_then(|trust| {
        let builder = Transport::builder().user_agent(USER_AGENT);
        Ok(trust.apply(builder)?.build())
    });
    let server = Server {
        on: "vCenter",
        url: address.url(),
        path: "/sdk/vimServiceVersions.xml",
        api: true,
        service: Service::VCenter,
        judge: judge.to_owned(),
        fix: Some(format!(
            "vmc cert show {}",
            shell_word(&address.to_string())
        )),
    };
    server.look(transport).await
}

impl Server<'_> {
    /// Asks it once. Every finding there can be is there, made or not.
    pub(super) async fn look(&self, transport: Result<Transport, Error>) -> Vec<Finding> {
        let client = transport.and_then(|transport| {
            let client = Client::builder(&self.url).transport(&transport);
            Ok(client.retries(Retries::none()).deadlines(LIMITS).build()?)
        });
        let client = match client {
            Ok(client) => client,
            Err(error) => {
                let finding = Finding::failed("reachable", self.on, words(&error)).on(self.on);
                return self.with_rest(wrong(finding, &error), "nothing was sent");
            }
        };
        let target = client.origin().to_owned();
        let call = Call::raw(Method::GET, Target::verbatim(self.path)).anonymous();
        let (sent, started) = (SystemTime::now(), Instant::now());
        let result = client.execute(call).await;
        let took = started.elapsed();
        let error = match result {
            Ok(answer) => return self.answered(&target, &answer, sent, took),
            Err(error) => error,
        };
        if let Some(answer) = error.answer() {
            return self.answered(&target, answer, sent, took);
        }
        let error: Error = What::Call(self.service, error).into();
        if Class::of(&error) == Some(Class::Certificate) {
            return self.untrusted(&target, &error).await;
        }
        let evidence = format!("{}; {}", cause(&error), self.way());
        let finding = Finding::failed("reachable", target, evidence).on(self.on);
        self.with_rest(wrong(finding, &error), "the server was not reached")
    }

    /// How requests get there.
    fn way(&self) -> String {
        match vmc_http::proxy_for(&self.url) {
            Some(proxy) => format!("through the proxy {proxy}"),
            None => "without a proxy".to_owned(),
        }
    }

    fn answered(
        &self,
        target: &str,
        answer: &Answer,
        sent: SystemTime,
        took: Duration,
    ) -> Vec<Finding> {
        let status = answer.status.as_u16();
        let evidence = format!(
            "it answers ({status}, after {} ms), {}",
            took.as_millis(),
            self.way()
        );
        let page =
            answer.status.is_redirection() || (answer.status.is_success() && answer.is_html());
        let reached = match (self.api && page, answer.status.is_server_error()) {
            (true, _) => Finding::warned("reachable", target, evidence).advice(
                "That is no API: check the base URL, and whether a proxy or login page is in the way.",
            ),
            (_, true) => Finding::warned("reachable", target, evidence)
                .advice("The service has trouble of its own; try again later."),
            _ => Finding::passed("reachable", target, evidence),
        };
        let certificate = match self.is_tls() {
            true => Finding::passed(
                "certificate",
                target,
                format!("vouched for by {}", self.judge),
            ),
            false => Finding::passed("certificate", target, "none: plain HTTP, on this machine"),
        };
        let clock = match Clock::of(answer, sent + took / 2) {
            Some(clock) => judged(target, clock),
            None => Finding::not_made("clock", target, "the answer has no readable date"),
        };
        [reached, certificate, clock]
            .map(|finding| finding.on(self.on))
            .to_vec()
    }

    /// Its certificate was not accepted, so nothing was sent.
    async fn untrusted(&self, target: &str, error: &Error) -> Vec<Finding> {
        let mut evidence = format!("{}; judged by {}", cause(error), self.judge);
        if let Some(issuer) = self.issuer().await {
            evidence.push_str(&format!("; it was issued by {issuer}"));
        }
        let finding = Finding::failed("certificate", target, evidence).on(self.on);
        let finding = wrong(finding, error);
        let finding = match &self.fix {
            Some(command) => finding.fix(command),
            None => finding,
        };
        let why = "its certificate was not accepted, so nothing was sent";
        let not_made = |id| Finding::not_made(id, target, why).on(self.on);
        vec![not_made("reachable"), finding, not_made("clock")]
    }

    /// Who has issued what it presents. Behind a proxy it cannot be looked at.
    async fn issuer(&self) -> Option<String> {
        if vmc_http::proxy_for(&self.url).is_some() {
            return None;
        }
        let address = trust::address(&self.url).ok()?;
        let chain = tokio::time::timeout(LIMITS.attempt, trust::fetch(&address));
        Some(chain.await.ok()?.ok()?.leaf().issuer().to_owned())
    }

    fn is_tls(&self) -> bool {
        self.url.starts_with("https://")
    }

    fn with_rest(&self, finding: Finding, why: &str) -> Vec<Finding> {
        let target = finding.target.clone();
        let not_made = |id| Finding::not_made(id, &target, why).on(self.on);
        vec![finding, not_made("certificate"), not_made("clock")]
    }
}

fn judged(target: &str, clock: Clock) -> Finding {
    let off = short(clock.skew());
    let evidence = match clock {
        _ if clock.skew() < Duration::from_secs(2) => "it agrees with this machine's".to_owned(),
        Clock::Ahead(_) => format!("this machine is {off} behind it"),
        Clock::Behind(_) => format!("this machine is {off} ahead of it"),
    };
    let advice = "Set this machine's clock by NTP: AWS refuses signatures that are 5 minutes \
                  off, Hybrid Linked Mode links at 10.";
    match clock.skew() {
        skew if skew >= TOO_FAR => Finding::failed("clock", target, evidence).advice(advice),
        skew if skew > ODD => Finding::warned("clock", target, evidence).advice(advice),
        _ => Finding::passed("clock", target, evidence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::State;

    #[test]
    fn clocks_are_judged_by_the_strictest_of_their_users() {
        let state = |seconds| {
            let skew = Duration::from_secs(seconds);
            let [ahead, behind] =
                [Clock::Ahead(skew), Clock::Behind(skew)].map(|clock| judged("x", clock).state);
            assert_eq!(ahead, behind);
            ahead
        };
        assert_eq!(state(60), State::Passed);
        assert_eq!(state(61), State::Warned);
        assert_eq!(state(299), State::Warned);
        assert_eq!(state(300), State::Failed);
    }
}
