//! What to create: from a file, from flags, or both.

use clap::{Args, ValueEnum};
use serde_json::Value;
use vmc_api::models::{AccountLinkSddcConfig, AwsSddcConfig};

use crate::args::Input;
use crate::body::Draft;
use crate::commands::subnet::service_region;
use crate::context::Context;
use crate::error::Error;
use crate::resolve::account_id;

/// Flags that describe an SDDC.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct ConfigArgs {
    /// JSON or TOML file with the configuration, - for stdin; flags override it
    #[arg(long, value_name = "FILE")]
    file: Option<Input>,

    /// Name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Region, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Number of hosts
    #[arg(long, value_name = "N")]
    hosts: Option<u32>,

    /// Kind of host, as in i4i.metal
    #[arg(long, value_name = "TYPE")]
    host_type: Option<String>,

    /// One host for a limited time, or the normal kind
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Kind>,

    /// Subnet to link with; twice for MultiAZ
    #[arg(long = "subnet", value_name = "SUBNET")]
    subnets: Vec<String>,

    /// Linked AWS account, by id, 12-digit number or ARN [default: the only active one]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// Management network, /16, /20 or /23; cannot be changed later
    #[arg(long, value_name = "CIDR")]
    vpc_cidr: Option<String>,

    /// First compute network
    #[arg(long, value_name = "CIDR")]
    vxlan_subnet: Option<String>,

    /// Create no compute network
    #[arg(long)]
    skip_creating_vxlan: bool,

    /// Size of the management appliances: nsx_small, medium, large, nsx_large
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,

    /// Cloud provider [default: AWS]
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,

    /// SSO domain [default: vmc.local]
    #[arg(long, value_name = "DOMAIN")]
    sso_domain: Option<String>,

    /// In one zone, or stretched over two
    #[arg(long, value_name = "KIND")]
    deployment_type: Option<Deployment>,

    /// Link the AWS account later, within two weeks; one-host SDDCs only
    #[arg(long, conflicts_with_all = ["subnets", "account"])]
    delay_account_link: bool,

    /// Template to take the configuration from
    #[arg(long, value_name = "ID")]
    sddc_template_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    #[value(name = "1node", alias = "1NODE")]
    OneNode,
    #[value(alias = "DEFAULT")]
    Default,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deployment {
    #[value(name = "SingleAZ", aliases = ["single-az", "singleaz", "SINGLE_AZ"])]
    SingleAz,
    #[value(name = "MultiAZ", aliases = ["multi-az", "multiaz", "MULTI_AZ"])]
    MultiAz,
}

impl ConfigArgs {
    /// The configuration as far as it can be known without asking anybody.
    pub(super) fn read(&self) -> Result<AwsSddcConfig, Error> {
        let mut draft = Draft::read::<AwsSddcConfig>("an SDDC", self.file.as_ref())?;
        self.override_with_flags(&mut draft);
        draft.default("provider", "AWS");
        draft.needs(&[("name", "--name"), ("num_hosts", "--hosts")])?;
        draft.finish()
    }

    fn override_with_flags(&self, draft: &mut Draft) {
        let text = |value: &Option<String>| value.as_deref().map(Value::from);
        if self.kind == Some(Kind::OneNode) {
            draft.set("num_hosts", Some(1));
        }
        draft.set("name", text(&self.name));
        draft.set("region", self.region.as_deref().map(service_region));
        draft.set("num_hosts", self.hosts);
        draft.set("host_instance_type", text(&self.host_type));
        let kind = self.kind.map(|kind| match kind {
            Kind::OneNode => "1NODE",
            Kind::Default => "DEFAULT",
        });
        draft.set("sddc_type", kind);
        draft.set("vpc_cidr", text(&self.vpc_cidr));
        draft.set("vxlan_subnet", text(&self.vxlan_subnet));
        let skip = self.skip_creating_vxlan.then_some(true);
        draft.set("skip_creating_vxlan", skip);
        draft.set("size", text(&self.size));
        draft.set("provider", text(&self.provider));
        draft.set("sso_domain", text(&self.sso_domain));
        draft.set("sddc_template_id", text(&self.sddc_template_id));
        let deployment = self.deployment_type.map(|kind| match kind {
            Deployment::SingleAz => "SingleAZ",
            Deployment::MultiAz => "MultiAZ",
        });
        draft.set("deployment_type", deployment);
        let delay = self.delay_account_link.then_some(true);
        draft.set_in("account_link_config", "delay_account_link", delay);
    }

    /// Fills in the linked account, which may have to be looked up.
    pub(super) async fn complete(
        &self,
        mut config: AwsSddcConfig,
        context: &Context,
    ) -> Result<AwsSddcConfig, Error> {
        if self.subnets.is_empty() && self.account.is_none() {
            return Ok(config);
        }
        let mut link = AccountLinkSddcConfig::new();
        link.connected_account_id = Some(account_id(context, self.account.as_deref()).await?);
        if self.subnets.is_empty() {
            // An account on the command line, its subnets in the file.
            let filed = config
                .account_link_sddc_config
                .take()
                .and_then(|links| links.into_iter().next());
            link.customer_subnet_ids = filed.and_then(|filed| filed.customer_subnet_ids);
        } else {
            link.customer_subnet_ids = Some(self.subnets.clone());
        }
        config.account_link_sddc_config = Some(vec![link]);
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use serde_json::json;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: ConfigArgs,
    }

    fn read(arguments: &[&str]) -> Result<Value, String> {
        let line = Line::try_parse_from(["x"].iter().chain(arguments))
            .map_err(|error| error.to_string())?;
        let config = line
            .config
            .read()
            .map_err(|error| format!("{error} {}", error.causes().join(" ")))?;
        Ok(serde_json::to_value(config).unwrap())
    }

    #[test]
    fn flags_alone_make_a_configuration() {
        assert_eq!(
            read(&[
                "--name",
                "lab",
                "--region",
                "us-west-2",
                "--type",
                "1node",
                "--delay-account-link"
            ])
            .unwrap(),
            json!({
                "name": "lab", "provider": "AWS", "num_hosts": 1, "region": "US_WEST_2", "sddc_type": "1NODE",
                "account_link_config": {"delay_account_link": true}
            })
        );
        assert!(
            read(&["--name", "x"])
                .unwrap_err()
                .contains("needs num_hosts")
        );
        assert!(read(&["--hosts", "3"]).unwrap_err().contains("needs name"));
        assert!(
            read(&["--name", "", "--hosts", "3"])
                .unwrap_err()
                .contains("needs name")
        );
    }

    #[test]
    fn a_file_is_read_and_flags_override_it() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let json_file = write(
            "a.json",
            r#"{"name": "filed", "num_hosts": 3, "provider": "ZEROCLOUD"}"#,
        );
        let toml_file = write(
            "a.toml",
            "name = \"filed\"\nnum_hosts = 3\nprovider = \"ZEROCLOUD\"\n",
        );
        // As from stdin, which has no name to tell.
        let nameless = write(
            "config",
            "name = \"filed\"\nnum_hosts = 3\nprovider = \"ZEROCLOUD\"\n",
        );
        for file in [&json_file, &toml_file, &nameless] {
            assert_eq!(
                read(&["--file", file, "--hosts", "4"]).unwrap(),
                json!({"name": "filed", "provider": "ZEROCLOUD", "num_hosts": 4})
            );
        }
        let wrong = write("b.json", "{\n \"name\": \"x\",\n \"num_host\": 3\n}");
        assert!(
            read(&["--file", &wrong])
                .unwrap_err()
                .contains("b.json:3: unknown field \"num_host\"")
        );
        let nested = write(
            "c.json",
            "{\"name\": \"x\", \"num_hosts\": 3,\n\"account_link_config\": {\"delay\": true}}",
        );
        assert!(
            read(&["--file", &nested])
                .unwrap_err()
                .contains("c.json:2: unknown field \"delay\"")
        );
        let broken = write("d.json", "{\n\"name\" 3}");
        assert!(
            read(&["--file", &broken])
                .unwrap_err()
                .contains("d.json:2: not valid JSON")
        );
        let kind = write("e.json", "{\"name\": \"x\", \"num_hosts\": [3]}");
        assert!(read(&["--file", &kind]).unwrap_err().contains("not usable"));
        assert!(
            read(&["--file", "/nonexistent"])
                .unwrap_err()
                .contains("cannot be read")
        );
        assert!(
            read(&["--file", &write("f.json", "[]")])
                .unwrap_err()
                .contains("one object")
        );
    }
}
