//! `vmc quota`.

use clap::{Args, Subcommand};
use vmc_api::models::{QuotaRequestStatus, RequestDetail, ServiceQuotaRequest};
use vmc_api::service_quotas;

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve::or_see;

/// Verbs of `vmc quota`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the requests for higher AWS quotas, the newest first
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc quota list
  vmc quota list -o json"
    )]
    List(OrgArg),
    /// Show one request
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc quota show 2dd0d2a6-7a9b-4b35-9f3c-0123456789ab"
    )]
    Show(Show),
}

/// Arguments of `vmc quota show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id of the request
    #[arg(value_name = "ID")]
    request: String,

    #[command(flatten)]
    org: OrgArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (org, vmc) = (context.org().await?, context.vmc()?);
        match self {
            Self::List(_) => {
                let mut requests = vmc.send(service_quotas::List::new(org)).await?;
                requests.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
                context.printer()?.list(&requests, &columns())
            }
            Self::Show(show) => {
                let get = service_quotas::Get::new(org, show.request);
                let one = vmc.send(get).await;
                let list = format!("vmc quota list{}", context.resume_flags());
                let one = one.map_err(|error| or_see(error, &list))?;
                context.printer()?.show(&one, &columns())
            }
        }
    }
}

fn columns() -> Vec<Column<ServiceQuotaRequest>> {
    vec![
        Column::new("Id", |request: &ServiceQuotaRequest| {
            Cell::new(request.id.as_str())
        })
        .id(),
        Column::new("Status", |request: &ServiceQuotaRequest| {
            cells::state(
                request
                    .request_status
                    .as_ref()
                    .map(QuotaRequestStatus::as_str),
            )
        }),
        Column::new("Region", |request: &ServiceQuotaRequest| {
            Cell::maybe(request.region.as_deref())
        }),
        Column::new("Account", |request: &ServiceQuotaRequest| {
            Cell::maybe(request.aws_account_number.as_deref())
        })
        .optional(),
        Column::new("Created", |request: &ServiceQuotaRequest| {
            cells::when(request.created.as_ref())
        })
        .optional(),
        Column::new("By", |request: &ServiceQuotaRequest| {
            Cell::maybe(request.requester_email.as_deref())
        })
        .detail(),
        Column::new("Task", |request: &ServiceQuotaRequest| {
            Cell::maybe(request.task_id.as_ref().map(vmc_api::TaskId::as_str))
        })
        .detail(),
        Column::new("Reason", |request: &ServiceQuotaRequest| {
            Cell::maybe(request.reason.as_deref())
        })
        .detail(),
        Column::new("Wanted", |request: &ServiceQuotaRequest| {
            let wanted = request
                .request_details
                .iter()
                .flat_map(|wanted| wanted.iter());
            let lines: Vec<String> = wanted.map(|(name, detail)| line(name, detail)).collect();
            Cell::new(lines.join(", "))
        })
        .wrap(16),
    ]
}

/// `L-1216C47A: 40 SUBMITTED`
fn line(name: &str, detail: &RequestDetail) -> String {
    let mut line = format!("{name}:");
    if let Some(value) = &detail.desired_value {
        line.push_str(&format!(" {value}"));
    }
    if let Some(status) = &detail.detail_status {
        line.push_str(&format!(" {status}"));
    }
    line
}
