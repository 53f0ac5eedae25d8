//! `vmc edrs`: Elastic DRS, which adds and removes hosts by itself.

use clap::{Args, Subcommand};
use serde::Serialize;
use vmc_api::models::{
    Cluster, EdrsClusterInfo, EdrsPolicy, EdrsPolicyOptionsOverrides, EdrsPolicySpec,
    EdrsPolicyType, Sddc,
};
use vmc_api::{ClusterId, Int, edrs};

use super::cluster::{clusters, known_id, name, pick};
use crate::args::SddcArg;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{Mutation, TaskArgs};
use crate::output::{Cell, Column, cells};
use crate::resolve;

/// Verbs of `vmc edrs`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the policies of an SDDC's clusters
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc edrs list --sddc my-sddc
  vmc edrs list --sddc my-sddc -o json"
    )]
    List(List),
    /// Show the policy of a cluster
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc edrs show Cluster-1 --sddc my-sddc
  vmc edrs show Cluster-1 --sddc my-sddc --choices"
    )]
    Show(Show),
    /// Change the policy of a cluster
    ///
    /// What is not named stays as it is.
    #[command(after_help = "\
Examples:
  vmc edrs set Cluster-1 --sddc my-sddc --enable --policy cost --min-hosts 3 \\
      --max-hosts 8
  vmc edrs set Cluster-1 --sddc my-sddc --max-hosts 12 --dry-run
  vmc edrs set Cluster-1 --sddc my-sddc --disable

Hosts that it adds are paid for.")]
    Set(Set),
}

/// Arguments of `vmc edrs list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    sddc: SddcArg,
}

/// Arguments of `vmc edrs show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Cluster, by name or id
    #[arg(value_name = "CLUSTER")]
    target: String,

    /// Show which policies the cluster can have, and their limits
    #[arg(long)]
    choices: bool,

    #[command(flatten)]
    sddc: SddcArg,
}

/// Arguments of `vmc edrs set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Cluster, by name or id
    #[arg(value_name = "CLUSTER")]
    target: String,

    #[command(flatten)]
    policy: PolicyArgs,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    task: TaskArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
struct PolicyArgs {
    /// Let it add and remove hosts
    #[arg(long, conflicts_with = "disable")]
    enable: bool,

    /// Let it be
    #[arg(long)]
    disable: bool,

    /// Kind: cost, performance, storage-scaleup or rapid-scaleup
    #[arg(long, value_name = "KIND")]
    policy: Option<String>,

    /// Hosts that always stay
    #[arg(long, value_name = "N")]
    min_hosts: Option<u32>,

    /// Hosts at most
    #[arg(long, value_name = "N")]
    max_hosts: Option<u32>,

    /// Hosts that are added at a time; rapid-scaleup only
    #[arg(long, value_name = "N")]
    increment: Option<u32>,
}

impl PolicyArgs {
    fn any(&self) -> bool {
        self.enable
            || self.disable
            || self.policy.is_some()
            || self.min_hosts.is_some()
            || self.max_hosts.is_some()
            || self.increment.is_some()
    }

    /// What is there, changed as told.
    fn over(&self, there: &EdrsPolicy) -> EdrsPolicy {
        let number = |number: Option<u32>| number.map(|number| i64::from(number).into());
        let mut policy = there.clone();
        if self.enable || self.disable {
            policy.enable_edrs = Some(self.enable);
        }
        if let Some(kind) = &self.policy {
            policy.policy_type = Some(kind.as_str().into());
        }
        policy.min_hosts = number(self.min_hosts).or(policy.min_hosts);
        policy.max_hosts = number(self.max_hosts).or(policy.max_hosts);
        if self.increment.is_some() {
            policy
                .edrs_policy_options_overrides
                .get_or_insert_with(EdrsPolicyOptionsOverrides::new)
                .scale_up_host_increment = number(self.increment);
        }
        policy
    }
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(_) => list(context).await,
            Self::Show(command) => command.run(context).await,
            Self::Set(command) => command.run(context).await,
        }
    }
}

/// A cluster's policy as it is shown: with the cluster's name.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    info: EdrsClusterInfo,
    cluster_name: Option<String>,
}

async fn list(context: &Context) -> Result<(), Error> {
    let sddc = resolve::sddc_told(context).await?;
    let ask = edrs::OfSddc::new(context.org().await?, &sddc.id);
    let infos = context.vmc()?.send(ask).await?;
    let mut rows: Vec<Row> = infos.into_iter().map(|info| row(&sddc, info)).collect();
    rows.sort_by(|a, b| a.cluster_name.cmp(&b.cluster_name));
    context.printer()?.list(&rows, &columns())
}

fn row(sddc: &Sddc, info: EdrsClusterInfo) -> Row {
    let of = clusters(sddc)
        .iter()
        .find(|cluster| cluster.cluster_id == info.cluster_id);
    Row {
        cluster_name: of.and_then(|cluster| cluster.cluster_name.clone()),
        info,
    }
}

impl Show {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc_told(context).await?;
        let cluster = pick(&sddc).one(&self.target)?;
        if !self.choices {
            return show(context, &sddc, cluster).await;
        }
        let org = context.org().await?;
        let ask = edrs::ProvisioningSpec::new(org, &sddc.id, known_id(cluster)?);
        let spec = context.vmc()?.send(ask).await?;
        let policies = spec.policies.as_deref().unwrap_or_default();
        context.printer()?.rows(&spec, policies, &choice_columns())
    }
}

/// Shows a cluster's policy as it is now.
async fn show(context: &Context, sddc: &Sddc, cluster: &Cluster) -> Result<(), Error> {
    let policy = read(context, sddc, cluster).await?;
    let mut info = EdrsClusterInfo::new();
    info.cluster_id.clone_from(&cluster.cluster_id);
    info.edrs_policy = Some(policy);
    context.printer()?.show(&row(sddc, info), &columns())
}

async fn read(context: &Context, sddc: &Sddc, cluster: &Cluster) -> Result<EdrsPolicy, Error> {
    let get = edrs::Get::new(context.org().await?, &sddc.id, known_id(cluster)?);
    Ok(context.vmc()?.send(get).await?)
}

impl Set {
    async fn run(self, context: &Context) -> Result<(), Error> {
        if !self.policy.any() {
            return Err(Error::usage("nothing is to be changed").hint(
                "Give --enable, --disable, --policy, --min-hosts, --max-hosts or --increment.",
            ));
        }
        let sddc = resolve::sddc_told(context).await?;
        let cluster = pick(&sddc).one(&self.target)?;
        let there = read(context, &sddc, cluster).await?;
        let policy = self.policy.over(&there);
        if policy.enable_edrs.is_none() {
            return Err(
                Error::usage("the service does not say whether the policy is enabled")
                    .hint("Give --enable or --disable."),
            );
        }
        if policy == there && !self.task.dry_run.dry_run {
            context.say("The policy is like that already. Nothing to do.");
            return show(context, &sddc, cluster).await;
        }
        let id = known_id(cluster)?;
        let set = edrs::Set::new(context.org().await?, &sddc.id, id, policy);
        let look = format!("vmc edrs show {id} --sddc {}", sddc.id);
        let label = format!("EDRS of {}", name(cluster));
        Mutation::new(context, "the new policy", label, look)
            .show(&self.task, set, async |_| {
                show(context, &sddc, cluster).await
            })
            .await
    }
}

/// How policies are shown.
fn columns() -> Vec<Column<Row>> {
    fn policy(row: &Row) -> Option<&EdrsPolicy> {
        row.info.edrs_policy.as_ref()
    }
    vec![
        Column::new("Cluster", |row: &Row| {
            Cell::maybe(row.cluster_name.as_deref())
        })
        .shorten(9),
        Column::new("Id", |row: &Row| {
            Cell::maybe(row.info.cluster_id.as_ref().map(ClusterId::as_str))
        })
        .id(),
        Column::new("Enabled", |row: &Row| {
            cells::yes(policy(row).and_then(|policy| policy.enable_edrs))
        }),
        Column::new("Policy", |row: &Row| {
            let kind = policy(row).and_then(|policy| policy.policy_type.as_ref());
            Cell::maybe(kind.map(EdrsPolicyType::as_str))
        }),
        Column::new("Hosts", |row: &Row| {
            range(policy(row).map_or([None, None], |policy| [policy.min_hosts, policy.max_hosts]))
        }),
        Column::new("Increment", |row: &Row| {
            let finer =
                policy(row).and_then(|policy| policy.edrs_policy_options_overrides.as_ref());
            range([finer.and_then(|finer| finer.scale_up_host_increment)])
        })
        .detail(),
        Column::new("Status", |row: &Row| {
            Cell::maybe(row.info.status_message.as_deref())
        })
        .optional(),
    ]
}

/// How the policies are shown that a cluster can have.
fn choice_columns() -> Vec<Column<EdrsPolicySpec>> {
    type Spec = EdrsPolicySpec;
    fn each(bounds: Option<&Vec<Int>>) -> impl Iterator<Item = Option<Int>> {
        bounds.into_iter().flatten().copied().map(Some)
    }
    vec![
        Column::new("Policy", |spec: &Spec| {
            Cell::maybe(spec.policy_type.as_ref().map(EdrsPolicyType::as_str))
        })
        .id(),
        Column::new("Eligible", |spec: &Spec| {
            cells::yes(spec.cluster_eligible_for_policy)
        }),
        Column::new("Configurable", |spec: &Spec| cells::yes(spec.configurable)),
        Column::new("Hosts", |spec: &Spec| {
            range(each(spec.min_max_host_range.as_ref()))
        }),
        Column::new("Increment", |spec: &Spec| {
            range(each(spec.scaleup_host_increment_range.as_ref()))
        }),
    ]
}

/// The least and the most, as `2-16`.
fn range(bounds: impl IntoIterator<Item = Option<Int>>) -> Cell {
    let bounds: Vec<Option<Int>> = bounds.into_iter().collect();
    if bounds.iter().all(Option::is_none) {
        return Cell::default();
    }
    let word =
        |bound: &Option<Int>| bound.map_or_else(String::new, |bound| bound.get().to_string());
    Cell::new(bounds.iter().map(word).collect::<Vec<_>>().join("-"))
}
