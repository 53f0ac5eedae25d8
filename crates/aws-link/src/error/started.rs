//! What goes on at AWS and VMware Cloud without us.

/// What goes on at AWS and VMware Cloud without us.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Started {
    /// What for.
    pub work: Work,
    /// The link that is being taken away, by the service's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_account: Option<String>,
    /// ARN of the stack, or its name while the answer to its creation is not in.
    pub stack: Option<String>,
    /// The last request was taken: by CloudFormation where there is a stack, else
    /// by VMware Cloud. While it was not, nobody can say whether anything goes on.
    pub accepted: bool,
    /// The region of the stack.
    pub region: Option<String>,
    /// VMware Cloud's task that tracks the link request.
    pub tracking_task: Option<String>,
}

/// What is being done to a link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Work {
    /// It is being made.
    #[default]
    Linking,
    /// It is being taken away.
    Unlinking,
    /// A stack that is in its way is being deleted.
    Replacing,
}

impl std::fmt::Display for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Linking => "linking",
            Self::Unlinking => "unlinking",
            Self::Replacing => "deleting the stack that is in the way",
        })
    }
}

impl Started {
    /// What goes on, in half a sentence.
    pub(super) fn goes_on(&self) -> &'static str {
        match (self.work, &self.stack, self.accepted) {
            (Work::Linking, ..) => "the link is being made, but it cannot be watched",
            (Work::Replacing, _, true) => {
                "the stack that is in the way is being deleted, but that cannot be watched"
            }
            (Work::Replacing, _, false) => {
                "it is not known whether the stack that is in the way is being deleted"
            }
            (Work::Unlinking, Some(_), true) => {
                "the account is unlinked and its stack is being deleted, but that cannot be watched"
            }
            (Work::Unlinking, Some(_), false) => {
                "the account is unlinked; it is not known whether its stack is being deleted"
            }
            (Work::Unlinking, None, true) => {
                "VMware Cloud has taken the unlinking, but the rest is not done yet"
            }
            (Work::Unlinking, None, false) => "it is not known whether the account is unlinked",
        }
    }
}
