//! What can go wrong.

/// A failure, named by how far things got.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] vmc_http::Error),
}
