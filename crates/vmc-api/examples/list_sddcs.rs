//! Lists the SDDCs of every organization that a token can see.
//!
//! ```sh
//! VMC_ACCESS_TOKEN=... cargo run -p vmc-api --example list_sddcs
//! ```
//! `VMC_URL` names another service, such as a simulator.

use std::sync::Arc;

use vmc_api::{Client, DEFAULT_URL, orgs, sddcs};
use vmc_http::Fixed;

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout, reason = "an example shows its result")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = std::env::var("VMC_ACCESS_TOKEN")?;
    let url = std::env::var("VMC_URL").unwrap_or_else(|_| DEFAULT_URL.to_owned());
    let client = Client::builder(url)
        .credentials(Arc::new(Fixed::new(token)))
        .build()?;
    for org in client.send(orgs::List::new()).await? {
        for sddc in client.send(sddcs::List::new(&org.id)).await? {
            let name = sddc.name.as_deref().unwrap_or("(no name)");
            let state = sddc.sddc_state.as_ref().map_or("?", |state| state.as_str());
            println!("{}\t{name}\t{}\t{state}", org.label(), sddc.id);
        }
    }
    Ok(())
}
