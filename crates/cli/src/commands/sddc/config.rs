//! What to create: from a file, from flags, or both.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use vmc_api::models::{
    AccountLinkConfig, AccountLinkSddcConfig, AwsSddcConfig, MsftLicensingConfig,
};

use crate::args::Input;
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
        let mut fields = match &self.file {
            Some(file) => parse(file)?,
            None => Map::new(),
        };
        self.override_with_flags(&mut fields);
        fields.entry("provider").or_insert_with(|| json!("AWS"));
        for (field, flag) in [("name", "--name"), ("num_hosts", "--hosts")] {
            if fields
                .get(field)
                .is_none_or(|value| value.is_null() || value == "")
            {
                return Err(Error::usage(format!("what is to be created needs {field}"))
                    .hint(format!("Give {flag}.")));
            }
        }
        serde_json::from_value(Value::Object(fields)).map_err(|error| {
            let place = self
                .file
                .as_ref()
                .map_or_else(|| "the flags".to_owned(), Input::name);
            Error::usage(format!("the configuration from {place} is not usable")).because(error)
        })
    }

    fn override_with_flags(&self, fields: &mut Map<String, Value>) {
        let mut set = |field: &str, value: Option<Value>| {
            if let Some(value) = value.filter(|value| value != "") {
                fields.insert(field.to_owned(), value);
            }
        };
        let text = |value: &Option<String>| value.as_deref().map(Value::from);
        if self.kind == Some(Kind::OneNode) {
            set("num_hosts", Some(json!(1)));
        }
        set("name", text(&self.name));
        set(
            "region",
            self.region.as_deref().map(service_region).map(Value::from),
        );
        set("num_hosts", self.hosts.map(Value::from));
        set("host_instance_type", text(&self.host_type));
        set(
            "sddc_type",
            self.kind.map(|kind| match kind {
                Kind::OneNode => json!("1NODE"),
                Kind::Default => json!("DEFAULT"),
            }),
        );
        set("vpc_cidr", text(&self.vpc_cidr));
        set("vxlan_subnet", text(&self.vxlan_subnet));
        set(
            "skip_creating_vxlan",
            self.skip_creating_vxlan.then_some(json!(true)),
        );
        set("size", text(&self.size));
        set("provider", text(&self.provider));
        set("sso_domain", text(&self.sso_domain));
        set("sddc_template_id", text(&self.sddc_template_id));
        set(
            "deployment_type",
            self.deployment_type.map(|kind| match kind {
                Deployment::SingleAz => json!("SingleAZ"),
                Deployment::MultiAz => json!("MultiAZ"),
            }),
        );
        if self.delay_account_link {
            set(
                "account_link_config",
                Some(json!({"delay_account_link": true})),
            );
        }
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

fn parse(file: &Input) -> Result<Map<String, Value>, Error> {
    let bytes = file.read()?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        Error::usage(format!("{} is not UTF-8 text", file.name())).because(error)
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let value = if file.is_toml(text) {
        toml::from_str::<Value>(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            Error::usage(format!("{}:{line}: {}", file.name(), error.message()))
        })?
    } else {
        serde_json::from_str::<Value>(text).map_err(|error| {
            Error::usage(format!("{}:{}: not valid JSON", file.name(), error.line())).because(error)
        })?
    };
    let Value::Object(fields) = value else {
        return Err(Error::usage(format!(
            "{} must have one object with the fields of an SDDC",
            file.name()
        )));
    };
    refuse_unknown(&fields, text, &file.name())?;
    Ok(fields)
}

/// A misspelt field would be ignored by the service, and an SDDC of another
/// kind created.
fn refuse_unknown(fields: &Map<String, Value>, text: &str, file: &str) -> Result<(), Error> {
    check(fields, AwsSddcConfig::FIELDS, text, file)?;
    if let Some(Value::Object(inner)) = fields.get("account_link_config") {
        check(inner, AccountLinkConfig::FIELDS, text, file)?;
    }
    if let Some(Value::Object(inner)) = fields.get("msft_license_config") {
        check(inner, MsftLicensingConfig::FIELDS, text, file)?;
    }
    if let Some(Value::Array(links)) = fields.get("account_link_sddc_config") {
        for inner in links.iter().filter_map(Value::as_object) {
            check(inner, AccountLinkSddcConfig::FIELDS, text, file)?;
        }
    }
    Ok(())
}

fn check(fields: &Map<String, Value>, known: &[&str], text: &str, file: &str) -> Result<(), Error> {
    let Some(wrong) = fields.keys().find(|key| !known.contains(&key.as_str())) else {
        return Ok(());
    };
    let line = text.find(wrong.as_str()).map_or(1, |at| line_of(text, at));
    Err(
        Error::usage(format!("{file}:{line}: unknown field {wrong:?}"))
            .hint(format!("Known fields: {}.", known.join(", "))),
    )
}

fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

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
