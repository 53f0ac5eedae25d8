//! `vmc link policy`.

use aws_link::{DEFAULT_REGION, Purpose, policy};
use clap::{Args, ValueEnum};

use super::account_number;
use crate::commands::Offline;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  vmc link policy
  vmc link policy --for run --account 123456789012 > policy.json
  aws iam create-policy --policy-name link --policy-document file://policy.json

Prints the smallest IAM policy for the person who does the job: the rights that \
are documented for it, limited to the stack and what it makes wherever AWS lets \
them be. Needs no network and no credentials. Those of 'run' can be taken away \
once the account is linked.";

/// Arguments of `vmc link policy`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Policy {
    /// The job
    #[arg(long = "for", value_name = "JOB", default_value = "run")]
    job: Job,

    /// AWS account (12 digits or ARN) [default: the one the policy is put into]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// AWS region of the stack [default: us-west-2]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Name of the stack [default: any that is named as this program names them]
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Job {
    /// vmc link up, vmc link run
    Run,
    /// vmc link review --change-set
    Review,
    /// vmc link verify
    Verify,
    /// vmc link unlink
    Unlink,
}

impl Policy {
    pub(crate) fn run(&self, offline: &Offline) -> Result<(), Error> {
        offline.asked_format.unwrap_or_default().for_document()?;
        let account = self.account.as_deref().map(account_number).transpose()?;
        let region = self.region.as_deref().unwrap_or(DEFAULT_REGION);
        let region = super::aws_region(region);
        let purpose = match self.job {
            Job::Run => Purpose::Run,
            Job::Review => Purpose::Review,
            Job::Verify => Purpose::Verify,
            Job::Unlink => Purpose::Unlink,
        };
        let stack = self.stack_name.as_deref();
        let document = policy(purpose, account.as_deref(), &region, stack);
        offline.printer().document(document)
    }
}
