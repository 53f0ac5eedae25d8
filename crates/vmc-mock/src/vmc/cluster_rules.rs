//! How many hosts a cluster may have, and which cluster is meant.

use super::{error, sddc_document::deployment, sddc_rules};
use crate::{
    answer::Answer,
    cidr::Cidr,
    handler::Call,
    world::{Cluster, Estate, Sddc},
};

/// Refuses what does not fit: `cluster` with this many hosts of this type, `total` in the SDDC.
pub(crate) fn check_size(
    call: &Call<'_>,
    sddc: &Sddc,
    instance_type: &str,
    hosts: u64,
    total: u64,
) -> Result<(), Answer> {
    let bad = |text: &str| Err(error(call, 400, text));
    if hosts < 2 {
        return bad("A cluster has at least 2 hosts.");
    }
    if hosts > 16 {
        return bad("A cluster has at most 16 hosts.");
    }
    if is_multi(sddc) && !hosts.is_multiple_of(2) {
        return bad("A cluster of a MultiAZ SDDC has an even number of hosts.");
    }
    if instance_type == "i3en.metal" && hosts < 3 {
        return bad("i3en.metal needs at least 3 hosts.");
    }
    let network = sddc.text("vpc_cidr", "10.2.0.0/16");
    let most = match Cidr::parse(network).map(|block| block.prefix) {
        Some(23) => 27,
        Some(20) => 251,
        _ => 4091,
    };
    if total > most {
        return bad(&format!(
            "The network {network} of the SDDC has room for {most} hosts, not for {total}."
        ));
    }
    Ok(())
}

/// Refuses for an SDDC of one host, which has to be converted before it can grow.
pub(crate) fn check_scalable(call: &Call<'_>, sddc: &Sddc, estate: &Estate) -> Result<(), Answer> {
    match is_single(sddc, estate) {
        false => Ok(()),
        true => Err(error(
            call,
            400,
            "An SDDC of type 1NODE must be converted before it can have more hosts.",
        )),
    }
}

pub(crate) fn is_single(sddc: &Sddc, estate: &Estate) -> bool {
    !estate.converted && sddc_rules::is_single_host(&sddc.config)
}

pub(crate) fn is_multi(sddc: &Sddc) -> bool {
    deployment(sddc) == "MULTI_AZ"
}

/// The cluster with this id.
pub(crate) fn find<'a>(
    call: &Call<'_>,
    estate: &'a Estate,
    id: &str,
) -> Result<&'a Cluster, Answer> {
    estate.cluster(id).ok_or_else(|| {
        error(
            call,
            404,
            &format!("Cannot find the cluster with identifier {id}."),
        )
    })
}

/// The cluster with this id, if it can be changed: a FAILED one can only be deleted.
pub(crate) fn find_usable<'a>(
    call: &Call<'_>,
    estate: &'a Estate,
    id: &str,
) -> Result<&'a Cluster, Answer> {
    let cluster = find(call, estate, id)?;
    match cluster.state.as_str() {
        "FAILED" => {
            let text = format!("{} is FAILED and can only be deleted.", cluster.name);
            Err(error(call, 400, &text))
        }
        _ => Ok(cluster),
    }
}

/// A number of hosts from the body, which has to be positive.
pub(crate) fn number(call: &Call<'_>, name: &str) -> Result<u64, Answer> {
    call.body[name]
        .as_u64()
        .filter(|count| *count > 0)
        // More than any rule allows, and safe to count with.
        .map(|count| count.min(10_000))
        .ok_or_else(|| error(call, 400, &format!("{name} must be at least 1.")))
}
