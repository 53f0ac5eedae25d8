//! How far an organization and an AWS account have come with their link.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Where the standard organization and the standard AWS account stand; see
/// [`Builder::link`](crate::Builder::link). As text: `broken-role`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LinkState {
    /// Nobody has done anything.
    #[default]
    Never,
    /// There is a link request that can still be used.
    Requested,
    /// A stack of its template is being created.
    StackRunning,
    /// The stack failed and stays as it is: `CREATE_FAILED`.
    StackFailed,
    /// The stack failed and was rolled back: `ROLLBACK_COMPLETE`.
    StackRolledBack,
    /// Linked, and everything is right.
    Linked,
    /// Linked, and then somebody took the managed policy from RemoteRole: BROKEN.
    BrokenRole,
    /// Linked, and then somebody deleted the stack: BROKEN.
    StackDeleted,
    /// The account is linked to another organization, by that one's own stack.
    OtherOrg,
    /// Linked and unlinked again; the stack is still there.
    UnlinkedStackLeft,
    /// Linked and unlinked again, and the stack deleted.
    Unlinked,
}

impl LinkState {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Never,
        Self::Requested,
        Self::StackRunning,
        Self::StackFailed,
        Self::StackRolledBack,
        Self::Linked,
        Self::BrokenRole,
        Self::StackDeleted,
        Self::OtherOrg,
        Self::UnlinkedStackLeft,
        Self::Unlinked,
    ];

    /// `never`, `stack-running`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Requested => "requested",
            Self::StackRunning => "stack-running",
            Self::StackFailed => "stack-failed",
            Self::StackRolledBack => "stack-rolled-back",
            Self::Linked => "linked",
            Self::BrokenRole => "broken-role",
            Self::StackDeleted => "stack-deleted",
            Self::OtherOrg => "other-org",
            Self::UnlinkedStackLeft => "unlinked-stack-left",
            Self::Unlinked => "unlinked",
        }
    }
}

impl fmt::Display for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LinkState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("expected one of {names}")
        })
    }
}
