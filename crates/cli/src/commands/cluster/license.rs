//! `vmc cluster license`.

use clap::{Args, ValueEnum};
use vmc_api::clusters;
use vmc_api::models::{MsftLicensing, MsftLicensingConfig};

use super::{id, known_id, look, name, pick, show_again};
use crate::args::SddcArg;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc cluster license Cluster-1 --sddc my-sddc --windows customer-supplied
  vmc cluster license Cluster-1 --sddc my-sddc --windows enabled \\
      --mssql enabled --dry-run

ENABLED licences are paid for. What is not named stays as it is.";

/// Arguments of `vmc cluster license`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct License {
    /// Cluster, by name or id
    #[arg(value_name = "CLUSTER")]
    target: String,

    #[command(flatten)]
    licences: LicenceArgs,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

/// Flags that describe Microsoft licences.
#[derive(Debug, Args)]
#[command(next_help_heading = "Microsoft licences")]
pub(super) struct LicenceArgs {
    /// Who brings the Windows Server licences
    #[arg(long, value_name = "WHO", ignore_case = true)]
    windows: Option<Licences>,

    /// Who brings the SQL Server licences
    #[arg(long, value_name = "WHO", ignore_case = true)]
    mssql: Option<Licences>,

    /// Whether they are academic ones
    #[arg(long, value_name = "BOOL")]
    academic: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Licences {
    /// The service, for money
    Enabled,
    /// You do
    #[value(alias = "customer_supplied")]
    CustomerSupplied,
    /// Nobody: none are used
    Disabled,
}

impl From<Licences> for MsftLicensing {
    fn from(who: Licences) -> Self {
        match who {
            Licences::Enabled => Self::Enabled,
            Licences::CustomerSupplied => Self::CustomerSupplied,
            Licences::Disabled => Self::Disabled,
        }
    }
}

impl LicenceArgs {
    /// Whether any was named.
    pub(super) fn any(&self) -> bool {
        self.windows.is_some() || self.mssql.is_some() || self.academic.is_some()
    }

    /// What is there, changed as told.
    pub(super) fn over(&self, there: Option<&MsftLicensingConfig>) -> MsftLicensingConfig {
        let mut config = there.cloned().unwrap_or_else(MsftLicensingConfig::new);
        if let Some(who) = self.windows {
            config.windows_licensing = Some(who.into());
        }
        if let Some(who) = self.mssql {
            config.mssql_licensing = Some(who.into());
        }
        config.academic_license = self.academic.or(config.academic_license);
        config
    }
}

impl License {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        if !self.licences.any() {
            return Err(Error::usage("nothing is to be changed")
                .hint("Give --windows, --mssql or --academic."));
        }
        let sddc = resolve::sddc_told(context).await?;
        let cluster = pick(&sddc).one(&self.target)?;
        let config = self.licences.over(cluster.msft_license_config.as_ref());
        let publish = clusters::PublishMsftLicensing::new(
            context.org().await?,
            &sddc.id,
            known_id(cluster)?,
            config,
        );
        let label = format!("Licences of {}", name(cluster));
        Mutation::new(context, "the change of licences", label, look(&sddc))
            .alone_on(&sddc, self.change.while_busy)
            .show(&self.change.task, publish, async |_| {
                show_again(context, &sddc, |now| id(now) == id(cluster)).await
            })
            .await
    }
}
