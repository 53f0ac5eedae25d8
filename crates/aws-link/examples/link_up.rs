//! Links the organization in `VMC_ORG_ID` with the access token in `VMC_ACCESS_TOKEN` and AWS's default credentials,
//! telling what happens: `cargo run -p aws-link --example link_up`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example talks to its terminal"
)]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_link::{Aws, AwsSettings, FileJournal, LinkUp, LinkUpItem, LinkUpOutcome, Pace};
use futures_util::StreamExt;
use vmc_api::models::AwsCompatibleSubnets;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = std::env::var("VMC_ACCESS_TOKEN")?;
    let url = std::env::var("VMC_URL").unwrap_or_else(|_| vmc_api::DEFAULT_URL.into());
    let vmc = vmc_api::Client::builder(url)
        .credentials(Arc::new(vmc_http::Fixed::new(token)))
        .build()?;
    let aws = Aws::new(AwsSettings::from_env()?);
    let link = LinkUp::new(&vmc, &aws, std::env::var("VMC_ORG_ID")?)
        .journal(FileJournal::new(std::env::temp_dir().join("links")))
        .pace(Pace {
            interval: Duration::from_secs(2),
            ..Pace::default()
        })
        .sddc_region("US_WEST_2");
    let mut events = link.events();
    while let Some(item) = events.next().await {
        match item {
            Ok(LinkUpItem::Event(event)) => eprintln!("{event:?}"),
            Ok(LinkUpItem::Done(LinkUpOutcome::Linked(linked))) => {
                println!(
                    "{} {}",
                    linked.account.id,
                    if linked.already { "already" } else { "now" }
                );
                for (vpc, subnet) in linked
                    .subnets
                    .iter()
                    .flat_map(AwsCompatibleSubnets::subnets)
                {
                    println!(
                        "{:?} {:?} {:?}",
                        vpc.vpc_id, subnet.subnet_id, subnet.compatible
                    );
                }
            }
            Ok(other) => println!("{other:?}"),
            Err(error) => {
                eprintln!("{error}");
                eprintln!("{}", error.hint().unwrap_or_default());
                return Err(error.into());
            }
        }
    }
    Ok(())
}
