//! The synchronization behind a link: a preview of vCenter 6.7 to 8.0.0.

use vmc_http::{Operation as _, id, model, open_enum, operation};

use crate::dialect::{Wrapped, in_both_dialects};
use crate::error::HlmError;
use crate::links::{CredentialsBody, LinkCredentials, LinkId};
use crate::vapi_error::{LocalizableMessage, Reply};
use crate::vcenter::VCenter;

id! {
    /// Something that is synchronized over a link.
    pub struct ProviderId;
}

open_enum! {
    /// How the last synchronization ended.
    pub enum SyncStatus {
        /// It failed; the message says why.
        Failed = "FAILED",
        /// There was none yet.
        NoSyncFound = "NO_SYNC_FOUND",
        /// It succeeded.
        Succeeded = "SUCCEEDED",
    }
}

open_enum! {
    /// What a synchronization is doing.
    pub enum SyncStage {
        /// It writes changes.
        ChangeApplication = "CHANGE_APPLICATION",
        /// It looks for changes.
        ChangeDetection = "CHANGE_DETECTION",
        /// It lists changes.
        ChangeEnumeration = "CHANGE_ENUMERATION",
        /// It is done.
        Completed = "COMPLETED",
        /// It failed.
        Failed = "FAILED",
        /// It waits for its turn.
        Waiting = "WAITING",
    }
}

model! {
    /// A provider as lists show it.
    pub struct SyncProviderSummary {
        required {
            provider: ProviderId,
        }
    }
}

model! {
    /// How the synchronization of a provider is.
    pub struct SyncProviderInfo {
        /// When it was last done.
        last_sync_time: Option<String>,
        /// How that ended.
        status: Option<SyncStatus>,
        /// Seconds between two.
        polling_interval_in_seconds: Option<i64>,
        /// The one under way.
        current_session_info: Option<SyncSession>,
        /// Why the last one failed.
        status_message: Option<LocalizableMessage>,
    }
}

model! {
    /// A synchronization under way.
    pub struct SyncSession {
        /// What it is doing.
        stage: Option<SyncStage>,
        /// Of `total_work`.
        completed_work: Option<i64>,
        /// Steps in all.
        total_work: Option<i64>,
        /// When it ended.
        completion_time: Option<String>,
        /// When it began.
        start_time: Option<String>,
        /// Why it failed.
        exception: Option<LocalizableMessage>,
    }
}

model! {
    /// What came of a remedy. Its shape is known in part only.
    pub struct SyncInfo {
        /// What it says.
        status_message: Option<LocalizableMessage>,
    }
}

in_both_dialects! {
    /// Lists the providers of a link.
    ListProviders "/api/hvc/links/{link}/sync/providers",
    ListProvidersRest "/rest/hvc/links/{link}/sync/providers" =>
    "hvc.links.sync.providers.list", GET, Safe -> Vec<SyncProviderSummary> { path { link: LinkId } }
}

in_both_dialects! {
    /// Shows how the synchronization of a provider is.
    GetProvider "/api/hvc/links/{link}/sync/providers/{provider}",
    GetProviderRest "/rest/hvc/links/{link}/sync/providers/{provider}" =>
    "hvc.links.sync.providers.get", GET, Safe -> SyncProviderInfo {
        path { link: LinkId, provider: ProviderId }
    }
}

operation! {
    /// Starts a synchronization (`POST /api/hvc/links/{link}/sync/providers/{provider}`).
    pub struct StartSync => "hvc.links.sync.providers.start",
        POST "/api/hvc/links/{link}/sync/providers/{provider}", Once -> Reply<vmc_http::Nothing> {
        path { link: LinkId, provider: ProviderId }
        always { "action" = "start" }
    }
}

operation! {
    /// Starts a synchronization (`POST /rest/hvc/links/{link}/sync/providers/{provider}`).
    pub struct StartSyncRest => "hvc.links.sync.providers.start",
        POST "/rest/hvc/links/{link}/sync/providers/{provider}", Once -> Reply<vmc_http::Nothing> {
        path { link: LinkId, provider: ProviderId }
        always { "action" = "start" }
        optional body { credentials: CredentialsBody }
    }
}

in_both_dialects! {
    /// Forgets what was synchronized.
    ResetSync "/api/hvc/links/{link}/sync", ResetSyncRest "/rest/hvc/links/{link}/sync" =>
    "hvc.links.sync.reset", POST, Once {
        path { link: LinkId }
        always { "action" = "reset" }
    }
}

operation! {
    /// Repairs the synchronization (`POST /rest/hvc/links/{link}/sync`).
    pub struct RemediateSyncRest => "hvc.links.sync.remediate",
        POST "/rest/hvc/links/{link}/sync", Once -> Reply<Wrapped<SyncInfo>> {
        path { link: LinkId }
        always { "action" = "remediate" }
        optional body { credentials: CredentialsBody }
    }
}

/// The synchronization behind a link. Newer vCenters than 8.0.0 do not have
/// it: [`HlmError::Removed`].
#[derive(Debug, Clone, Copy)]
pub struct Sync<'a>(pub(crate) &'a VCenter);

impl Sync<'_> {
    /// What is synchronized over a link.
    ///
    /// # Errors
    /// As [`Links::get`](crate::Links::get).
    pub async fn providers(&self, link: &LinkId) -> Result<Vec<SyncProviderSummary>, HlmError> {
        let (api, rest) = (ListProviders::new(link), ListProvidersRest::new(link));
        self.0.call(api, rest, Wrapped::into_value).await
    }

    /// How the synchronization of a provider is.
    ///
    /// # Errors
    /// As [`Sync::providers`].
    pub async fn provider(
        &self,
        link: &LinkId,
        provider: &ProviderId,
    ) -> Result<SyncProviderInfo, HlmError> {
        let api = GetProvider::new(link, provider);
        let rest = GetProviderRest::new(link, provider);
        self.0.call(api, rest, Wrapped::into_value).await
    }

    /// Starts a synchronization. Only the `/rest` dialect takes credentials,
    /// so it is spoken when there are some.
    ///
    /// # Errors
    /// As [`Sync::providers`]; refused while one is under way.
    pub async fn start(
        &self,
        link: &LinkId,
        provider: &ProviderId,
        credentials: Option<LinkCredentials>,
    ) -> Result<(), HlmError> {
        let mut rest = StartSyncRest::new(link, provider);
        if let Some(credentials) = credentials {
            rest = rest.credentials(credentials.into());
            return self.0.call_rest(rest).await.map(drop);
        }
        let api = StartSync::new(link, provider);
        self.0.call(api, rest, |done| done).await.map(drop)
    }

    /// Forgets what was synchronized, so that all of it is done again.
    ///
    /// # Errors
    /// As [`Sync::providers`].
    pub async fn reset(&self, link: &LinkId) -> Result<(), HlmError> {
        let (api, rest) = (ResetSync::new(link), ResetSyncRest::new(link));
        self.0.call(api, rest, |done| done).await.map(drop)
    }

    /// Repairs the synchronization. In the `/rest` dialect only, so it is
    /// spoken whatever the session's is.
    ///
    /// # Errors
    /// As [`Sync::providers`].
    pub async fn remediate(
        &self,
        link: &LinkId,
        credentials: Option<LinkCredentials>,
    ) -> Result<SyncInfo, HlmError> {
        let mut rest = RemediateSyncRest::new(link);
        rest.credentials = credentials.map(CredentialsBody::from);
        self.0.call_rest(rest).await.map(Wrapped::into_value)
    }
}

/// Whether an operation is one of these.
pub(crate) fn is_sync(operation: &str) -> bool {
    let prefix = ListProviders::NAME.trim_end_matches("providers.list");
    operation.starts_with(prefix)
}
