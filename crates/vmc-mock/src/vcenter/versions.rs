//! The versions of the SOAP API, which a vCenter tells everybody: how clients find out which one
//! it is.

use super::{dated, here};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
};

pub(crate) const ID: &str = "vcenter.versions";
pub(crate) const PATH: &str = "/sdk/vimServiceVersions.xml";

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let version = here(call)?.version;
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<namespaces version=\"1.0\">\n \
         <namespace>\n  <name>urn:vim25</name>\n  <version>{version}.0</version>\n \
         </namespace>\n</namespaces>\n"
    );
    Ok(dated(call, Answer::xml(200, text)))
}
