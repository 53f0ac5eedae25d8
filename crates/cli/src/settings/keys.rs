//! Every setting there is, with all its names: the one table that look-ups,
//! `config.toml` and `vmc help environment` are made from.

/// A setting and where it may come from.
#[derive(Debug)]
pub(crate) struct Key {
    /// Name in a profile of `config.toml`.
    pub(crate) name: &'static str,
    /// Our environment variables, the preferred one first.
    pub(crate) env: &'static [&'static str],
    /// Variables of other tools that are honoured as well.
    pub(crate) legacy: &'static [&'static str],
    /// What holds when nothing is set.
    pub(crate) default: Option<&'static str>,
    /// For people.
    pub(crate) about: &'static str,
}

impl Key {
    /// The flag of the same meaning.
    pub(crate) fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

macro_rules! keys {
    ($($constant:ident = $name:literal, $env:expr, $legacy:expr, $default:expr, $about:literal;)+) => {
        $(pub(crate) const $constant: Key = Key {
            name: $name, env: &$env, legacy: &$legacy, default: $default, about: $about,
        };)+
        /// All settings, in the order people read them.
        pub(crate) const ALL: &[&Key] = &[$(&$constant),+];
    };
}

keys! {
    ORG = "org", ["VMC_ORG_ID", "VMC_ORG"], ["ORG_ID", "DCLI_ORG_ID"], None,
        "Organization, by id or name";
    SDDC = "sddc", ["VMC_SDDC_ID"], ["DCLI_SDDC_ID"], None,
        "SDDC, by id or name, of commands that work on a part of one";
    VMC_URL = "vmc_url", ["VMC_URL"], ["DCLI_VMC_SERVER"], Some("https://vmc.vmware.com"),
        "Base URL of the VMC API";
    CSP_URL = "csp_url", ["VMC_CSP_URL"], ["CSP_URL", "DCLI_VMC_CSP_URL"], Some("https://console.cloud.vmware.com"),
        "Base URL of VMware Cloud Services (tokens)";
    CA_BUNDLE = "ca_bundle", ["VMC_CA_BUNDLE"], ["DCLI_CACERTS_BUNDLE"], None,
        "PEM file of certificates to trust besides the system's";
    VCENTER = "vcenter", ["VMC_VCENTER_URL"], ["GOVC_URL"], None,
        "vCenter or gateway of 'vmc hlm'";
    VCENTER_USERNAME = "vcenter_username", ["VMC_VCENTER_USERNAME"], ["GOVC_USERNAME"], None,
        "User there, with the domain";
    KNOWN_HOSTS = "known_hosts", [], ["GOVC_TLS_KNOWN_HOSTS"], None,
        "File of pinned certificates, shared with govc";
    AWS_PROFILE = "aws_profile", [], ["AWS_PROFILE"], None,
        "Profile of the AWS configuration";
    OUTPUT = "output", ["VMC_OUTPUT"], [], Some("table"),
        "Output format";
    PROGRESS = "progress", ["VMC_PROGRESS"], [], Some("auto"),
        "How progress is shown on stderr: auto, plain, json or none";
    TIMEOUT = "timeout", ["VMC_TIMEOUT"], [], None,
        "How long to wait for a task, as in 90m; 5h when unset";
    POLL_INTERVAL = "poll_interval", ["VMC_POLL_INTERVAL"], [], None,
        "Fixed time between two looks at a task, as in 15s";
    MAX_ATTEMPTS = "max_attempts", ["VMC_MAX_ATTEMPTS"], [], None,
        "Requests per call at most, the first one included";
    NO_INPUT = "no_input", ["VMC_NO_INPUT"], [], Some("false"),
        "Never ask; fail instead";
}

/// Variables that are no settings of a profile, for the help topic.
pub(crate) const OTHERS: &[(&str, &str)] = &[
    ("VMC_API_TOKEN", "API token of a user (also: API_TOKEN)"),
    (
        "VMC_CLIENT_ID, VMC_CLIENT_SECRET",
        "OAuth app (also: CLIENT_ID, CLIENT_SECRET)",
    ),
    ("VMC_ACCESS_TOKEN", "Access token that somebody else renews"),
    (
        "VMC_ADDON_PASSWORD",
        "Password that 'vmc addon' gives to an add-on",
    ),
    (
        "VMC_VCENTER_PASSWORD",
        "Password at the vCenter or gateway (also: GOVC_PASSWORD)",
    ),
    (
        "VMC_PSC_PASSWORD",
        "Password at the other side of a Hybrid Linked Mode link",
    ),
    (
        "GOVC_TLS_CA_CERTS",
        "PEM files for vCenters, where VMC_CA_BUNDLE is not set",
    ),
    (
        "GOVC_INSECURE",
        "Refused: 'vmc cert pin' is the way to trust a certificate",
    ),
    ("VMC_PROFILE", "Profile to use"),
    (
        "VMC_CONFIG_DIR",
        "Folder of config.toml and credentials.toml",
    ),
    (
        "VMC_NO_TOKEN_CACHE",
        "1: keep no access token between commands",
    ),
    ("VMC_DEBUG", "api: log requests and answers, as --debug"),
    (
        "AWS_*",
        "The AWS credential chain: profiles, keys, SSO, roles, as in any AWS tool",
    ),
    (
        "AWS_ENDPOINT_URL",
        "Address of AWS; with _STS, _CLOUDFORMATION, _IAM, _EC2 … of that alone",
    ),
    (
        "AWS_CA_BUNDLE",
        "PEM file of certificates to trust for AWS, in place of VMC_CA_BUNDLE",
    ),
    ("HTTPS_PROXY, ALL_PROXY, NO_PROXY", "Proxies, as in curl"),
    ("NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, CLICOLOR", "Colour"),
    ("CI", "Set: progress as lines, not as a bar"),
    ("COLUMNS", "Width of tables and help"),
];

/// The key of this name.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    ALL.iter().copied().find(|key| key.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_settings() {
        let mut seen = std::collections::HashSet::new();
        for key in ALL {
            for name in [key.name].iter().chain(key.env).chain(key.legacy) {
                assert!(seen.insert(*name), "{name} is listed twice");
            }
            assert!(!key.about.is_empty());
        }
    }
}
