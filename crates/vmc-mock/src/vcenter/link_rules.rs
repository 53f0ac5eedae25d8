//! What a vCenter checks before it links, in this order. The order, and the kind of error where the
//! documentation names none, are guesses.

use super::{
    error::{error, with_data},
    here, links,
    session::check_password,
};
use crate::{
    answer::Answer,
    handler::Call,
    tls::Issued,
    world::{Certificate, Flavour, VCenter, Version},
};
use serde_json::{Value, json};

/// A link that may be made.
pub(crate) struct Checked {
    pub(crate) peer: String,
    pub(crate) domain: String,
    pub(crate) certificate_number: u64,
    pub(crate) groups: Vec<String>,
}

const TEN_MINUTES: u64 = 600;

pub(crate) fn check(call: &mut Call<'_>) -> Result<Checked, Answer> {
    let spec = match call.body.get("spec") {
        Some(spec) => spec.clone(),
        None => call.body.clone(),
    };
    let text = |name: &str| spec[name].as_str().unwrap_or_default().to_owned();
    let own = here(call)?.clone();
    let invalid = |call: &Call<'_>, text: &str| Err(error(call, "INVALID_ARGUMENT", text));
    if own.flavour == Flavour::OnPremises {
        let text = "Links are made from the vCenter of an SDDC or from a vCenter Cloud Gateway.";
        return Err(error(call, "UNSUPPORTED", text));
    }
    if own.version < Version::new(9, 0, 0) && !spec["ssl_certificate"].is_null() {
        let text = format!("unknown field 'ssl_certificate' in version {}", own.version);
        return Err(error(call, "UNEXPECTED_INPUT", &text));
    }
    let (host, domain) = (text("psc_hostname"), text("domain_name"));
    let port = spec["port"].as_str().unwrap_or("443");
    let Ok(port) = port.parse::<u16>() else {
        return invalid(call, &format!("'{port}' is not a port."));
    };
    let mut all = call.world.vcenters.iter_mut();
    let Some(peer) = all.find(|vcenter| vcenter.is_at(&host, port)) else {
        return Err(error(
            call,
            "ERROR",
            &format!("{host}:{port} cannot be reached."),
        ));
    };
    if peer.certificate == Certificate::Rotating {
        // This vCenter's own handshake.
        peer.certificate_number += 1;
    }
    let peer = peer.clone();
    if peer.id == own.id {
        return invalid(call, "A vCenter cannot be linked to itself.");
    }
    already_linked(call, &own, &peer, &domain)?;
    let seen = call.certificates.of(&peer);
    let seen = seen.map_err(|text| error(call, "INTERNAL_SERVER_ERROR", &text))?;
    verify(call, &own, &peer, &spec, &seen)?;
    let oldest = match own.flavour {
        Flavour::Gateway => Version::new(6, 5, 0),
        _ => Version::new(6, 0, 3),
    };
    if peer.version < oldest {
        let text = format!(
            "Version {} of {host} is too old to be linked.",
            peer.version
        );
        return Err(error(call, "UNSUPPORTED", &text));
    }
    if !peer.sso_domain.eq_ignore_ascii_case(&domain) {
        return invalid(call, &format!("{host} has no domain {domain}."));
    }
    let password = check_password(call, &peer.id, &text("username"), &text("password"));
    if let Err(denied) = password {
        let kind = call.settings.vcenter_link_credentials_error.as_str();
        return Err(error(call, kind, links::denied_text(denied)));
    }
    if own.clock_offset_seconds.abs_diff(peer.clock_offset_seconds) > TEN_MINUTES {
        let text =
            format!("The clocks of this vCenter and of {host} differ by more than 10 minutes.");
        return Err(error(call, "ERROR", &text));
    }
    let groups = spec["admin_groups"].as_array().into_iter().flatten();
    let groups: Vec<String> = groups
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if let Some(unknown) = groups.iter().find(|group| !own.knows_group(group)) {
        return invalid(call, &format!("There is no group {unknown}."));
    }
    Ok(Checked {
        peer: peer.id,
        domain: peer.sso_domain,
        certificate_number: peer.certificate_number,
        groups,
    })
}

/// One link per pair, one domain per cloud vCenter, one direction at a time.
fn already_linked(
    call: &Call<'_>,
    own: &VCenter,
    peer: &VCenter,
    domain: &str,
) -> Result<(), Answer> {
    let same = |link: &&crate::world::VCenterLink| {
        link.peer == peer.id || link.domain.eq_ignore_ascii_case(domain)
    };
    let text = if let Some(link) = own.links.iter().find(same) {
        format!("{} is linked already: {}.", link.domain, link.id)
    } else if let Some(link) = own
        .links
        .iter()
        .next()
        .filter(|_| own.flavour == Flavour::Cloud)
    {
        format!("Another domain is linked already: {}.", link.domain)
    } else if peer.links.iter().any(|link| link.peer == own.id) {
        "These two are linked already, from the other end.".into()
    } else {
        return Ok(());
    };
    Err(error(call, "ALREADY_EXISTS", &text))
}

/// Whether the caller has named the certificate that the other end shows. A gateway does not ask.
fn verify(
    call: &Call<'_>,
    own: &VCenter,
    peer: &VCenter,
    spec: &Value,
    seen: &Issued,
) -> Result<(), Answer> {
    let (thumbprint, pem) = (
        spec["ssl_thumbprint"].as_str(),
        spec["ssl_certificate"].as_str(),
    );
    let plain = |text: &str| text.replace([':', ' '], "").to_uppercase();
    let by_thumbprint = thumbprint.is_some_and(|text| {
        [seen.sha1(), seen.sha256()]
            .iter()
            .any(|one| plain(one) == plain(text))
    });
    let lines = |text: &str| text.split_whitespace().collect::<String>();
    let by_certificate = pem.is_some_and(|text| lines(text) == lines(&seen.pem));
    let named = thumbprint.is_some() || pem.is_some();
    if by_thumbprint || by_certificate || !named && own.flavour == Flavour::Gateway {
        return Ok(());
    }
    let data = match call.settings.vcenter_unverified_peer_data {
        false => json!({}),
        true if own.version < Version::new(9, 0, 0) => json!({"ssl_thumbprint": seen.sha1()}),
        true => json!({"ssl_thumbprint": seen.sha256(), "ssl_certificate": seen.pem}),
    };
    let text = format!("The certificate of {} is not trusted.", peer.host);
    Err(with_data(call, "UNVERIFIED_PEER", &text, data))
}
