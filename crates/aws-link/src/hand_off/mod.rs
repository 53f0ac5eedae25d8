//! The link made by two people: one has the organization, the other the AWS
//! account, and a file goes from the one to the other.

pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod request;
pub(crate) mod run;
pub(crate) mod wait;

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod flow_tests;
