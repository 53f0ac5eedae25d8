//! One file per noun, or per verb where a noun has much to say. The arguments
//! of a command stand beside what it does.

mod account;
mod addon;
mod api;
mod auth;
mod cert;
pub(crate) mod cluster;
mod completion;
mod conn_test;
mod deadlines;
mod dns;
mod doctor;
mod edrs;
mod enablement;
mod explore;
mod help;
mod hlm;
mod host;
mod link;
mod locale;
mod maintenance;
mod org;
mod payment;
mod public_ip;
mod quota;
pub(crate) mod sddc;
mod subnet;
mod subscription;
mod support;
pub(crate) mod task;
mod template;
mod tos;
mod version;

use clap::Subcommand;

use crate::context::{Context, Needs};
use crate::error::Error;
use crate::output::style::Paint;

/// The nouns.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in, and see who you are
    #[command(subcommand)]
    Auth(auth::Command),
    /// Organizations
    #[command(subcommand)]
    Org(org::Command),
    /// Software-defined data centers
    #[command(subcommand)]
    Sddc(sddc::Command),
    /// Clusters of an SDDC
    #[command(subcommand)]
    Cluster(cluster::Command),
    /// Hosts of an SDDC
    #[command(subcommand)]
    Host(host::Command),
    /// Elastic DRS: clusters that grow and shrink by themselves
    #[command(subcommand)]
    Edrs(edrs::Command),
    /// Names of management appliances, and what they resolve to
    #[command(subcommand)]
    Dns(dns::Command),
    /// Tests of the way from an SDDC to the customer's site
    #[command(subcommand)]
    ConnTest(conn_test::Command),
    /// Certificates of vCenters: looked at, verified, pinned
    #[command(subcommand)]
    Cert(cert::Command),
    /// Hybrid Linked Mode: a vCenter on premises linked with the cloud's
    #[command(subcommand)]
    Hlm(hlm::Command),
    /// Tasks: what long operations are followed by
    #[command(subcommand)]
    Task(task::Command),
    /// The link between an organization and an AWS account
    #[command(subcommand)]
    Link(link::Command),
    /// Linked AWS accounts
    #[command(subcommand)]
    Account(account::Command),
    /// Subnets that an SDDC can be linked to
    #[command(subcommand)]
    Subnet(subnet::Command),
    /// Templates: what deleted SDDCs left to make others from
    #[command(subcommand)]
    Template(template::Command),
    /// Add-ons of an SDDC: on or off
    #[command(subcommand)]
    Enablement(enablement::Command),
    /// Credentials that add-ons of an SDDC log in with
    #[command(subcommand)]
    Addon(addon::Command),
    /// Public IPs of SDDCs of old, with NSX-V
    ///
    /// With NSX-T they are NSX's: /cloud-service/api/v1/infra/public-ips of the
    /// SDDC's NSX. The vendor took these calls out of its SDKs.
    #[command(subcommand)]
    PublicIp(public_ip::Command),
    /// Maintenance that is planned, and the windows for it
    #[command(subcommand)]
    Maintenance(maintenance::Command),
    /// Subscriptions, and what is on offer
    #[command(subcommand)]
    Subscription(subscription::Command),
    /// Payment methods
    #[command(subcommand)]
    Payment(payment::Command),
    /// Requests for higher AWS quotas
    #[command(subcommand)]
    Quota(quota::Command),
    /// Terms of service
    #[command(subcommand)]
    Tos(tos::Command),
    /// What support wants to know
    #[command(subcommand)]
    Support(support::Command),
    /// The language of the service's messages
    #[command(subcommand)]
    Locale(locale::Command),
    /// Check the set-up: settings, credentials, network, clocks
    ///
    /// Changes nothing. A check that cannot be made says why, and stops no other.
    Doctor(doctor::Doctor),
    /// List everything that ends, in all organizations of the credential
    Deadlines(deadlines::Deadlines),
    /// Make a raw API call
    Api(api::Api),
    /// List the operations of the API, without a network
    Explore(explore::Explore),
    /// Print a completion script for a shell
    Completion(completion::Completion),
    /// Print the version
    Version(version::Version),
    /// Explain a command or a topic
    Help(help::Help),
}

impl Command {
    /// Runs a command that needs neither settings nor network, if this is one.
    pub(crate) fn run_offline(&self, offline: &Offline) -> Option<Result<(), Error>> {
        match self {
            Self::Completion(command) => Some(command.run()),
            Self::Link(command) => command.run_offline(offline),
            Self::Explore(command) => Some(command.run(offline)),
            Self::Version(command) => Some(command.run(offline)),
            Self::Help(command) => Some(command.run(offline)),
            _ => None,
        }
    }

    /// What the command needs of the settings.
    pub(crate) fn needs(&self) -> Needs {
        match self {
            Self::Auth(auth::Command::Login(_)) => Needs::NewProfile,
            Self::Doctor(_) => Needs::Nothing,
            _ => Needs::Settings,
        }
    }

    /// Runs the command.
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Auth(command) => command.run(context).await,
            Self::Org(command) => command.run(context).await,
            Self::Sddc(command) => command.run(context).await,
            Self::Cluster(command) => command.run(context).await,
            Self::Host(command) => command.run(context).await,
            Self::Edrs(command) => command.run(context).await,
            Self::Dns(command) => command.run(context).await,
            Self::ConnTest(command) => command.run(context).await,
            Self::Cert(command) => command.run(context).await,
            Self::Hlm(command) => command.run(context).await,
            Self::Task(command) => command.run(context).await,
            Self::Link(command) => command.run(context).await,
            Self::Account(command) => command.run(context).await,
            Self::Subnet(command) => command.run(context).await,
            Self::Template(command) => command.run(context).await,
            Self::Enablement(command) => command.run(context).await,
            Self::Addon(command) => command.run(context).await,
            Self::PublicIp(command) => command.run(context).await,
            Self::Maintenance(command) => command.run(context).await,
            Self::Subscription(command) => command.run(context).await,
            Self::Payment(command) => command.run(context).await,
            Self::Quota(command) => command.run(context).await,
            Self::Tos(command) => command.run(context).await,
            Self::Support(command) => command.run(context).await,
            Self::Locale(command) => command.run(context).await,
            Self::Doctor(command) => command.run(context).await,
            Self::Deadlines(command) => command.run(context).await,
            Self::Api(command) => command.run(context).await,
            Self::Completion(_) | Self::Explore(_) | Self::Version(_) | Self::Help(_) => {
                Err(Error::bug("an offline command was run online"))
            }
        }
    }
}

/// What commands without settings know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offline {
    /// The output format, from flag or environment.
    pub(crate) format: crate::output::Format,
    /// The one that the command line asks for.
    pub(crate) asked_format: Option<crate::output::Format>,
    /// Colour of stdout.
    pub(crate) paint: Paint,
    /// Columns of the terminal.
    pub(crate) width: Option<usize>,
}

impl Offline {
    /// Writes results.
    pub(crate) fn printer(&self) -> crate::output::Printer {
        crate::output::Printer {
            format: self.format,
            paint: self.paint,
            width: self.width,
            reveal: false,
        }
    }
}
