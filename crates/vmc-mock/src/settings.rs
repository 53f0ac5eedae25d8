//! Everything about the simulated services that can be set.

use serde::{Deserialize, Serialize};

/// Behaviour of the simulated services.
///
/// "(guess)" marks behaviour of the real service that nobody has published: the default is a
/// choice, and tests that depend on it should try both.
///
/// Times are in seconds of virtual time unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Refuse unknown query parameters, body fields and values (400) instead of ignoring them.
    pub strict: bool,
    /// The base URL to put into answers (`template_url`, reference links). Not set: the `Host`
    /// header of the request, so that it works through port forwarding too.
    pub public_url: Option<String>,

    /// `expires_in` of access tokens.
    ///
    /// A token lives that long on the *client's* clock: with `--speed 100` it lives a hundred
    /// times longer in virtual time, or a fast world would be a storm of 401s. Advancing the
    /// clock does expire tokens.
    pub access_token_seconds: u64,
    /// Accept the API token in the query string (deprecated, but pyVMC and others send it so).
    /// (guess) whether the real service still does.
    pub api_token_in_query: bool,
    /// Accept the deprecated parameter name `refresh_token`.
    pub refresh_token_name: bool,
    /// `moduleCode` of CSP errors as a number (`true`) or as text; both have been seen.
    pub csp_module_code_is_number: bool,
    /// The times of API token details in seconds (`true`) or milliseconds. (guess)
    pub csp_details_in_seconds: bool,

    /// Status for an organization that the token does not belong to or that does not exist.
    /// Most operations declare 403 and not 404. (guess)
    pub foreign_org_status: u16,
    /// Status for a change refused because the SDDC is busy. Deletion declares 400; for others
    /// 409 is likely. (guess)
    pub busy_status: u16,
    /// Status of `POST sddcs` (202 observed; the Go bindings declare 201).
    pub sddc_create_status: u16,
    /// Status of `DELETE sddcs/{sddc}` (202 observed; the Go bindings declare 200).
    pub sddc_delete_status: u16,
    /// The regions of provider AWS.
    pub regions: Vec<String>,
    /// How long an SDDC takes to create. About two hours have been logged.
    pub sddc_create_seconds: u64,
    /// How long an SDDC takes to delete; less than an hour. (guess)
    pub sddc_delete_seconds: u64,
    /// How long creation takes with provider ZEROCLOUD (creation and deletion: about 100 s).
    pub zerocloud_create_seconds: u64,
    /// How long deletion takes with provider ZEROCLOUD.
    pub zerocloud_delete_seconds: u64,
    /// How long a cluster takes to create. (guess)
    pub cluster_create_seconds: u64,
    /// How long a cluster takes to delete. (guess)
    pub cluster_delete_seconds: u64,
    /// How long hosts take to be added or removed, however many. (guess)
    pub hosts_seconds: u64,
    /// How long a single-host SDDC takes to become a normal one. (guess)
    pub convert_seconds: u64,
    /// Ids of the management VMs whose names can be switched; in a path, case does not matter.
    /// (guess)
    pub management_vms: Vec<String>,
    /// Connectivity tests fail when what they are told contains one of these words.
    pub unreachable: Vec<String>,
    /// Every SDDC is maintained once in so many days, counted from its creation; 0: never. (guess)
    pub maintenance_every_days: u64,
    /// How many hours a maintenance lasts. (guess)
    pub maintenance_hours: u64,
    /// Ids of the terms of service that are signed. (guess)
    pub signed_terms: Vec<String>,
    /// How long a canceled task stays CANCELING. (guess)
    pub cancel_seconds: u64,
    /// The passwords in an SDDC's `resource_config`: easy to search for in logs.
    pub canary: String,

    /// How long a link request can be used, on the client's clock like access tokens. (guess)
    pub link_request_seconds: u64,
    /// How long short tasks take: subnets, zones, names, addresses, tests, policies. (guess)
    pub short_task_seconds: u64,
    /// Where link templates seem to be, for clients that check the host of `template_url`, such as
    /// `https://bucket.s3.us-west-2.amazonaws.com`. Not set: below the base URL, where they can
    /// really be read. CloudFormation finds them either way.
    pub template_base: Option<String>,
    /// The region the link template must run in; empty: any. Two texts say us-west-2 is required,
    /// the vendor's manual says other regions work.
    pub link_stack_region: String,
    /// How many stacks, events, resources or changes CloudFormation puts on a page.
    pub stack_page_size: usize,
    /// How long CloudFormation takes to detect drift.
    pub drift_detection_seconds: u64,
    /// How long CloudFormation takes to find out what a change set would change.
    pub change_set_seconds: u64,
    /// The service notices at once when a role of a linked account is deleted, or has lost the
    /// trust or the managed policy it needs, and that it is right again: the account is BROKEN
    /// meanwhile. Off: the account stays as it is, and clients have to find out. (guess)
    pub broken_roles_noticed: bool,
    /// List deleted connected accounts too. (guess)
    pub list_deleted_accounts: bool,

    /// How long a vCenter session lasts without being used, on the client's clock. (guess)
    pub vcenter_session_idle_seconds: u64,
    /// How long a vCenter session lasts however often it is used. (guess)
    pub vcenter_session_seconds: u64,
    /// How many sessions a user of a vCenter can have; the next login is answered 503.
    pub vcenter_sessions_per_user: usize,
    /// After how many wrong passwords a vCenter locks the user (the default of its single
    /// sign-on is 5); 0 never.
    pub vcenter_lock_after: u32,
    /// How long such a user stays locked.
    pub vcenter_lock_seconds: u64,
    /// Tell the owner of a locked account so. The documentation says that logins are refused
    /// without details.
    pub vcenter_names_locked_accounts: bool,
    /// The 401 of a vCenter has no body, as some servers in front of one answer.
    pub vcenter_empty_401: bool,
    /// Status of `UNVERIFIED_PEER`; one text says 400, the bindings none. (guess)
    pub vcenter_unverified_peer_status: u16,
    /// `UNVERIFIED_PEER` carries what the peer showed: its SHA-1 thumbprint, from 9.0 on its
    /// SHA-256 thumbprint and certificate. (guess)
    pub vcenter_unverified_peer_data: bool,
    /// The kind of error for a link whose password is wrong at the other end. (guess)
    pub vcenter_link_credentials_error: String,
    /// Unlinking from the vCenter of an SDDC needs credentials, which its type calls optional.
    pub vcenter_unlink_needs_credentials: bool,
    /// How long a synchronization takes. (guess)
    pub vcenter_sync_seconds: u64,

    /// How many requests the journal keeps; older ones are dropped, the counts stay.
    pub journal_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let regions = [
            "US_WEST_2",
            "US_EAST_1",
            "US_EAST_2",
            "US_WEST_1",
            "CA_CENTRAL_1",
            "EU_CENTRAL_1",
            "EU_WEST_1",
            "EU_WEST_2",
            "AP_NORTHEAST_1",
            "AP_SOUTH_1",
            "AP_SOUTHEAST_1",
            "AP_SOUTHEAST_2",
        ];
        Self {
            strict: true,
            public_url: None,
            access_token_seconds: 1799,
            api_token_in_query: true,
            refresh_token_name: true,
            csp_module_code_is_number: false,
            csp_details_in_seconds: true,
            foreign_org_status: 403,
            busy_status: 400,
            sddc_create_status: 202,
            sddc_delete_status: 202,
            regions: regions.map(String::from).to_vec(),
            sddc_create_seconds: 121 * 60,
            sddc_delete_seconds: 45 * 60,
            zerocloud_create_seconds: 60,
            zerocloud_delete_seconds: 40,
            cluster_create_seconds: 30 * 60,
            cluster_delete_seconds: 15 * 60,
            hosts_seconds: 15 * 60,
            convert_seconds: 45 * 60,
            management_vms: ["vcenter", "nsx", "hcx", "srm", "vr"]
                .map(String::from)
                .to_vec(),
            unreachable: vec!["unreachable".into()],
            maintenance_every_days: 90,
            maintenance_hours: 6,
            signed_terms: vec!["vmc-terms-of-service".into()],
            cancel_seconds: 60,
            canary: "CANARY".into(),
            link_request_seconds: 3600,
            short_task_seconds: 20,
            template_base: None,
            link_stack_region: String::new(),
            stack_page_size: 100,
            drift_detection_seconds: 5,
            change_set_seconds: 3,
            broken_roles_noticed: true,
            list_deleted_accounts: false,
            vcenter_session_idle_seconds: 300,
            vcenter_session_seconds: 48 * 3600,
            vcenter_sessions_per_user: 550,
            vcenter_lock_after: 5,
            vcenter_lock_seconds: 300,
            vcenter_names_locked_accounts: false,
            vcenter_empty_401: false,
            vcenter_unverified_peer_status: 400,
            vcenter_unverified_peer_data: true,
            vcenter_link_credentials_error: "INVALID_ARGUMENT".into(),
            vcenter_unlink_needs_credentials: true,
            vcenter_sync_seconds: 60,
            journal_limit: 100_000,
        }
    }
}
